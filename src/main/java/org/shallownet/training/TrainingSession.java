package org.shallownet.training;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.layered.TrainingMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training engine with the samples it trains on and judges by, opened and closed together.
 *
 * <p>All memory of the device is allocated on opening. So it runs out before the first step or not
 * at all, and what is tried again then, with the samples loaded or at last streamed, loses nothing.
 */
public final class TrainingSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingSession.class);

  private final Scope scope;
  private final TrainingPlan plan;
  private final @Nullable Samples dev;
  private final TrainingEngine engine;
  private final String placement;

  /**
   * Loads the samples, as far as they fit beside the engine's work and it doesn't keep them by
   * itself, and makes the engine ready.
   *
   * @param dev what to judge by; null for nothing
   * @param batchRows as in {@link TrainingPlan}
   * @throws DeviceMemoryException if there is too little memory even for streaming small pieces
   */
  static TrainingSession open(
      Backend backend,
      SampleSource train,
      @Nullable SampleSource dev,
      long batchRows,
      List<ModelPlan> models) {
    TrainingPlan streaming = new TrainingPlan(Samples.streamed(train), batchRows, models);
    if (backend.keepsSamples(streaming)) {
      try {
        return new TrainingSession(backend, streaming, dev, Placement.KEPT);
      } catch (DeviceMemoryException e) {
        // The engine's own form may be larger than the rows, and it works with these, too.
        LOG.info("samples are loaded instead: {}", e.getMessage());
      }
    }
    try {
      return new TrainingSession(backend, streaming, dev, Placement.LOADED);
    } catch (DeviceMemoryException e) {
      // Less was free than was said, or in pieces that are too small.
      LOG.info("samples are streamed: {}", e.getMessage());
      return new TrainingSession(backend, streaming, dev, Placement.STREAMED);
    }
  }

  /** Where samples are to be. */
  private enum Placement {
    /** With the engine alone. */
    KEPT,
    /** On the device, as far as they fit. */
    LOADED,
    /** On the host. */
    STREAMED
  }

  private TrainingSession(
      Backend backend, TrainingPlan streaming, @Nullable SampleSource dev, Placement wanted) {
    SampleSource train = ((Samples.Streamed) streaming.samples()).source();
    TrainingMemory memory =
        wanted == Placement.STREAMED
            ? TrainingMemory.streamed(backend, streaming)
            : TrainingMemory.of(backend, streaming);
    long free = backend.freeBytes();
    scope = backend.newScope();
    try {
      Samples devSamples = dev == null ? null : Samples.streamed(dev);
      if (wanted == Placement.STREAMED) {
        this.plan = streaming;
        this.dev = devSamples;
      } else {
        // With room for the dev samples too: no epoch should wait for those alone.
        long devBytes = devSamples == null ? 0 : TrainingMemory.bytesOf(devSamples);
        Samples samples =
            wanted == Placement.KEPT
                ? Samples.kept(train)
                : backend.load(scope, train, memory.work() + devBytes);
        this.plan = new TrainingPlan(samples, streaming.batchRows(), streaming.models());
        this.dev =
            dev == null ? null : backend.load(scope, dev, taken(backend, plan, memory).work());
      }
      this.engine = backend.newTrainingEngine(plan);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
    placement = placement(memory, free);
  }

  /** What is needed beside the samples wherever they came to lie. */
  private static TrainingMemory taken(
      Backend backend, TrainingPlan plan, TrainingMemory ofResident) {
    return plan.samples() instanceof Samples.Streamed
        ? TrainingMemory.streamed(backend, plan)
        : ofResident;
  }

  private String placement(TrainingMemory memory, long free) {
    boolean streamed = plan.samples() instanceof Samples.Streamed;
    String text = "rows " + (streamed ? "streamed" : "resident");
    if (free == Long.MAX_VALUE) {
      return text;
    }
    return text
        + ": "
        + mebibytes(memory.samples())
        + " beside "
        + mebibytes(memory.work())
        + " of work, "
        + mebibytes(free)
        + " free";
  }

  private static String mebibytes(long bytes) {
    return ((bytes + (1 << 20) - 1) >> 20) + " MiB";
  }

  TrainingPlan plan() {
    return plan;
  }

  /** What to judge by; null for nothing. */
  @Nullable Samples dev() {
    return dev;
  }

  public TrainingEngine engine() {
    return engine;
  }

  /**
   * Whether the samples are in the device's memory, in whatever form, or streamed, with the numbers
   * that decided it, for people.
   */
  public String placement() {
    return placement;
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
