package org.shallownet.model;

import org.shallownet.data.Target;

/**
 * How a regression target was standardised: the network learns {@code (y - mean) / deviation} and
 * its output is turned back by {@code output × deviation + mean}, both in double: a target far from
 * 0 would lose its digits in float32. A graph in float32 is as exact as that allows.
 *
 * @param mean the targets' mean
 * @param deviation the targets' deviation, positive
 */
public record TargetScale(double mean, double deviation) {
  /** Checks that both are usable. */
  public TargetScale {
    if (!Float.isFinite((float) mean)
        || !Float.isFinite((float) deviation)
        || !((float) deviation > 0)) {
      throw new IllegalArgumentException(
          "a target's mean and deviation must be finite and the deviation positive, not "
              + mean
              + " and "
              + deviation);
    }
  }

  /**
   * The scale of these targets. Targets that are all equal, or too close for float32, get deviation
   * 1.
   */
  public static TargetScale of(Target.Numbers targets) {
    double deviation = targets.deviation();
    boolean usable = (float) deviation > 0 && Float.isFinite(1 / (float) deviation);
    return new TargetScale(targets.mean(), usable ? deviation : 1);
  }
}
