package org.shallownet.backend.cuda.fused;

import org.shallownet.network.Loss;

/** The losses that the specialised kernels know. */
enum FusedLoss {
  OWN(0),
  SMOOTHED(1),
  HUBER(2),
  QUANTILE(3);

  private final int number;

  FusedLoss(int number) {
    this.number = number;
  }

  /** LOSS of the kernels. */
  int number() {
    return number;
  }

  /** The one of which this loss is. */
  static FusedLoss of(Loss loss) {
    if (loss instanceof Loss.Smoothed) {
      return SMOOTHED;
    } else if (loss instanceof Loss.Huber) {
      return HUBER;
    } else if (loss instanceof Loss.Quantile) {
      return QUANTILE;
    }
    return OWN;
  }
}
