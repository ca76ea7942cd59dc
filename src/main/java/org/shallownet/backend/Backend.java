package org.shallownet.backend;

import org.shallownet.backend.device.Device;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;

/**
 * The seam between training and hardware: a device that also loads samples and opens training
 * engines.
 *
 * <p>Threads and errors are those of {@link Device}.
 */
public abstract class Backend extends Device {
  /** How many floats of features are read from a source at once: 1 MiB. */
  private static final int LOADED_FLOATS = 1 << 18;

  /** A backend for the calling thread. */
  protected Backend() {}

  /** What it runs on, for people: the device, its size and the library that multiplies. */
  public abstract String device();

  /**
   * Brings samples to the device if they fit beside what else is to be there; otherwise they will
   * be streamed.
   *
   * @param scope owns the memory that they take on the device
   * @param reserve how many bytes must stay free, for a training engine
   */
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

  /**
   * The engine that runs this plan best on this device.
   *
   * @throws IllegalArgumentException if the plan's matrices belong to another backend
   */
  public final TrainingEngine newTrainingEngine(TrainingPlan plan) {
    checkUsable("newTrainingEngine");
    plan.samples().checkOn("newTrainingEngine", this);
    TrainingEngine engine = guarded(() -> doNewTrainingEngine(plan));
    return new CheckedTrainingEngine(this, plan, engine);
  }

  /** See {@link #newTrainingEngine}. */
  protected abstract TrainingEngine doNewTrainingEngine(TrainingPlan plan);
}
