package org.shallownet.training;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.Scope;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;

/** A training engine with the samples it trains on and judges by, opened and closed together. */
final class TrainingSession implements AutoCloseable {
  private final Scope scope;
  private final TrainingPlan plan;
  private final @Nullable Samples dev;
  private final TrainingEngine engine;

  /**
   * Loads the samples and makes the engine ready.
   *
   * @param dev what to judge by; null for nothing
   * @param batchRows as in {@link TrainingPlan}
   */
  TrainingSession(
      Backend backend,
      SampleSource train,
      @Nullable SampleSource dev,
      long batchRows,
      List<ModelPlan> models) {
    scope = backend.newScope();
    try {
      this.plan = new TrainingPlan(backend.load(scope, train), batchRows, models);
      this.dev = dev == null ? null : backend.load(scope, dev);
      this.engine = backend.newTrainingEngine(plan);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  TrainingPlan plan() {
    return plan;
  }

  /** What to judge by; null for nothing. */
  @Nullable Samples dev() {
    return dev;
  }

  TrainingEngine engine() {
    return engine;
  }

  @Override
  public void close() {
    try {
      engine.close();
    } finally {
      scope.close();
    }
  }
}
