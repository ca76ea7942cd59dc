package org.shallownet.backend.cpu.tiled;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.Cut;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.backend.cpu.primitives.WorkerTeam;

/**
 * Judges the models of a {@link TiledTrainingEngine} by samples that they are not trained on.
 *
 * <p>Each model judges the samples in stretches of its own length. Every stretch of every model is
 * a piece of work of its own, and no thread waits for another before all are done; a model's
 * stretches are added up in their order. So neither the models beside it, nor the threads, nor
 * where the samples are have a say in what a model gets.
 */
final class TiledEvaluation {
  /** Features and targets that are read from the host at a time. */
  private static final int READ_FLOATS = 1 << 20;

  /** Pieces that the team is given at a time. */
  private static final int MOST_PIECES = 1 << 14;

  private final WorkerTeam team;
  private final TileWorker[] workers;
  private final JudgedSamples training;
  private final int arrayFloats;
  private final ChunkSums[] sums;
  private final WorkerTeam.Work evaluatePiece = this::evaluatePiece;

  /** The samples to judge by. */
  private JudgedSamples table;

  private long copyBytes;
  private final Set<TileLayout> checked = new HashSet<>();

  // What the team is at work on: for each piece its model's place and what came of it.
  private List<TiledModel> models = List.of();
  private final List<TableView> views = new ArrayList<>();
  private boolean byOwnRows;
  private long from;
  private long to;
  private int[] firstPieces = {};
  private int[] owners = {};
  private double[] costs = {};
  private double[] hits = {};
  private double[] weights = {};

  /**
   * An evaluation that knows the samples trained on.
   *
   * @param workers what each thread works with
   * @param training those samples
   * @param arrayFloats the longest array of a copy of others
   * @param copyBytes how large that copy may be
   */
  TiledEvaluation(
      WorkerTeam team,
      TileWorker[] workers,
      JudgedSamples training,
      int arrayFloats,
      long copyBytes) {
    this.team = team;
    this.workers = workers;
    this.training = training;
    this.table = training;
    this.arrayFloats = arrayFloats;
    this.copyBytes = copyBytes;
    sums = new ChunkSums[team.size()];
    Arrays.setAll(sums, member -> new ChunkSums());
  }

  /** Costs and hits of each of these models. */
  List<Progress> evaluate(List<TiledModel> judged, Samples samples) {
    if (judged.isEmpty()) {
      return List.of();
    }
    Outputs.Sum[] totals = sums(judged);
    byOwnRows = false;
    if (samples instanceof Samples.Streamed streamed) {
      addStreamed(judged, streamed.source(), totals);
    } else {
      take(judged, samples);
      add(judged, samples.rows(), totals);
    }
    List<Progress> progress = new ArrayList<>();
    for (Outputs.Sum total : totals) {
      progress.add(new Progress(samples.rows(), total.weight, total.cost, 0, total.hits));
    }
    return progress;
  }

  /** Costs and hits of each of these models on the rows that are held back for it. */
  List<Progress> judge(List<TiledModel> judged) {
    if (judged.isEmpty()) {
      return List.of();
    }
    Outputs.Sum[] totals = sums(judged);
    byOwnRows = true;
    table = training;
    long most = 0;
    for (TiledModel model : judged) {
      most = Math.max(most, seen(model).rows());
    }
    add(judged, most, totals);
    List<Progress> progress = new ArrayList<>();
    for (int i = 0; i < totals.length; i++) {
      Outputs.Sum total = totals[i];
      long count = seen(judged.get(i)).rows();
      progress.add(new Progress(count, total.weight, total.cost, 0, total.hits));
    }
    return progress;
  }

  private static Outputs.Sum[] sums(List<TiledModel> judged) {
    Outputs.Sum[] sums = new Outputs.Sum[judged.size()];
    Arrays.setAll(sums, i -> new Outputs.Sum());
    return sums;
  }

  /** What a model sees of the samples that it is to judge. */
  private TableView seen(TiledModel model) {
    SampleRows rows = byOwnRows ? model.plan().samples().devRows() : SampleRows.ALL;
    return TableView.of(table.samples(), rows, model.plan());
  }

  /** Adds what all samples give, of which no model has more than so many. */
  private void add(List<TiledModel> judged, long count, Outputs.Sum[] totals) {
    long most = together(judged, Long.MAX_VALUE);
    for (long first = 0; first < count; first += most) {
      add(judged, first, Math.min(count, first + most), totals);
    }
  }

