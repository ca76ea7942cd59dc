package org.shallownet.model;

import org.shallownet.data.Target;

/**
 * How a regression target was standardised: the network learns {@code (y - mean) / deviation} and
 * its output is turned back by {@code output × deviation + mean}, all in float32.
 *
 * @param mean the targets' mean
 * @param deviation the targets' deviation, positive
 */
public record TargetScale(float mean, float deviation) {
  /** Checks that both are usable. */
  public TargetScale {
    if (!Float.isFinite(mean) || !Float.isFinite(deviation) || !(deviation > 0)) {
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
    float deviation = (float) targets.deviation();
    boolean usable = deviation > 0 && Float.isFinite(1 / deviation);
    return new TargetScale((float) targets.mean(), usable ? deviation : 1);
  }
}
