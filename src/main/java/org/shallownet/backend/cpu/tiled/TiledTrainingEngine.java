package org.shallownet.backend.cpu.tiled;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.backend.cpu.primitives.WorkerTeam;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * Trains networks in one pass over the samples per step: forward and backward for a tile of samples
 * while it is in the cache, so that nothing is ever stored for all samples of a batch.
 *
 * <p>A batch is cut into chunks of tiles, each with sums of its own, which are added up in the
 * chunks' order. The chunks are a matter of sizes alone, so that results don't depend on the number
 * of threads; nor on whether threads share a model's chunks or each take models of their own.
 */
public final class TiledTrainingEngine implements TrainingEngine {
  private final TrainingPlan plan;
  private final long planEpoch;
  private final WorkerTeam team;
  private final List<TiledModel> models = new ArrayList<>();
  private final TileWorker[] workers;
  private final TiledEvaluation evaluation;

  /** For models whose mini-batches are too small for several threads. */
  private final Map<TiledModel, BatchesAhead> aheadOf = new HashMap<>();

  private ChunkSums[] sums = {};

  // What the team is at work on.
  private final WorkerTeam.Work chunkOfStep = this::runChunk;
  private final WorkerTeam.Work stepsOfModel = this::runModel;
  private TiledModel current;
  private TiledModel[] active = {};
  private long stepsBefore;
  private long stepsAfter;

