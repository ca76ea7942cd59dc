package org.shallownet.network;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The function {@code a = g(z)} that a hidden unit applies to its weighted input.
 *
 * <p>Each derivative is stated from the output {@code a}, so that {@code z} need not be kept.
 */
public enum Activation {
  /** {@code max(0, z)}; derivative 1 where {@code a > 0}, else 0 (also at {@code z = 0}). */
  RELU("relu"),
  /**
   * {@code max(0.01 z, z)}; derivative 1 where {@code a > 0}, else 0.01 (also at {@code z = 0}).
   */
  LEAKY_RELU("leaky-relu"),
  /** {@code (e^z - e^-z) / (e^z + e^-z)}; derivative {@code 1 - a²}. */
  TANH("tanh"),
  /** {@code 1 / (1 + e^-z)}; derivative {@code a (1 - a)}. */
  SIGMOID("sigmoid"),
  /** {@code z}; derivative 1. A network of such units is a linear model. */
  IDENTITY("identity");

  /** The slope of {@link #LEAKY_RELU} for negative {@code z}. */
  public static final float LEAKY_SLOPE = 0.01f;

  private final String id;

  Activation(String id) {
    this.id = id;
  }

  /** The name used on the command line and in files, such as {@code leaky-relu}. */
  public String id() {
    return id;
  }

  /**
   * The activation with this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static Activation of(String id) {
    for (Activation activation : values()) {
      if (activation.id.equals(id)) {
        return activation;
      }
    }
    throw new IllegalArgumentException(
        "unknown activation '"
            + id
            + "': choose one of "
            + Arrays.stream(values()).map(Activation::id).collect(Collectors.joining(", ")));
  }

  @Override
  public String toString() {
    return id;
  }
}