  /** Reads the samples piece by piece, each of which all models see. */
  private void addStreamed(List<TiledModel> judged, SampleSource source, Outputs.Sum[] totals) {
    int columns = source.featureColumns();
    int targetColumns = source.targetColumns();
    long fit = READ_FLOATS / ((long) columns + targetColumns);
    int most = (int) Math.min(source.rows(), together(judged, fit));
    float[] x = new float[Math.multiplyExact(most, columns)];
    float[] y = new float[Math.multiplyExact(most, targetColumns)];
    for (long first = 0; first < source.rows(); first += most) {
      int count = (int) Math.min(most, source.rows() - first);
      source.read(first, count, x, y);
      CpuMatrix features = CpuMatrix.of(x, count, columns);
      CpuMatrix targets = CpuMatrix.of(y, count, targetColumns);
      take(judged, Samples.resident(features, targets, source.weighted()));
      add(judged, 0, count, totals);
    }
  }

  /**
   * How many samples are judged at a time: whole stretches of every model, whose lengths are powers
   * of 2.
   *
   * @param fit about how many there may be
   */
  private static long together(List<TiledModel> judged, long fit) {
    int longest = 0;
    for (TiledModel model : judged) {
      longest = Math.max(longest, model.judgedStretch());
    }
    long pieces = 0;
    for (TiledModel model : judged) {
      pieces += longest / model.judgedStretch();
    }
    return longest * Math.max(1, Math.min(fit / longest, MOST_PIECES / pieces));
  }

  private void add(List<TiledModel> judged, long start, long end, Outputs.Sum[] totals) {
    models = judged;
    views.clear();
    judged.forEach(model -> views.add(seen(model)));
    from = start;
    to = end;
    int pieces = cut();
    team.run(pieces, evaluatePiece);
    for (int piece = 0; piece < pieces; piece++) {
      Outputs.Sum total = totals[owners[piece]];
      total.cost += costs[piece];
      total.hits += hits[piece];
      total.weight += weights[piece];
    }
    models = List.of();
    views.clear();
  }

  /** Takes up samples. A copy of them pays when they come back. */
  private void take(List<TiledModel> judged, Samples samples) {
    if (!table.samples().equals(samples)) {
      table = training.samples().equals(samples) ? training : new JudgedSamples(samples, null);
      checked.clear();
    } else if (table.copies() == null) {
      copy(judged, samples);
    }
    if (!(samples instanceof Samples.Resident resident)) {
      // The engine keeps them: they were checked as it read them.
      return;
    }
    for (TiledModel model : judged) {
      if (!checked.contains(model.layout())) {
        Outputs.checkTargets("evaluate", (CpuMatrix) resident.targets(), model.plan().spec());
        checked.add(model.layout());
      }
    }
  }

  /** Copies samples if there is room, which others may have taken since that was reckoned. */
  private void copy(List<TiledModel> judged, Samples samples) {
    int columns = samples.featureColumns();
    int targets = samples.targetColumns();
    for (TiledModel model : judged) {
      int block = model.design().block();
      TableView seen = TableView.of(samples, SampleRows.ALL, model.plan());
      if (model.design().readsBlocks()
          && seen.isWhole()
          && BlockedSamples.bytes(samples.rows(), columns, targets, block) <= copyBytes) {
        try {
          BlockedSamples.Copies copies = SampleBlocker.copy(seen, block, arrayFloats, team);
          table = new JudgedSamples(samples, copies);
        } catch (OutOfMemoryError e) {
          // Judging is slower without, but a model must not be lost for it.
          copyBytes = 0;
        }
        return;
      }
    }
  }

  /** Numbers the stretches of all models; how many there are. */
  private int cut() {
    if (firstPieces.length < models.size()) {
      firstPieces = new int[models.size()];
    }
    int pieces = 0;
    for (int i = 0; i < models.size(); i++) {
      firstPieces[i] = pieces;
      pieces += stretches(i);
    }
    if (owners.length < pieces) {
      owners = new int[pieces];
      costs = new double[pieces];
      hits = new double[pieces];
      weights = new double[pieces];
    }
    for (int i = 0; i < models.size(); i++) {
      Arrays.fill(owners, firstPieces[i], firstPieces[i] + stretches(i), i);
    }
    return pieces;
  }

  private int stretches(int place) {
    long own = Math.min(to, views.get(place).rows()) - from;
    return own <= 0 ? 0 : new Cut(own, models.get(place).judgedStretch()).pieces();
  }

  /** Writes a piece's cost, hits and weight to its place. */
  private void evaluatePiece(int piece, int member) {
    int owner = owners[piece];
    TiledModel model = models.get(owner);
    int stretch = model.judgedStretch();
    long start = from + (long) (piece - firstPieces[owner]) * stretch;
    TableView seen = views.get(owner);
    long end = Math.min(Math.min(to, seen.rows()), start + stretch);
    ChunkSums own = sums[member];
    workers[member].evaluate(model, seen, table.copies(seen), start, end, own);
    costs[piece] = own.cost();
    hits[piece] = own.hits();
    weights[piece] = own.weight();
  }
}