  /**
   * Allocates what training this plan needs.
   *
   * @param blocked whether to copy samples into the form that steps over all of them read; if the
   *     engine is to keep them, they are in this form alone
   * @param judgedBytes how large such a copy of samples to judge by may be
   * @param arrayFloats the longest array of a copy
   */
  public TiledTrainingEngine(
      TrainingPlan plan,
      WorkerTeam team,
      KernelChoice kernels,
      TileDesign.Machine machine,
      boolean blocked,
      long judgedBytes,
      int arrayFloats) {
    this.plan = plan;
    this.team = team;
    this.planEpoch = plan.stepsPerEpoch();
    Samples samples = plan.samples();
    if (samples instanceof Samples.Resident resident) {
      checkTargets((CpuMatrix) resident.targets());
    }
    Map<List<Object>, TileLayout> layouts = new HashMap<>();
    Map<TableView, BlockedSamples.Copies> copies = new HashMap<>();
    for (ModelPlan model : plan.models()) {
      NetworkSpec spec = model.spec();
      TileDesign design = TileDesign.of(plan, model, machine);
      TileLayout layout =
          layouts.computeIfAbsent(List.of(spec, design), key -> new TileLayout(spec, design));
      TableView table = TableView.of(samples, model.samples().rows(), model);
      BlockedSamples.Copies copy =
          blocked && plan.fullBatch(model) && design.readsBlocks()
              ? copies.computeIfAbsent(table, key -> copy(key, design.block(), arrayFloats))
              : null;
      models.add(new TiledModel(plan, model, layout, design, table, copy));
    }
    current = models.get(0);
    workers = new TileWorker[team.size()];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new TileWorker(plan, kernels);
    }
    BlockedSamples.Copies whole = null;
    for (Map.Entry<TableView, BlockedSamples.Copies> copy : copies.entrySet()) {
      whole = copy.getKey().isWhole() ? copy.getValue() : whole;
    }
    JudgedSamples training = new JudgedSamples(samples, whole);
    evaluation = new TiledEvaluation(team, workers, training, arrayFloats, judgedBytes);
    boolean apart = TileDesign.oneThreadPerModel(plan, models.size(), team.size());
    for (TiledModel model : models) {
      prepare(model, apart, kernels);
    }
  }

  private BlockedSamples.Copies copy(TableView table, int block, int arrayFloats) {
    return table.samples() instanceof Samples.Kept kept
        ? SampleBlocker.read(kept.source(), block, arrayFloats, team, this::checkTargets)
        : SampleBlocker.copy(table, block, arrayFloats, team);
  }

  private void checkTargets(CpuMatrix targets) {
    plan.models().stream()
        .map(ModelPlan::spec)
        .distinct()
        .forEach(spec -> Outputs.checkTargets("newTrainingEngine", targets, spec));
  }

  /**
   * Allocates all that a model's steps need: that fails here or not at all.
   *
   * @param apart whether models are trained one per thread
   */
  private void prepare(TiledModel model, boolean apart, KernelChoice kernels) {
    boolean shared = isShared(model);
    if (TileDesign.copiesAhead(apart, shared, !model.isFullBatch(), team.size())) {
      ModelPlan own = model.plan();
      aheadOf.put(
          model,
          new BatchesAhead(model, plan.rows(own), plan.batchRows(own), team, workers, kernels));
      return;
    }
    workers[0].prepare(model, apart || !shared || !model.isFullBatch());
    for (int i = 1; i < workers.length && (apart || shared); i++) {
      workers[i].prepare(model, apart);
    }
    if (shared) {
      reserveSums(model.chunks().count(), model.theta.length);
    }
  }

  @Override
  public String name() {
    return "tiled";
  }

  @Override
  public void advance(long steps) {
    if (steps == 0) {
      return;
    }
    int count = 0;
    active = active.length == models.size() ? active : new TiledModel[models.size()];
    for (TiledModel model : models) {
      if (!model.isRetired()) {
        active[count++] = model;
      }
    }
    stepsBefore = stepsAfter;
    stepsAfter += steps;
    if (TileDesign.oneThreadPerModel(plan, count, team.size())) {
      team.run(count, stepsOfModel);
      return;
    }
    for (int i = 0; i < count; i++) {
      takeSteps(active[i], stepsOf(active[i]));
    }
  }

  /** Some of one model's steps with all threads. */
  private void takeSteps(TiledModel model, long count) {
    BatchesAhead ahead = aheadOf.get(model);
    if (ahead != null) {
      ahead.advance(count);
      return;
    }
    for (long step = 0; step < count; step++) {
      takeStep(model);
    }
  }

  /** How many of the plan's steps under way a model takes. */
  private long stepsOf(TiledModel model) {
    long epoch = model.stepsPerEpoch();
    return TrainingPlan.stepsTaken(stepsAfter, planEpoch, epoch)
        - TrainingPlan.stepsTaken(stepsBefore, planEpoch, epoch);
  }

  /** One model's steps on one thread. */
  private void runModel(int number, int member) {
    TiledModel model = active[number];
    long own = stepsOf(model);
    for (long step = 0; step < own; step++) {
      workers[member].takeStep(model, null);
    }
  }

  /** Whether several threads take a model's next step. */
  private boolean isShared(TiledModel model) {
    long samples = model.chunks().samples();
    return team.size() > 1
        && TileDesign.worthSharing(model.plan().spec(), samples, !model.isFullBatch());
  }

  /** One model's step on as many threads as it is worth. */
  private void takeStep(TiledModel model) {
    if (!isShared(model)) {
      workers[0].takeStep(model, null);
      return;
    }
    current = model;
    int chunks = model.chunks().count();
    reserveSums(chunks, model.theta.length);
    team.run(chunks, chunkOfStep);
    for (int chunk = 0; chunk < chunks; chunk++) {
      model.add(sums[chunk], chunk == 0);
    }
    model.update();
  }

  private void runChunk(int chunk, int member) {
    workers[member].addChunk(current, null, chunk, sums[chunk]);
  }

  /** Makes room for the sums of so many chunks, each with a gradient of this length. */
  private void reserveSums(int count, int size) {
    int had = sums.length;
    if (had < count) {
      sums = Arrays.copyOf(sums, count);
      for (int i = had; i < count; i++) {
        sums[i] = new ChunkSums();
      }
    }
    for (int i = 0; i < count; i++) {
      sums[i].reserve(size);
    }
  }

  @Override
  public void scaleRate(int model, double factor) {
    models.get(model).scaleRate(factor);
  }

  @Override
  public void retire(int model) {
    models.get(model).retire();
  }

  @Override
  public List<Progress> progress(List<Integer> numbers) {
    return numbers.stream().map(number -> models.get(number).progress()).toList();
  }

  @Override
  public List<Progress> takeProgress(List<Integer> numbers) {
    List<Progress> taken = progress(numbers);
    numbers.forEach(number -> models.get(number).clearProgress());
    return taken;
  }

  @Override
  public List<Progress> evaluate(List<Integer> numbers, Samples samples) {
    return evaluation.evaluate(numbers.stream().map(models::get).toList(), samples);
  }

  @Override
  public List<Progress> judge(List<Integer> numbers) {
    return evaluation.judge(numbers.stream().map(models::get).toList());
  }

  @Override
  public List<Weights> weights(List<Integer> numbers) {
    return numbers.stream().map(number -> models.get(number).weights()).toList();
  }

  @Override
  public ModelState state(int model) {
    return models.get(model).state();
  }

  @Override
  public void resume(List<ModelState> states) {
    stepsAfter = plan.stepsTaken(states);
    for (int i = 0; i < states.size(); i++) {
      models.get(i).resume(states.get(i));
    }
  }

  @Override
  public void close() {
    // All memory is the heap's.
  }
}
