package org.shallownet.backend.cuda.fused;

import org.shallownet.backend.BackendOptions.Precision;

/** What takes the products of a pass, and how exact its factors are. */
enum Products {
  /** Multiply-adds of float32. */
  FP32(FusedKernel.ONE_PASS, 0, 0),
  /** Tensor cores, factors with 10 bits of fraction. */
  TF32(FusedKernel.ONE_PASS_TF32, 8, 184),
  /** Tensor cores, factors with 7 bits of fraction. */
  BF16(FusedKernel.ONE_PASS_BF16, 16, 196);

  /** The first generation of cards whose tensor cores know these formats. */
  static final int LEAST_MAJOR = 8;

  private final FusedKernel kernel;
  private final int inner;
  private final int mostNumbers;

  Products(FusedKernel kernel, int inner, int mostNumbers) {
    this.kernel = kernel;
    this.inner = inner;
    this.mostNumbers = mostNumbers;
  }

  /**
   * Those of a precision on a card.
   *
   * @param major of its compute capability, before the dot
   */
  static Products of(Precision precision, int major) {
    if (major < LEAST_MAJOR) {
      return FP32;
    }
    return switch (precision) {
      case FP32 -> FP32;
      case TF32 -> TF32;
      case BF16 -> BF16;
    };
  }

  /** The kernel that takes such products. */
  FusedKernel kernel() {
    return kernel;
  }

  /** Whether tensor cores multiply. */
  boolean onTensorCores() {
    return inner > 0;
  }

  /** Samples that a product of tensor cores adds up, which are those of a tile. */
  int inner() {
    return inner;
  }

  /** Numbers that a lane may have of what tensor cores multiply and add up. */
  int mostNumbers() {
    return mostNumbers;
  }
}
