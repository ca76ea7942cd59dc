package org.shallownet.backend.cuda.fused;

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
import org.shallownet.backend.SampleViews;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine.Epoch;
import org.shallownet.backend.TrainingEngine.Epochs;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingEngine.Watch;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.device.ElementwiseOperation;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * The models of a plan that one compiled kernel trains: those of one shape. Models are numbered
 * within the group, from 0.
 */
final class WholeRunGroup {
  /** The parameters themselves, the best ones, and those that an epoch began with. */
  private static final int PARAMETER_COPIES = 3;

  /** Sums that the kernel keeps of a model, Total there: costs, hits, weights and penalties. */
  private static final int TOTALS = 4;

  /** What the kernel records of an epoch, kRecord there. */
  private static final int RECORD = TOTALS + WholeRunJudges.JUDGEMENTS;

  /** Epochs that are recorded in a launch: so many of each model, and some more of few models. */
  private static final int RECORDED = 64;

  private static final int MORE_RECORDED = 1024;

  /** Blocks that a card has room for at least, and how long a launch may take, in cycles. */
  private static final int LEAST_BLOCKS = 16;

  private static final long LAUNCH_CYCLES = 500_000_000;

  private final FusedCard card;
  private final NetworkSpec spec;
  private final List<ModelPlan> models;
  private final WholeRunDesign design;
  private final FusedModule module;
  private final ModelRows copies;
  private final WholeRunJudges judges;
  private final CudaMatrix theta;
  private final @Nullable CudaMatrix front;
  private final CudaMatrix moments;

  /** Of the wide form: what a step needs beside the parameters. */
  private final @Nullable CudaMatrix scratch;

  /** A row for each number. */
  private final CudaMatrix settings;

  /** Of each model: what it is trained on. */
  private final CudaMatrix tables;

