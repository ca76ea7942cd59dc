package org.shallownet.backend.cuda.fused;

import java.util.List;

/**
 * How networks of one shape are trained as a whole, in one of two forms: a pure function of the
 * shape and of how many samples there are, not of the card.
 */
interface WholeRunDesign {
  /** Threads of a warp. */
  int WARP = 32;

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

  /** Whether the kernel that takes steps ends epochs, too, of models that nothing judges. */
  default boolean endsEpochs() {
    return false;
  }

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
