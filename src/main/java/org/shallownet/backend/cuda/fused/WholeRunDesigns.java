package org.shallownet.backend.cuda.fused;

import java.util.Optional;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;

/** Finds the form in which a network is trained as a whole: the narrow one where it has room. */
final class WholeRunDesigns {
  /** Outputs that a kernel of either form knows. */
  private static final int MOST_OUTPUTS = 16;

  /** Kernels count samples in 32 bits. */
  private static final long MOST_SAMPLES = 1L << 30;

  private WholeRunDesigns() {}

  /** The design for a model of the plan; nothing if it is too deep, too wide or streamed. */
  static Optional<WholeRunDesign> of(ModelPlan model, TrainingPlan plan) {
    Samples samples = plan.samples();
    return samples instanceof Samples.Resident
        ? of(model, samples.weighted(), plan.rows(model), plan.batchRows(model))
        : Optional.empty();
  }

  /** The design for a model on so many samples; nothing if it is too deep or too wide. */
  static Optional<WholeRunDesign> of(ModelPlan model, boolean weighted, long samples, long batch) {
    NetworkSpec spec = model.spec();
    if (spec.hidden().size() > 1 || samples > MOST_SAMPLES || spec.outputs() > MOST_OUTPUTS) {
      return Optional.empty();
    }
    FusedDesign network =
        FusedDesign.of(spec, weighted, model.refinements().loss(), model.refinements().dropout());
    StepKind steps = StepKind.of(model);
    Optional<NarrowRunDesign> narrow = NarrowRunDesign.of(network, steps, samples, batch);
    return narrow.isPresent()
        ? Optional.of(narrow.get())
        : WideRunDesign.of(network, steps, samples, batch).map(wide -> wide);
  }
}
