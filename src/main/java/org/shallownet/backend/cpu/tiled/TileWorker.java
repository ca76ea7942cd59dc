package org.shallownet.backend.cpu.tiled;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.BatchOrder;

/** What one thread of a {@link TiledTrainingEngine} works with, for each shape of network. */
final class TileWorker {
  private final TrainingPlan plan;
  private final KernelChoice kernels;
  private final Map<TileLayout, Passes> passes = new HashMap<>();

  /** A worker that has nothing yet. */
  TileWorker(TrainingPlan plan, KernelChoice kernels) {
    this.plan = plan;
    this.kernels = kernels;
  }

  /**
   * Allocates what training a model needs.
   *
   * @param whole whether this worker takes whole steps, which need a sum of their own
   */
  void prepare(TiledModel model, boolean whole) {
    Passes own = passes(model);
    if (model.dropout() != null) {
      own.pass.reserveDropout();
    }
    if (whole) {
      own.sums.reserve(model.theta.length);
    }
  }

  /**
   * All of a model's step.
   *
   * @param group what the batch's samples were fetched to; null to fetch them from the table
   */
  void takeStep(TiledModel model, @Nullable BatchGroup group) {
    ChunkSums sums = passes(model).sums;
    TileDesign.Chunks cut = model.chunks();
    for (int chunk = 0; chunk < cut.count(); chunk++) {
      addChunk(model, group, chunk, sums);
      model.add(sums, chunk == 0);
    }
    model.update();
  }

  /**
   * The sums of one chunk of a model's batch.
   *
   * @param group what the batch's samples were fetched to; null to fetch them from the table
   */
  void addChunk(TiledModel model, @Nullable BatchGroup group, int chunk, ChunkSums to) {
    Passes own = passes(model);
    TileDesign.Chunks cut = model.chunks();
    TileRows rows = own.trainingRows;
    long start = model.batchStart();
    if (group == null) {
      rows.of(model.table(), model.copies());
      rows.in(model.isFullBatch() ? null : own.order(model), model.epoch());
    } else {
      rows.of(group.table(), null);
      rows.in(null, 0);
      start -= group.start();
    }
    rows.batchFrom(start);
    own.pass.prepare(model.theta, model.loss(), model.dropout());
    own.pass.gradient(
        model.theta, rows, start + cut.start(chunk), start + cut.end(chunk), cut.tile(), to);
  }

  /**
   * Costs and hits of some samples of a table, from {@code start} to {@code end - 1}.
   *
   * @param copies of what the model sees of the table; null if there are none
   */
  void evaluate(
      TiledModel model,
      TableView table,
      BlockedSamples.@Nullable Copies copies,
      long start,
      long end,
      ChunkSums to) {
    Passes own = passes(model);
    own.judgedRows.of(table, model.design().readsBlocks() ? copies : null);
    own.pass.prepare(model.theta, model.loss().judging(), null);
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
    private final SamplePass pass;
    private final TileRows trainingRows;
    private final TileRows judgedRows;
    private final ChunkSums sums = new ChunkSums();
    private final Map<TiledModel, BatchOrder> orders = new HashMap<>();

    private Passes(TiledModel model) {
      TileDesign design = model.design();
      TileKernels own = kernels.kernels(design.block());
      pass = TilePass.of(model.layout(), design, own, plan.samples().weighted());
      trainingRows = new TileRows(design.tile(), model.table(), own);
      judgedRows = new TileRows(design.tile(), model.table(), own);
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