  private final CudaMatrix threads;
  private final CudaMatrix totals;
  private final CudaMatrix active;
  private final CudaMatrix rules;
  private final CudaMatrix records;
  private final CudaMatrix best;
  private final CudaMatrix began;
  private final List<FusedTable> own;
  private final long planEpoch;
  private final long batchRows;
  private final List<Integer> training = new ArrayList<>();
  private final long[] samples;
  private final double[] scales;
  private boolean changed = true;

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
    this.copies = new ModelRows(card);
    this.spec = models.get(0).spec();
    this.design = design;
    this.samples = new long[models.size()];
    this.scales = new double[models.size()];
    Arrays.fill(scales, 1);
    this.own =
        models.stream().map(m -> new FusedTable(view(views, m, true), plan.batchRows(m))).toList();
    List<FusedTable> ownDev =
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
    theta = copies.allocate(scope, count, parameters);
    moments = copies.allocate(scope, count, 2 * parameters);
    front = design.steps().front() ? copies.allocate(scope, count, design.frontNumbers()) : null;
    int needed = design.scratchNumbers(batchRows);
    scratch = needed > 0 ? copies.allocate(scope, count, needed) : null;
    settings = copies.allocate(scope, count * FusedSettings.COUNT, 2);
    tables = copies.allocate(scope, count, 2 * FusedTable.COUNT);
    threads = copies.allocate(scope, count, 2 * TOTALS * design.threads());
    totals = copies.allocate(scope, count, 2 * TOTALS);
    active = copies.allocate(scope, count, 1);
    rules = copies.allocate(scope, count, 2 * EpochRules.COUNT);
    records = copies.allocate(scope, RECORDED * count + MORE_RECORDED, 2 * RECORD);
    best = copies.allocate(scope, count, parameters);
    began = copies.allocate(scope, count, parameters);
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
    judges =
        new WholeRunJudges(
            card,
            scope,
            design,
            module,
            new WholeRunJudges.Judged(this.models, theta, settings),
            ownDev);
  }

  /** The memory that a group allocates, without what models see. */
  static long bytes(TrainingPlan plan, WholeRunDesign design, List<ModelPlan> models) {
    long batchRows = models.stream().mapToLong(plan::batchRows).max().orElseThrow();
    long ofModel =
        (PARAMETER_COPIES + 2L) * design.network().parameters()
            + design.frontNumbers()
            + design.scratchNumbers(batchRows)
            + 2L * (FusedSettings.COUNT + FusedTable.COUNT + EpochRules.COUNT)
            + 2L * TOTALS * (design.threads() + 1)
            + 1;
    long count = models.size();
    long records = (RECORDED * count + MORE_RECORDED) * 2 * RECORD;
    return Float.BYTES * (count * ofModel + records + WholeRunJudges.floats(count));
  }

  /** What a model sees of the rows that it is trained on, or of those that judge it. */
  private static Samples.Resident view(SampleViews views, ModelPlan model, boolean train) {
    ModelSamples rows = model.samples();
    return (Samples.Resident) views.of(model, train ? rows.rows() : rows.devRows());
  }

  /** How many models there are. */
  int count() {
    return samples.length;
  }

  /** What judges the models. */
  WholeRunJudges judges() {
    return judges;
  }

  /** Takes steps of the plan with all models that are in training. */
  void advance(long first, long count) {
    if (training.isEmpty()) {
      return;
    }
    if (changed) {
      copies.upload(training, active);
      changed = false;
    }
    takeSteps(first, count, training.size());
    for (int model : training) {
      samples[model] += samplesOf(model, first + count) - samplesOf(model, first);
    }
  }

  /** How many steps a launch takes at most. */
  private long stepsOfLaunch(int blocks) {
    long cycles = design.cycles(batchRows) * ((blocks - 1) / LEAST_BLOCKS + 1);
    return Math.max(1, LAUNCH_CYCLES / cycles);
  }

  private void takeSteps(long first, long count, int blocks) {
    long most = stepsOfLaunch(blocks);
    for (long done = 0; done < count; done += most) {
      launch(first + done, (int) Math.min(most, count - done), blocks, 0, 0, 0);
    }
  }

  /**
   * Takes epochs with these models, all that are in training, and judges them after each; waits
   * only for what many epochs brought.
   *
   * @param first the plan's step that begins the first epoch
   * @param most how many a model takes that is not over before
   * @param given samples whose targets have been checked, few enough to {@linkplain
   *     WholeRunJudges#atOnce judge at once}; null for the rows that are held back for each model,
   *     if any are
   */
  List<Epochs> takeEpochs(long first, int most, List<Watch> watches, @Nullable SampleViews given) {
    List<FusedTable> dev = judges.dev(given);
    int slices = WholeRunJudges.slices(dev);
    if (dev.contains(FusedTable.NONE)) {
      card.backend().run(new ElementwiseOperation.Copy(theta, began));
    }
    judges.judgeBy(dev);
    copies.upload(EpochRules.of(watches, count()), rules);
    Map<Integer, List<Epoch>> taken = new HashMap<>();
    watches.forEach(watch -> taken.put(watch.model(), new ArrayList<>()));
    Set<Integer> better = new TreeSet<>();
    List<Integer> going = watches.stream().map(Watch::model).toList();
    changed = true;
    for (int done = 0; done < most && !going.isEmpty(); ) {
      int some = (int) Math.min(records.rows() / going.size(), most - done);
      copies.upload(going, active);
      queueEpochs(first + done * planEpoch, some, going.size(), slices);
      done += some;
      double[] found = new double[going.size() * some * RECORD];
      card.staging().download(records, found);
      List<EpochRules.Verdict> verdicts =
          EpochRules.verdicts(copies.download(rules, going, EpochRules.COUNT));
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
    List<Weights> weights = copies.weights(best, spec, numbers);
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

  /** Has the card take epochs and record them, waiting for none. */
  private void queueEpochs(long first, int count, int blocks, int slices) {
    boolean ends = slices == 0 && design.endsEpochs();
    int together = ends ? (int) Math.min(count, stepsOfLaunch(blocks) / planEpoch) : 0;
    if (together > 0) {
      for (int i = 0; i < count; i += together) {
        int some = Math.min(together, count - i);
        launch(first + i * planEpoch, (int) planEpoch, blocks, some, count, i);
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      takeSteps(first + i * planEpoch, planEpoch, blocks);
      if (slices > 0) {
        judges.judge(active, blocks, 0, slices);
      }
      endEpoch(blocks, slices, count, i);
    }
  }

  private Epoch epoch(int model, FusedTable dev, double[] records, int at) {
    return new Epoch(
        progress(own.get(model).rows(), records, at), judges.judgement(dev, records, at + TOTALS));
  }

  private void endEpoch(int blocks, int slices, int room, int place) {
    card.launcher()
        .kernel(design.ending())
        .add(active)
        .add(tables)
        .add(judges.tables())
        .add(theta)
        .add(judges.judgements())
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

  /**
   * Launches the kernel that takes steps.
   *
   * @param epochs that it is to end, each of so many steps; 0 if it is to take steps alone
   * @param room epochs of a model that there are records for
   * @param place where the first epoch is recorded
   */
  private void launch(long first, int steps, int blocks, int epochs, int room, int place) {
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
    } else {
      launcher
          .int32(epochs)
          .add(judges.tables())
          .add(rules)
          .add(records)
          .int32(room)
          .int32(place)
          .add(best)
          .add(began);
    }
    launcher.launch(module, blocks, 1, design.threads(), design.sharedBytes());
  }

  /** Multiplies the rates of a model from the next step on. */
  void scaleRate(int model, double factor) {
    scales[model] = factor;
    copies.upload(
        new double[] {factor},
        settings.rows((long) model * FusedSettings.COUNT + FusedSettings.SCALE, 1));
  }

  /** No more steps for this model. */
  void retire(int model) {
    changed |= training.remove((Integer) model);
  }

  /** What these models have seen. */
  List<Progress> progress(List<Integer> models) {
    double[] values = copies.download(totals, models, TOTALS);
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
    return copies.weights(theta, spec, models);
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
        copies.download(threads, only, TOTALS * design.threads()));
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
    copies.upload(sums, totals.rows(model, 1));
    double[] parts = new double[TOTALS * design.threads()];
    if (state.parts().length == parts.length) {
      System.arraycopy(state.parts(), 0, parts, 0, parts.length);
    } else {
      // Another engine's sums go on in the first thread's.
      for (int i = 0; i < TOTALS; i++) {
        parts[i * design.threads()] = sums[i];
      }
    }
    copies.upload(parts, threads.rows(model, 1));
  }
}
