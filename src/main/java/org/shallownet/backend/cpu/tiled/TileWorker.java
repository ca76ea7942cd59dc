package org.shallownet.backend.cpu.tiled;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.device.BatchOrder;

/** What one thread of a {@link TiledTrainingEngine} works with, for each shape of network. */
final class TileWorker {
  private final TrainingPlan plan;
  private final KernelChoice kernels;
  private final BlockedSamples.@Nullable Copies blocked;
  private final CpuMatrix features;
  private final CpuMatrix targets;
  private final Map<TileLayout, Passes> passes = new HashMap<>();

  /**
   * A worker that has nothing yet.
   *
   * @param blocked the copy of the plan's samples; null if there is none
   */
  TileWorker(TrainingPlan plan, KernelChoice kernels, BlockedSamples.@Nullable Copies blocked) {
    this.plan = plan;
    this.kernels = kernels;
    this.blocked = blocked;
    features = (CpuMatrix) plan.features();
    targets = (CpuMatrix) plan.targets();
  }

  /**
   * Allocates what training a model needs.
   *
   * @param whole whether this worker takes whole steps, which need a sum of their own
   */
  void prepare(TiledModel model, boolean whole) {
    Passes own = passes(model);
    if (whole) {
      own.sums.reserve(model.theta.length);
    }
  }

  /** All of a model's step. */
  void takeStep(TiledModel model) {
    TilePass.Sums sums = passes(model).sums;
    TileDesign.Chunks cut = model.chunks();
    for (int chunk = 0; chunk < cut.count(); chunk++) {
      addChunk(model, chunk, sums);
      model.add(sums, chunk == 0);
    }
    model.update();
  }

  /** The sums of one chunk of a model's batch. */
  void addChunk(TiledModel model, int chunk, TilePass.Sums to) {
    Passes own = passes(model);
    TileDesign.Chunks cut = model.chunks();
    TileRows rows = own.trainingRows;
    rows.in(plan.fullBatch() ? null : own.order(model), model.steps() / plan.stepsPerEpoch());
    own.pass.prepare(model.theta);
    long start = model.batchStart();
    own.pass.gradient(
        model.theta, rows, start + cut.start(chunk), start + cut.end(chunk), cut.tile(), to);
  }

  /**
   * Costs and hits of some samples of a table, from {@code start} to {@code end - 1}.
   *
   * @param copies of the table; null if there are none
   */
  void evaluate(
      TiledModel model,
      CpuMatrix x,
      CpuMatrix y,
      BlockedSamples.@Nullable Copies copies,
      long start,
      long end,
      TilePass.Sums to) {
    Passes own = passes(model);
    own.judgedRows.of(x, y, model.design().openBlas() ? null : copies);
    own.pass.prepare(model.theta);
    own.pass.evaluate(model.theta, own.judgedRows, start, end, model.design().tile(), to);
  }

  private Passes passes(TiledModel model) {
    Passes found = passes.get(model.layout());
    if (found == null) {
      found = new Passes(model);
      passes.put(model.layout(), found);
    }
    return found;
  }

  /** What models of one shape need. */
  private final class Passes {
    private final TilePass pass;
    private final TileRows trainingRows;
    private final TileRows judgedRows;
    private final TilePass.Sums sums = new TilePass.Sums();
    private final Map<TiledModel, BatchOrder> orders = new HashMap<>();

    private Passes(TiledModel model) {
      TileDesign design = model.design();
      pass = TilePass.of(model.layout(), model.design(), kernels, plan.samples().weighted());
      trainingRows = new TileRows(design.tile(), features, targets);
      trainingRows.of(features, targets, design.openBlas() ? null : blocked);
      judgedRows = new TileRows(design.tile(), features, targets);
    }

    private BatchOrder order(TiledModel model) {
      BatchOrder order = orders.get(model);
      if (order == null) {
        order = model.order();
        orders.put(model, order);
      }
      return order;
    }
  }
}
