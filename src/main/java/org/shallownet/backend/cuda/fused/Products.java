package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.backend.BackendOptions.Precision;

/** What takes the products of a pass, and how exact its factors are. */
enum Products {
  /** Multiply-adds of float32. */
  FP32(FusedKernel.ONE_PASS, 0, 0, 0),
  /** Tensor cores, factors with 10 bits of fraction. */
  TF32(FusedKernel.ONE_PASS_TF32, 8, 184, 1),
  /** Tensor cores, factors with 7 bits of fraction. */
  BF16(FusedKernel.ONE_PASS_BF16, 16, 196, 1),
  /**
   * Tensor cores, each factor two with 10 bits of fraction: three products for one, nearly as
   * precise as float32. They pay where they are full, by sixteens.
   */
  SPLIT(FusedKernel.ONE_PASS_SPLIT, 16, 144, 16);

  /** The first generation of cards whose tensor cores know these formats. */
  static final int LEAST_MAJOR = 8;

  private final FusedKernel kernel;
  private final int tile;
  private final int mostNumbers;
  private final int least;

  Products(FusedKernel kernel, int tile, int mostNumbers, int least) {
    this.kernel = kernel;
    this.tile = tile;
    this.mostNumbers = mostNumbers;
    this.least = least;
  }

  /**
   * Those that suit a precision on a card, the best ones first; the last ones suit any network.
   *
   * @param major of its compute capability, before the dot
   * @param splits whether float32 may be taken by split factors
   */
  static List<Products> of(Precision precision, int major, boolean splits) {
    List<Products> found = new ArrayList<>();
    if (major >= LEAST_MAJOR) {
      switch (precision) {
        case TF32 -> found.add(TF32);
        case BF16 -> found.add(BF16);
        case FP32 -> {
          // Split, or as it is.
        }
      }
      if (splits) {
        found.add(SPLIT);
      }
    }
    found.add(FP32);
    return List.copyOf(found);
  }

  /** The kernel that takes such products. */
  FusedKernel kernel() {
    return kernel;
  }

  /** Whether tensor cores multiply. */
  boolean onTensorCores() {
    return tile > 0;
  }

  /** Samples of a tile of tensor cores. */
  int tile() {
    return tile;
  }

  /** Numbers that a lane may have of what tensor cores multiply and add up. */
  int mostNumbers() {
    return mostNumbers;
  }

  /** Features, and units, from which on tensor cores pay. */
  int least() {
    return least;
  }
}
