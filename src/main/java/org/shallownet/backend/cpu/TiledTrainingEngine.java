package org.shallownet.backend.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.BatchOrder;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * Trains networks of at most one hidden layer in one pass over the samples per step: forward and
 * backward for a tile of samples while it is in the cache, so that nothing is ever stored for all
 * samples of a batch.
 *
 * <p>A batch is cut into chunks of tiles, each with sums of its own, which are added up in the
 * chunks' order. The chunks are a matter of sizes alone, so that results don't depend on the number
 * of threads; nor on whether threads share a model's chunks or each take models of their own.
 */
final class TiledTrainingEngine implements TrainingEngine {
  private final TrainingPlan plan;
  private final WorkerTeam team;
  private final KernelChoice kernels;
  private final CpuMatrix features;
  private final CpuMatrix targets;
  private final TilePanels.@Nullable Copies panels;
  private final List<TiledModel> models = new ArrayList<>();
  private final TiledEvaluation evaluation;
  private final Worker[] workers;
  private TilePass.Sums[] sums = {};

  // What the team is at work on.
  private final WorkerTeam.Work chunkOfStep = this::runChunk;
  private final WorkerTeam.Work stepsOfModel = this::runModel;
  private TiledModel current;
  private TileDesign.Chunks chunks;
  private TiledModel[] active = {};
  private long stepsToTake;

  /**
   * Allocates what training this plan needs.
   *
   * @param panels whether to copy the samples into the form that every step reads
   * @param judgedBytes how large such a copy of samples to judge by may be
   * @param arrayFloats the longest array of a copy
   */
  TiledTrainingEngine(
      TrainingPlan plan,
      WorkerTeam team,
      KernelChoice kernels,
      TileDesign.Machine machine,
      boolean panels,
      long judgedBytes,
      int arrayFloats) {
    this.plan = plan;
    this.team = team;
    this.kernels = kernels;
    features = (CpuMatrix) plan.features();
    targets = (CpuMatrix) plan.targets();
    Map<NetworkSpec, TileLayout> layouts = new HashMap<>();
    int block = 0;
    for (ModelPlan model : plan.models()) {
      NetworkSpec spec = model.spec();
      Outputs.checkClasses("newTrainingEngine", targets, spec);
      TileDesign design = TileDesign.of(spec, machine);
      TileLayout layout =
          layouts.computeIfAbsent(spec, key -> new TileLayout(key, design.openBlas()));
      models.add(new TiledModel(model, layout, design));
      block = design.openBlas() ? block : design.block();
    }
    this.panels =
        panels && block > 0 ? TilePanels.copy(features, targets, block, arrayFloats, team) : null;
    evaluation =
        new TiledEvaluation(
            team, kernels, features, targets, this.panels, arrayFloats, judgedBytes);
    current = models.get(0);
    chunks = current.design().chunks(current.plan().spec(), plan.batchRows(), !plan.fullBatch());
    workers = new Worker[team.size()];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker();
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
    if (TileDesign.oneThreadPerModel(plan, count, team.size())) {
      stepsToTake = steps;
      team.run(count, stepsOfModel);
      return;
    }
    for (int i = 0; i < count; i++) {
      for (long step = 0; step < steps; step++) {
        takeStep(active[i]);
      }
    }
  }

  /** One model's steps on one thread. */
  private void runModel(int number, int member) {
    TiledModel model = active[number];
    for (long step = 0; step < stepsToTake; step++) {
      workers[member].takeStep(model);
    }
  }

  /** One model's step on as many threads as it is worth. */
  private void takeStep(TiledModel model) {
    long rows = batchRows(model);
    NetworkSpec spec = model.plan().spec();
    if (team.size() == 1 || !TileDesign.worthSharing(spec, rows, !plan.fullBatch())) {
      workers[0].takeStep(model);
      return;
    }
    current = model;
    if (chunks.samples() != rows || models.size() > 1) {
      chunks = model.design().chunks(spec, rows, !plan.fullBatch());
    }
    reserveSums(chunks.count(), model.theta.length);
    team.run(chunks.count(), chunkOfStep);
    for (int chunk = 0; chunk < chunks.count(); chunk++) {
      model.add(sums[chunk], chunk == 0);
    }
    model.update(rows);
  }

