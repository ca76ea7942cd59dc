package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.SampleViews;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.device.Scope;

/**
 * What judges the models of a {@link WholeRunGroup}: samples that are given, or the rows that are
 * held back for each. A block judges a slice of a model's samples.
 */
final class WholeRunJudges {
  /** What the kernel makes of a slice: costs, hits and weights. */
  static final int JUDGEMENTS = 3;

  /** Samples of a slice, kJudged in the kernel. */
  private static final int JUDGED = 16384;

  /** How many slices' judgements are kept at least, for fewer models than that. */
  private static final int LEAST_JUDGED = 4096;

  private final FusedCard card;
  private final WholeRunDesign design;
  private final FusedModule module;
  private final ModelRows copies;
  private final Judged judged;
  private final List<FusedTable> own;

  /** Of each model: what it is judged by now. */
  private final CudaMatrix tables;

  private final CudaMatrix asked;
  private final CudaMatrix judgements;
  private List<FusedTable> judging = List.of();

  /**
   * Allocates what judging needs.
   *
   * @param own the rows that are held back for each model, {@link FusedTable#NONE} for none
   */
  WholeRunJudges(
      FusedCard card,
      Scope scope,
      WholeRunDesign design,
      FusedModule module,
      Judged judged,
      List<FusedTable> own) {
    this.card = card;
    this.design = design;
    this.module = module;
    this.copies = new ModelRows(card);
    this.judged = judged;
    this.own = own;
    int count = judged.models().size();
    tables = copies.allocate(scope, count, 2 * FusedTable.COUNT);
    asked = copies.allocate(scope, count, 1);
    judgements = copies.allocate(scope, Math.max(count, LEAST_JUDGED), 2 * JUDGEMENTS);
  }

  /** The floats that are allocated for so many models. */
  static long floats(long count) {
    return count * (2 * FusedTable.COUNT + 1) + Math.max(count, LEAST_JUDGED) * 2L * JUDGEMENTS;
  }

  /**
   * The models that are judged.
   *
   * @param theta their parameters, a row for each
   * @param settings their settings
   */
  record Judged(List<ModelPlan> models, CudaMatrix theta, CudaMatrix settings) {}

  /** What judges each model: these samples, or the rows that are held back for it. */
  List<FusedTable> dev(@Nullable SampleViews given) {
    return given == null
        ? own
        : judged.models().stream()
            .map(m -> FusedTable.judging((Samples.Resident) given.of(m, SampleRows.ALL)))
            .toList();
  }

  /** Whether all models can be judged in one launch: by so many samples, or by their own. */
  boolean atOnce(@Nullable Samples dev) {
    long rows = dev == null ? mostRows(own) : dev.rows();
    return judged.models().size() * slices(rows) <= judgements.rows();
  }

  /** How many slices the largest of these tables has. */
  static int slices(List<FusedTable> tables) {
    return (int) slices(mostRows(tables));
  }

  private static long mostRows(List<FusedTable> tables) {
    return tables.stream().mapToLong(FusedTable::rows).max().orElse(0);
  }

  private static long slices(long rows) {
    return (rows + JUDGED - 1) / JUDGED;
  }

  /** From now on these judge, a table for each model. */
  void judgeBy(List<FusedTable> dev) {
    if (!judging.equals(dev)) {
      card.backend().upload(FusedTable.bytes(dev), tables);
      judging = dev;
    }
  }

  /** What judges each model now. */
  CudaMatrix tables() {
    return tables;
  }

  /** What the last launch made of each slice, model by model. */
  CudaMatrix judgements() {
    return judgements;
  }

  /**
   * Judges models by as many slices of their samples.
   *
   * @param numbers the models' numbers; the first of them are judged
   * @param first the sample that begins the first slice
   */
  void judge(CudaMatrix numbers, int models, long first, int slices) {
    card.launcher()
        .kernel(design.judging())
        .add(tables)
        .add(numbers)
        .add(judged.theta())
        .add(judged.settings())
        .int64(first)
        .add(judgements)
        .launch(module, models, slices, design.threads(), design.judgingBytes());
  }

  /**
   * Costs and hits of these models: on samples whose targets have been checked, or on the rows that
   * are held back for each.
   */
  List<Progress> evaluate(List<Integer> models, @Nullable SampleViews given) {
    List<FusedTable> dev = dev(given);
    judgeBy(dev);
    copies.upload(models, asked);
    double[] sums = new double[models.size() * JUDGEMENTS];
    int most = (int) (judgements.rows() / models.size());
    long rows = mostRows(dev);
    for (long first = 0; first < rows; first += (long) most * JUDGED) {
      int slices = (int) Math.min(most, slices(rows - first));
      judge(asked, models.size(), first, slices);
      double[] found = new double[models.size() * slices * JUDGEMENTS];
      card.staging().download(judgements, found);
      for (int i = 0; i < found.length; i++) {
        sums[i / (slices * JUDGEMENTS) * JUDGEMENTS + i % JUDGEMENTS] += found[i];
      }
    }
    List<Progress> progress = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      progress.add(judgement(dev.get(models.get(i)), sums, i * JUDGEMENTS));
    }
    return progress;
  }

  /** What sums of a model's slices say of it, those that begin here. */
  Progress judgement(FusedTable table, double[] sums, int at) {
    if (table.equals(FusedTable.NONE)) {
      return Progress.NONE;
    }
    double weight = design.network().weighted() ? sums[at + 2] : table.rows();
    return new Progress(table.rows(), weight, sums[at], 0, sums[at + 1]);
  }
}
