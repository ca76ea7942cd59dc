package org.shallownet.backend.cuda.fused;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.SampleViews;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine.Epoch;
import org.shallownet.backend.TrainingEngine.Epochs;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingEngine.Watch;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.device.ElementwiseOperation;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * The models of a plan that one compiled kernel trains: those of one shape. Models are numbered
 * within the group, from 0.
 */
final class WholeRunGroup {
  /** Sums that the kernel keeps of a model, Total there: costs, hits, weights and penalties. */
  private static final int TOTALS = 4;

  /** Samples that a block judges, kJudged in the kernel, and what it makes of them. */
  private static final int JUDGED = 16384;

  private static final int JUDGEMENTS = 3;

  /** What the kernel records of an epoch, kRecord there. */
  private static final int RECORD = TOTALS + JUDGEMENTS;

  /** Epochs that are recorded in a launch: so many of each model, and some more of few models. */
  private static final int RECORDED = 64;

  private static final int MORE_RECORDED = 1024;

  /** How many times a block's judgements are kept at least, for fewer models than that. */
  private static final int LEAST_JUDGED = 4096;

  /** From one model that is asked for to the next in the same copy. */
  private static final int MOST_BETWEEN = 8;

  /** Blocks that a card has room for at least, and how long a launch may take, in cycles. */
  private static final int LEAST_BLOCKS = 16;

  private static final long LAUNCH_CYCLES = 500_000_000;

  private final FusedCard card;
  private final NetworkSpec spec;
  private final List<ModelPlan> models;
  private final WholeRunDesign design;
  private final FusedModule module;
  private final CudaMatrix theta;
  private final @Nullable CudaMatrix front;
  private final CudaMatrix moments;

  /** Of the wide form: what a step needs beside the parameters. */
  private final @Nullable CudaMatrix scratch;

  /** A row for each number. */
  private final CudaMatrix settings;

  /** Of each model: what it is trained on, and what it is judged by now. */
  private final CudaMatrix tables;

  private final CudaMatrix devTables;
  private final CudaMatrix threads;
  private final CudaMatrix totals;
  private final CudaMatrix active;
  private final CudaMatrix asked;
  private final CudaMatrix judgements;
  private final CudaMatrix rules;
  private final CudaMatrix records;
  private final CudaMatrix best;
  private final CudaMatrix began;
  private final List<FusedTable> own;
  private final List<FusedTable> ownDev;
  private final long planEpoch;
  private final long batchRows;
  private final List<Integer> training = new ArrayList<>();
  private final long[] samples;
  private final double[] scales;
  private boolean changed = true;
  private List<FusedTable> judging = List.of();

