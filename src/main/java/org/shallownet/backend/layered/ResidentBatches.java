package org.shallownet.backend.layered;

import java.util.HashMap;
import java.util.Map;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.ElementwiseOperation.GatherBatch;
import org.shallownet.backend.device.Scope;

/** Batches of samples that are on the device. */
final class ResidentBatches extends Batches {
  private final Backend backend;
  private final TrainingPlan plan;
  private final Counter steps;
  private final Map<Long, BatchOrder> orders = new HashMap<>();

  /**
   * Batches of a plan.
   *
   * @param steps how many steps were taken: which batch it is
   */
  ResidentBatches(Backend backend, Scope scope, TrainingPlan plan, Counter steps, long chunk) {
    super(backend, scope, plan, chunk);
    this.backend = backend;
    this.plan = plan;
    this.steps = steps;
  }

  @Override
  Samples.Resident range(long from, long count) {
    return rows(plan.residentSamples(), from, count);
  }

  @Override
  void gather(long seed, long epoch, long from, Samples.Resident out) {
    BatchOrder order =
        orders.computeIfAbsent(seed, key -> new BatchOrder(plan.samples().rows(), key));
    // Which batch it is, is read from the counter: so that the same calls serve all batches.
    long offset = from % plan.batchRows();
    long rows = plan.batchRows();
    backend.run(new GatherBatch(plan.features(), order, steps, rows, offset, out.features()));
    backend.run(new GatherBatch(plan.targets(), order, steps, rows, offset, out.targets()));
  }
}
