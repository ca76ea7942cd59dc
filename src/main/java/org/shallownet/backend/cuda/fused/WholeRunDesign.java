package org.shallownet.backend.cuda.fused;

import java.util.List;
import java.util.Optional;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;

/**
 * How networks of one shape are trained as a whole, in one of two forms: a pure function of the
 * shape and of how many samples there are, not of the card.
 */
sealed interface WholeRunDesign permits NarrowRunDesign, WideRunDesign {
  /** Threads of a warp. */
  int WARP = 32;

  /** Outputs that a kernel of either form knows. */
  int MOST_OUTPUTS = 16;

  /** Kernels count samples in 32 bits. */
  long MOST_SAMPLES = 1L << 30;

  /**
   * What steps are beyond plain gradient descent, momentum or Adam.
   *
   * @param front whether a factor is learned for each input
   * @param refined whether gradients are clipped, or L1, a rate that changes or Nesterov's momentum
   *     has a say
   */
  record StepKind(boolean front, boolean refined) {
    /** What a model asks for. */
    static StepKind of(ModelPlan model) {
      Refinements refinements = model.refinements();
      boolean refined =
          refinements.changesRate()
              || refinements.clipNorm() > 0
              || refinements.l1() > 0
              || model.optimizer() instanceof Optimizer.Nesterov;
      return new StepKind(model.hasFrontScale(), refined);
    }
  }

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

  /** What is trained. */
  FusedDesign network();

  /** What steps are beyond plain ones. */
  StepKind steps();

  /** The kernel that takes steps; those of the other two are in the same file. */
  FusedKernel training();

  /** The kernel that judges. */
  FusedKernel judging();

  /** The kernel that ends an epoch. */
  FusedKernel ending();

  /** What the kernels are compiled for: the same whatever memory the samples take. */
  WholeRunDesign kernel();

  /** What the source is compiled with. */
  List<String> defines();

  /** Threads of a block. */
  int threads();

  /** Dynamic shared memory of a training block. */
  int sharedBytes();

  /** Dynamic shared memory of a block that judges. */
  int judgingBytes();

  /**
   * What a model's step needs in the card's memory beside its parameters, in floats.
   *
   * @param batch samples of a step
   */
  default int scratchNumbers(long batch) {
    return 0;
  }

  /**
   * About how many cycles a block takes for a step over so many samples, rather too many. Estimated
   * from the code, not measured.
   */
  long cycles(long samples);

  /** What the kernel keeps of a model for its front scale, kFront there; 0 without one. */
  default int frontNumbers() {
    return steps().front() ? (network().firstUnits() + 3) * network().inputs() : 0;
  }
}
