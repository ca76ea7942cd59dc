package org.shallownet.training.ensemble;

import java.util.Objects;
import org.shallownet.network.Activation;

/**
 * What some of an ensemble's networks have in common, whatever the rows that each learns from.
 *
 * @param activation what their hidden units apply
 * @param piecewise whether they read the {@linkplain
 *     org.shallownet.data.preprocessing.PiecewiseLinear piecewise-linear} inputs beside the plain
 *     ones
 */
public record Family(Activation activation, boolean piecewise) {
  /** Checks that nothing is missing. */
  public Family {
    Objects.requireNonNull(activation, "activation");
  }

  /** Its name, such as {@code tanh} or {@code tanh-piecewise}. */
  public String id() {
    return piecewise ? activation.id() + "-piecewise" : activation.id();
  }
}