  /**
   * Allocates what the models need and puts their first weights there.
   *
   * @param views of the plan's samples
   */
  WholeRunGroup(
      FusedCard card,
      Scope scope,
      TrainingPlan plan,
      SampleViews views,
      WholeRunDesign design,
      List<ModelPlan> models) {
    this.card = card;
    this.spec = models.get(0).spec();
    this.design = design;
    this.samples = new long[models.size()];
    this.scales = new double[models.size()];
    Arrays.fill(scales, 1);
    this.own =
        models.stream().map(m -> new FusedTable(view(views, m, true), plan.batchRows(m))).toList();
    this.ownDev =
        models.stream()
            .map(
                m ->
                    m.samples().judged()
                        ? FusedTable.judging(view(views, m, false))
                        : FusedTable.NONE)
            .toList();
    this.planEpoch = plan.stepsPerEpoch();
    this.batchRows = own.stream().mapToLong(FusedTable::batchRows).max().orElseThrow();
    int count = models.size();
    int parameters = design.network().parameters();
    theta = allocate(scope, count, parameters);
    moments = allocate(scope, count, 2 * parameters);
    front = design.steps().front() ? allocate(scope, count, design.frontNumbers()) : null;
    int needed = design.scratchNumbers(batchRows);
    scratch = needed > 0 ? allocate(scope, count, needed) : null;
    settings = allocate(scope, count * FusedSettings.COUNT, 2);
    tables = allocate(scope, count, 2 * FusedTable.COUNT);
    devTables = allocate(scope, count, 2 * FusedTable.COUNT);
    threads = allocate(scope, count, 2 * TOTALS * design.threads());
    totals = allocate(scope, count, 2 * TOTALS);
    active = allocate(scope, count, 1);
    asked = allocate(scope, count, 1);
    judgements = allocate(scope, Math.max(count, LEAST_JUDGED), 2 * JUDGEMENTS);
    rules = allocate(scope, count, 2 * EpochRules.COUNT);
    records = allocate(scope, RECORDED * count + MORE_RECORDED, 2 * RECORD);
    best = allocate(scope, count, parameters);
    began = allocate(scope, count, parameters);
    this.models = List.copyOf(models);
    card.backend().upload(FusedSettings.of(models, 0, 1), settings);
    card.backend().upload(FusedTable.bytes(own), tables);
    for (int i = 0; i < count; i++) {
      training.add(i);
      float[] initial = models.get(i).initial().toArray();
      card.backend().upload(initial, 0, theta.rows(i, 1));
      if (front != null) {
        card.backend().upload(WholeRunFront.initial(spec, initial).packed(), 0, front.rows(i, 1));
      }
    }
    module =
        new FusedModule(card.device(), card.loader(), design.training().file(), design.defines());
    scope.own(module);
  }

  /** What a model sees of the rows that it is trained on, or of those that judge it. */
  private static Samples.Resident view(SampleViews views, ModelPlan model, boolean train) {
    ModelSamples rows = model.samples();
    return (Samples.Resident) views.of(model, train ? rows.rows() : rows.devRows());
  }

  private CudaMatrix allocate(Scope scope, int rows, int columns) {
    return (CudaMatrix) card.backend().allocate(scope, rows, columns);
  }

  /** How many models there are. */
  int count() {
    return samples.length;
  }

  /** Takes steps of the plan with all models that are in training. */
  void advance(long first, long count) {
    if (training.isEmpty()) {
      return;
    }
    if (changed) {
      upload(training, active);
      changed = false;
    }
    takeSteps(first, count, training.size());
    for (int model : training) {
      samples[model] += samplesOf(model, first + count) - samplesOf(model, first);
    }
  }

  private void takeSteps(long first, long count, int blocks) {
    long cycles = design.cycles(batchRows) * ((blocks - 1) / LEAST_BLOCKS + 1);
    long most = Math.max(1, LAUNCH_CYCLES / cycles);
    for (long done = 0; done < count; done += most) {
      launch(first + done, (int) Math.min(most, count - done), blocks);
    }
  }

  /** What judges each model: these samples, or the rows that are held back for it. */
  private List<FusedTable> dev(@Nullable SampleViews given) {
    return given == null
        ? ownDev
        : models.stream()
            .map(m -> FusedTable.judging((Samples.Resident) given.of(m, SampleRows.ALL)))
            .toList();
  }

  /** Whether all models can be judged in one launch: by so many samples, or by their own. */
  boolean judgesAtOnce(@Nullable Samples dev) {
    long rows = dev == null ? mostRows(ownDev) : dev.rows();
    return count() * slices(rows) <= judgements.rows();
  }

  private static long mostRows(List<FusedTable> tables) {
    return tables.stream().mapToLong(FusedTable::rows).max().orElse(0);
  }

  private static long slices(long rows) {
    return (rows + JUDGED - 1) / JUDGED;
  }

