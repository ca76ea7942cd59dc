package org.shallownet.backend;

import org.shallownet.backend.device.AbstractDevice;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;

/** What all backends have in common: how samples are loaded, what an engine is checked for. */
public abstract class AbstractBackend extends AbstractDevice implements Backend {
  /** How many floats of features are read from a source at once: 1 MiB. */
  private static final int LOADED_FLOATS = 1 << 18;

  /** A backend for the calling thread. */
  protected AbstractBackend() {}

  @Override
  public final Samples load(Scope scope, SampleSource source, long reserve) {
    long free = freeBytes();
    Samples streamed = Samples.streamed(source);
    if (reserve > free || streamed.bytes() > free - reserve) {
      return streamed;
    }
    long rows = source.rows();
    int columns = source.featureColumns();
    Matrix features = allocate(scope, rows, columns);
    Matrix targets = allocate(scope, rows, source.targetColumns());
    int piece = (int) Math.min(rows, Math.max(1, LOADED_FLOATS / columns));
    float[] x = new float[piece * columns];
    float[] y = new float[piece * source.targetColumns()];
    for (long first = 0; first < rows; first += piece) {
      int count = (int) Math.min(piece, rows - first);
      source.read(first, count, x, y);
      upload(x, 0, features.rows(first, count));
      upload(y, 0, targets.rows(first, count));
    }
    return Samples.resident(features, targets, source.weighted());
  }

  @Override
  public final TrainingEngine newTrainingEngine(TrainingPlan plan) {
    checkMayBegin();
    synchronized (this) {
      checkUsable("newTrainingEngine");
      plan.samples().checkOn("newTrainingEngine", this);
      if (plan.samples() instanceof Samples.Kept && !doKeepsSamples(plan)) {
        throw new IllegalArgumentException(
            "newTrainingEngine: no engine of the "
                + name()
                + " backend keeps the samples of this plan by itself; load or stream them");
      }
      TrainingEngine engine = guarded(() -> doNewTrainingEngine(plan));
      return new CheckedTrainingEngine(this, plan, engine);
    }
  }

  @Override
  public final boolean keepsSamples(TrainingPlan plan) {
    checkMayBegin();
    synchronized (this) {
      checkUsable("keepsSamples");
      return doKeepsSamples(plan);
    }
  }

  /** See {@link #keepsSamples}. */
  protected boolean doKeepsSamples(TrainingPlan plan) {
    return false;
  }

  /** See {@link #newTrainingEngine}. */
  protected abstract TrainingEngine doNewTrainingEngine(TrainingPlan plan);
}