  private void runChunk(int chunk, int member) {
    workers[member].addChunk(current, chunks, chunk, sums[chunk]);
  }

  private void reserveSums(int count, int size) {
    if (sums.length < count || sums[0].gradient.length < size) {
      sums = new TilePass.Sums[Math.max(count, sums.length)];
      for (int i = 0; i < sums.length; i++) {
        sums[i] = new TilePass.Sums(size);
      }
    }
  }

  /** Where in the epoch the model's next batch begins. */
  private long batchStart(TiledModel model) {
    return model.steps() % plan.stepsPerEpoch() * plan.batchRows();
  }

  private long batchRows(TiledModel model) {
    return Math.min(plan.batchRows(), features.rows() - batchStart(model));
  }

  @Override
  public void retire(int model) {
    models.get(model).retire();
  }

  @Override
  public Progress progress(int model) {
    return models.get(model).progress();
  }

  @Override
  public Progress takeProgress(int model) {
    TiledModel taken = models.get(model);
    Progress progress = taken.progress();
    taken.clearProgress();
    return progress;
  }

  @Override
  public Progress evaluate(int model, Samples samples) {
    return evaluation.evaluate(List.of(models.get(model)), samples).get(0);
  }

  @Override
  public List<Progress> evaluate(List<Integer> numbers, Samples samples) {
    return evaluation.evaluate(numbers.stream().map(models::get).toList(), samples);
  }

  @Override
  public Weights weights(int model) {
    return models.get(model).weights();
  }

  @Override
  public void close() {
    // All memory is the heap's.
  }

  /** What one thread works with. */
  private final class Worker {
    private final Map<TileLayout, Passes> passes = new HashMap<>();

    /** All of a model's step. */
    private void takeStep(TiledModel model) {
      Passes own = passes(model);
      long rows = batchRows(model);
      TileDesign.Chunks cut = own.chunks(model, rows);
      for (int chunk = 0; chunk < cut.count(); chunk++) {
        addChunk(model, cut, chunk, own.sums);
        model.add(own.sums, chunk == 0);
      }
      model.update(rows);
    }

    /** The sums of one chunk of a model's batch. */
    private void addChunk(TiledModel model, TileDesign.Chunks cut, int chunk, TilePass.Sums to) {
      Passes own = passes(model);
      TilePass pass = own.training;
      TileRows rows = own.trainingRows;
      rows.in(plan.fullBatch() ? null : own.order(model), model.steps() / plan.stepsPerEpoch());
      pass.prepare(model.theta);
      long start = batchStart(model);
      pass.gradient(
          model.theta, rows, start + cut.start(chunk), start + cut.end(chunk), cut.tile(), to);
    }

    private Passes passes(TiledModel model) {
      Passes found = passes.get(model.layout());
      if (found == null) {
        found = new Passes(model);
        passes.put(model.layout(), found);
      }
      return found;
    }
  }

  /** What one thread needs for models of one shape. */
  private final class Passes {
    private final TileLayout layout;
    private final TileDesign design;
    private final TilePass training;
    private final TileRows trainingRows;
    private final TilePass.Sums sums;
    private final Map<TiledModel, BatchOrder> orders = new HashMap<>();
    private TileDesign.@Nullable Chunks chunks;

    private Passes(TiledModel model) {
      layout = model.layout();
      design = model.design();
      training = TilePass.of(model, kernels, panels);
      trainingRows = new TileRows(design.tile(), features, targets);
      sums = new TilePass.Sums(layout.size());
    }

    private TileDesign.Chunks chunks(TiledModel model, long rows) {
      if (chunks == null || chunks.samples() != rows) {
        chunks = design.chunks(model.plan().spec(), rows, !plan.fullBatch());
      }
      return chunks;
    }

    private BatchOrder order(TiledModel model) {
      BatchOrder order = orders.get(model);
      if (order == null) {
        order = model.order(features.rows());
        orders.put(model, order);
      }
      return order;
    }
  }
}
