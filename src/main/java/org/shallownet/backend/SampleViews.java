package org.shallownet.backend;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.shallownet.backend.device.Scope;

/**
 * What models see of samples: all of them as they are, or a copy of their own rows and inputs;
 * where the samples are streamed, just those of the stream. Models that see the same share a copy.
 */
public final class SampleViews implements AutoCloseable {
  private final Backend backend;
  private final Samples samples;
  private final Scope scope;
  private final Map<Part, Samples> views = new HashMap<>();

  /** A part of a table. */
  private record Part(SampleRows rows, int firstInput, int inputs) {}

  /**
   * Views of samples that stay as they are while these are open.
   *
   * @param backend in whose memory copies are made
   */
  public SampleViews(Backend backend, Samples samples) {
    this.backend = backend;
    this.samples = samples;
    this.scope = backend.newScope();
  }

  /** What there is to see. */
  public Samples samples() {
    return samples;
  }

  /**
   * What a model sees of some of the rows. Copies are made when they are first asked for.
   *
   * @param rows of these samples, not those that are the model's own
   */
  public Samples of(ModelPlan model, SampleRows rows) {
    Part part = new Part(rows, model.samples().inputsFrom(), model.spec().inputs());
    Samples known = views.get(part);
    if (known == null) {
      known = select(part);
      views.put(part, known);
    }
    return known;
  }

  /**
   * The memory of all copies that models of a plan train on and are judged by, if its samples are
   * on the device and one engine trains them.
   */
  public static long bytes(TrainingPlan plan) {
    Samples samples = plan.samples();
    Set<Part> parts = new HashSet<>();
    for (ModelPlan model : plan.models()) {
      ModelSamples own = model.samples();
      int inputs = model.spec().inputs();
      parts.add(new Part(own.rows(), own.inputsFrom(), inputs));
      if (own.judged()) {
        parts.add(new Part(own.devRows(), own.inputsFrom(), inputs));
      }
    }
    long floats = 0;
    for (Part part : parts) {
      if (!isAll(part, samples)) {
        floats +=
            part.rows().count(samples.rows()) * ((long) part.inputs() + samples.targetColumns());
      }
    }
    return Float.BYTES * floats;
  }

  private static boolean isAll(Part part, Samples samples) {
    return part.rows().isAll() && part.inputs() == samples.featureColumns();
  }

  private Samples select(Part part) {
    if (isAll(part, samples)) {
      return samples;
    }
    if (samples instanceof Samples.Streamed streamed) {
      return Samples.streamed(
          new SelectedSource(streamed.source(), part.rows(), part.firstInput(), part.inputs()));
    }
    return SelectedCopy.of(
        backend, scope, (Samples.Resident) samples, part.rows(), part.firstInput(), part.inputs());
  }

  /** Frees the copies; a second call does nothing. */
  @Override
  public void close() {
    scope.close();
  }
}
