package org.shallownet.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Target;
import org.shallownet.network.Output;

/**
 * How the targets of a regression were standardised: the network learns {@code (y - mean) /
 * deviation} and its output is turned back by {@code output × deviation + mean}, both in double: a
 * target far from 0 would lose its digits in float32. A graph in float32 is as exact as that
 * allows.
 *
 * @param means the mean of each target
 * @param deviations the deviation of each target, positive
 */
public record TargetScale(List<Double> means, List<Double> deviations) {
  /** Checks that all are usable. */
  public TargetScale {
    means = List.copyOf(means);
    deviations = List.copyOf(deviations);
    if (means.isEmpty() || means.size() != deviations.size()) {
      throw new IllegalArgumentException(
          means.size() + " means and " + deviations.size() + " deviations of targets");
    }
    for (int k = 0; k < means.size(); k++) {
      float mean = means.get(k).floatValue();
      float deviation = deviations.get(k).floatValue();
      if (!Float.isFinite(mean) || !Float.isFinite(deviation) || !(deviation > 0)) {
        throw new IllegalArgumentException(
            "a target's mean and deviation must be finite and the deviation positive, not "
                + means.get(k)
                + " and "
                + deviations.get(k));
      }
    }
  }

  /** The scale of one target. */
  public TargetScale(double mean, double deviation) {
    this(List.of(mean), List.of(deviation));
  }

  /**
   * The scale of these targets; null for classes. Targets that are all equal, or too close for
   * float32, get deviation 1. For an exponential output 0 stays 0: targets are divided by their
   * mean, or by 1 if that is not positive.
   */
  public static @Nullable TargetScale of(Target target, Output output) {
    List<Double> means = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    for (Target column :
        target instanceof Target.Several several ? several.columns() : List.of(target)) {
      if (!(column instanceof Target.Numbers numbers)) {
        return null;
      }
      boolean exponential = output == Output.EXPONENTIAL_POISSON;
      double deviation = exponential ? numbers.mean() : numbers.deviation();
      boolean usable = (float) deviation > 0 && Float.isFinite(1 / (float) deviation);
      means.add(exponential ? 0 : numbers.mean());
      deviations.add(usable ? deviation : 1);
    }
    return new TargetScale(means, deviations);
  }

  /** How many targets there are. */
  public int targets() {
    return means.size();
  }

  /** A target in its own units as the network learns it. */
  public double toOutput(int target, double value) {
    return (value - means.get(target)) / deviations.get(target);
  }

  /** What the network gives, in a target's own units. */
  public double fromOutput(int target, double output) {
    return output * deviations.get(target) + means.get(target);
  }
}
