package org.shallownet.backend.cuda.fused;

import java.util.Optional;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;

/** In which form networks are trained as a whole. */
public enum WholeRunForm {
  /** The narrow one where a network has room in registers, else the wide one. */
  FITTING,

  /** The wide one alone, for comparing both. */
  WIDE;

  /** Outputs that a kernel of either form knows. */
  private static final int MOST_OUTPUTS = 16;

  /** Kernels count samples in 32 bits. */
  private static final long MOST_SAMPLES = 1L << 30;

  /** The design for a model of a plan whose samples are on the card; nothing if there is none. */
  Optional<WholeRunDesign> design(ModelPlan model, TrainingPlan plan) {
    return design(model, plan.samples().weighted(), plan.rows(model), plan.batchRows(model));
  }

  /** The design for a model on so many samples; nothing if it is too deep or too wide. */
  Optional<WholeRunDesign> design(ModelPlan model, boolean weighted, long samples, long batch) {
    NetworkSpec spec = model.spec();
    if (spec.hidden().size() > 1 || samples > MOST_SAMPLES || spec.outputs() > MOST_OUTPUTS) {
      return Optional.empty();
    }
    FusedDesign network =
        FusedDesign.of(spec, weighted, model.refinements().loss(), model.refinements().dropout());
    StepKind steps = StepKind.of(model);
    if (this == FITTING) {
      Optional<NarrowRunDesign> narrow = NarrowRunDesign.of(network, steps, samples, batch);
      if (narrow.isPresent()) {
        return Optional.of(narrow.get());
      }
    }
    return WideRunDesign.of(network, steps, samples, batch).map(wide -> wide);
  }
}