  /**
   * Takes epochs with these models, all that are in training, and judges them after each; waits
   * only for what many epochs brought.
   *
   * @param first the plan's step that begins the first epoch
   * @param most how many a model takes that is not over before
   * @param given samples whose targets have been checked, few enough to {@linkplain #judgesAtOnce
   *     judge at once}; null for the rows that are held back for each model, if any are
   */
  List<Epochs> takeEpochs(long first, int most, List<Watch> watches, @Nullable SampleViews given) {
    List<FusedTable> dev = dev(given);
    int slices = (int) slices(mostRows(dev));
    if (dev.contains(FusedTable.NONE)) {
      card.backend().run(new ElementwiseOperation.Copy(theta, began));
    }
    judgeBy(dev);
    upload(EpochRules.of(watches, count()), rules);
    Map<Integer, List<Epoch>> taken = new HashMap<>();
    watches.forEach(watch -> taken.put(watch.model(), new ArrayList<>()));
    Set<Integer> better = new TreeSet<>();
    List<Integer> going = watches.stream().map(Watch::model).toList();
    changed = true;
    for (int done = 0; done < most && !going.isEmpty(); ) {
      int some = (int) Math.min(records.rows() / going.size(), most - done);
      upload(going, active);
      for (int i = 0; i < some; i++) {
        takeSteps(first + (done + i) * planEpoch, planEpoch, going.size());
        if (slices > 0) {
          judge(active, going.size(), 0, slices);
        }
        endEpoch(going.size(), slices, some, i);
      }
      done += some;
      double[] found = new double[going.size() * some * RECORD];
      card.staging().download(records, found);
      List<EpochRules.Verdict> verdicts =
          EpochRules.verdicts(download(rules, going, EpochRules.COUNT));
      List<Integer> others = new ArrayList<>();
      for (int i = 0; i < verdicts.size(); i++) {
        int model = going.get(i);
        List<Epoch> epochs = taken.getOrDefault(model, List.of());
        int fresh = verdicts.get(i).epochs() - epochs.size();
        for (int e = 0; e < fresh; e++) {
          epochs.add(epoch(model, dev.get(model), found, (i * some + e) * RECORD));
        }
        if (verdicts.get(i).best()) {
          better.add(model);
        }
        if (!verdicts.get(i).over()) {
          others.add(model);
        }
      }
      going = others;
    }
    List<Integer> numbers = List.copyOf(better);
    List<Weights> weights = weights(best, numbers);
    return watches.stream()
        .map(Watch::model)
        .map(
            model -> {
              int at = numbers.indexOf(model);
              return new Epochs(
                  taken.getOrDefault(model, List.of()), at < 0 ? null : weights.get(at));
            })
        .toList();
  }

  private Epoch epoch(int model, FusedTable dev, double[] records, int at) {
    return new Epoch(
        progress(own.get(model).rows(), records, at), judgement(dev, records, at + TOTALS));
  }

  private void endEpoch(int blocks, int slices, int room, int place) {
    card.launcher()
        .kernel(design.ending())
        .add(active)
        .add(tables)
        .add(devTables)
        .add(theta)
        .add(judgements)
        .int32(slices)
        .add(threads)
        .add(totals)
        .add(rules)
        .add(records)
        .int32(room)
        .int32(place)
        .add(best)
        .add(began)
        .launch(module, blocks, 1, design.threads(), 0);
  }

  /** How many steps of its own a model has taken after so many of the plan. */
  private long ownSteps(int model, long steps) {
    return TrainingPlan.stepsTaken(steps, planEpoch, own.get(model).stepsPerEpoch());
  }

  /** How many samples a model has seen after so many steps of the plan. */
  private long samplesOf(int model, long steps) {
    FusedTable table = own.get(model);
    long epoch = table.stepsPerEpoch();
    long taken = ownSteps(model, steps);
    return taken / epoch * table.rows() + taken % epoch * table.batchRows();
  }

  private void launch(long first, int steps, int blocks) {
    FusedLauncher launcher =
        card.launcher()
            .kernel(design.training())
            .add(tables)
            .add(active)
            .add(settings)
            .add(theta)
            .address(front == null ? 0 : front.address())
            .add(moments)
            .add(threads)
            .add(totals)
            .int64(planEpoch)
            .int64(first)
            .int32(steps);
    if (scratch != null) {
      launcher.add(scratch).int64(scratch.columns());
    }
    launcher.launch(module, blocks, 1, design.threads(), design.sharedBytes());
  }

