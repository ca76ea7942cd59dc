package org.shallownet.network;

import java.util.Objects;

/**
 * One hidden layer.
 *
 * @param units how many units it has, at least 1
 * @param activation what each of them applies
 */
public record HiddenLayer(int units, Activation activation) {
  /** Checks the number of units. */
  public HiddenLayer {
    Objects.requireNonNull(activation, "activation");
    if (units < 1) {
      throw new IllegalArgumentException("a hidden layer needs at least 1 unit, not " + units);
    }
  }
}