  /** Multiplies the rates of a model from the next step on. */
  void scaleRate(int model, double factor) {
    scales[model] = factor;
    upload(
        new double[] {factor},
        settings.rows((long) model * FusedSettings.COUNT + FusedSettings.SCALE, 1));
  }

  /** No more steps for this model. */
  void retire(int model) {
    changed |= training.remove((Integer) model);
  }

  /** What these models have seen. */
  List<Progress> progress(List<Integer> models) {
    double[] values = download(totals, models, TOTALS);
    List<Progress> progress = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      progress.add(progress(samples[models.get(i)], values, i * TOTALS));
    }
    return progress;
  }

  private Progress progress(long seen, double[] values, int at) {
    double weight = design.network().weighted() ? values[at + 2] : seen;
    return new Progress(seen, weight, values[at], values[at + 3], values[at + 1]);
  }

  /** What these models have seen is forgotten. */
  void clearProgress(List<Integer> models) {
    for (int at = 0; at < models.size(); ) {
      int first = models.get(at);
      int end = at + 1;
      while (end < models.size() && models.get(end) == first + end - at) {
        end++;
      }
      card.device().zero((CudaMatrix) threads.rows(first, end - at));
      card.device().zero((CudaMatrix) totals.rows(first, end - at));
      at = end;
    }
    models.forEach(model -> samples[model] = 0);
  }

  /** These models' parameters. */
  List<Weights> weights(List<Integer> models) {
    return weights(theta, models);
  }

  private List<Weights> weights(CudaMatrix source, List<Integer> models) {
    int parameters = design.network().parameters();
    List<Weights> weights = new ArrayList<>();
    for (Run run : runs(models)) {
      float[] values = new float[run.count() * parameters];
      card.backend().download(source.rows(run.first(), run.count()), values, 0);
      for (int model : run.asked()) {
        int at = (model - run.first()) * parameters;
        weights.add(Weights.of(spec, Arrays.copyOfRange(values, at, at + parameters)));
      }
    }
    return weights;
  }

  /** All that decides how a model's training goes on, after so many steps of the plan. */
  ModelState state(int model, long steps) {
    List<Integer> only = List.of(model);
    int parameters = design.network().parameters();
    float[] values = new float[2 * parameters];
    card.backend().download(moments.rows(model, 1), values, 0);
    int count = ModelState.moments(models.get(model).optimizer());
    List<float[]> remembered = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      remembered.add(Arrays.copyOfRange(values, i * parameters, (i + 1) * parameters));
    }
    List<ModelState.Group> groups = new ArrayList<>();
    float[] weights = weights(only).get(0).toArray();
    if (front == null) {
      groups.add(new ModelState.Group(weights, remembered));
    } else {
      float[] packed = new float[design.frontNumbers()];
      card.backend().download(front.rows(model, 1), packed, 0);
      WholeRunFront own = WholeRunFront.of(spec, packed);
      groups.add(new ModelState.Group(own.without(weights), remembered));
      groups.add(own.factors(count));
    }
    return new ModelState(
        groups,
        ownSteps(model, steps),
        progress(only).get(0).sums(),
        download(threads, only, TOTALS * design.threads()));
  }

  /** A model goes on from a state that fits its plan. */
  void resume(int model, ModelState state) {
    int parameters = design.network().parameters();
    ModelState.Group network = state.groups().get(0);
    float[] weights = network.values();
    if (front != null) {
      WholeRunFront own = WholeRunFront.of(spec, weights, state.groups().get(1));
      card.backend().upload(own.packed(), 0, front.rows(model, 1));
      weights = own.within(weights);
    }
    card.backend().upload(weights, 0, theta.rows(model, 1));
    float[] values = new float[2 * parameters];
    for (int i = 0; i < network.moments().size(); i++) {
      System.arraycopy(network.moments().get(i), 0, values, i * parameters, parameters);
    }
    card.backend().upload(values, 0, moments.rows(model, 1));
    card.backend()
        .upload(
            FusedSettings.of(models.subList(model, model + 1), state.steps(), scales[model]),
            settings.rows((long) model * FusedSettings.COUNT, FusedSettings.COUNT));
    ModelState.Sums seen = state.sums();
    samples[model] = seen.samples();
    double[] sums = {seen.lossSum(), seen.hits(), seen.weight(), seen.penaltySum()};
    upload(sums, totals.rows(model, 1));
    double[] parts = new double[TOTALS * design.threads()];
    if (state.parts().length == parts.length) {
      System.arraycopy(state.parts(), 0, parts, 0, parts.length);
    } else {
      // Another engine's sums go on in the first thread's.
      for (int i = 0; i < TOTALS; i++) {
        parts[i * design.threads()] = sums[i];
      }
    }
    upload(parts, threads.rows(model, 1));
  }

  private void upload(double[] values, Matrix destination) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * Double.BYTES).order(ByteOrder.nativeOrder());
    for (double value : values) {
      bytes.putDouble(value);
    }
    card.backend().upload(bytes.flip().asFloatBuffer(), destination);
  }

  /**
   * Costs and hits of these models: on samples whose targets have been checked, or on the rows that
   * are held back for each.
   */
  List<Progress> evaluate(List<Integer> models, @Nullable SampleViews given) {
    List<FusedTable> dev = dev(given);
    judgeBy(dev);
    upload(models, asked);
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

  private Progress judgement(FusedTable judged, double[] sums, int at) {
    if (judged.equals(FusedTable.NONE)) {
      return Progress.NONE;
    }
    double weight = design.network().weighted() ? sums[at + 2] : judged.rows();
    return new Progress(judged.rows(), weight, sums[at], 0, sums[at + 1]);
  }

  /** From now on these judge, a table for each model. */
  private void judgeBy(List<FusedTable> dev) {
    if (!judging.equals(dev)) {
      card.backend().upload(FusedTable.bytes(dev), devTables);
      judging = dev;
    }
  }

  private void judge(CudaMatrix numbers, int blocks, long first, int slices) {
    card.launcher()
        .kernel(design.judging())
        .add(devTables)
        .add(numbers)
        .add(theta)
        .add(settings)
        .int64(first)
        .add(judgements)
        .launch(module, blocks, slices, design.threads(), design.judgingBytes());
  }

  private void upload(List<Integer> numbers, CudaMatrix destination) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(numbers.size() * Integer.BYTES).order(ByteOrder.nativeOrder());
    numbers.forEach(bytes::putInt);
    card.backend().upload(bytes.flip().asFloatBuffer(), destination.rows(0, numbers.size()));
  }

  /** The rows of these models, each a few doubles. */
  private double[] download(CudaMatrix source, List<Integer> models, int columns) {
    double[] values = new double[models.size() * columns];
    int done = 0;
    for (Run run : runs(models)) {
      double[] some = new double[run.count() * columns];
      card.staging().download((CudaMatrix) source.rows(run.first(), run.count()), some);
      for (int model : run.asked()) {
        System.arraycopy(some, (model - run.first()) * columns, values, done, columns);
        done += columns;
      }
    }
    return values;
  }

  /** Models that are copied at once: those asked for, with at most a few between them. */
  private record Run(int first, int count, List<Integer> asked) {}

  /**
   * A list of models in runs that go upwards; a copy of a few more costs less than another copy.
   */
  private static List<Run> runs(List<Integer> models) {
    List<Run> runs = new ArrayList<>();
    for (int at = 0; at < models.size(); ) {
      int first = models.get(at);
      int end = at + 1;
      while (end < models.size()
          && models.get(end) > models.get(end - 1)
          && models.get(end) - models.get(end - 1) <= MOST_BETWEEN) {
        end++;
      }
      runs.add(new Run(first, models.get(end - 1) - first + 1, models.subList(at, end)));
      at = end;
    }
    return runs;
  }
}
