package org.shallownet.network;

import java.util.Arrays;
import java.util.Objects;

/**
 * An unchanging snapshot of a network's parameters in host memory.
 *
 * <p>The values lie in one vector, in the order that {@link NetworkSpec} states.
 */
public final class Weights {
  private final NetworkSpec spec;
  private final float[] values;

  private Weights(NetworkSpec spec, float[] values) {
    this.spec = spec;
    this.values = values;
  }

  /**
   * A snapshot of these values.
   *
   * @param values {@code spec.parameterCount()} floats, copied
   * @throws IllegalArgumentException if their number does not fit
   */
  public static Weights of(NetworkSpec spec, float[] values) {
    Objects.requireNonNull(spec, "spec");
    if (values.length != spec.parameterCount()) {
      throw new IllegalArgumentException(
          "a "
              + spec.sizes()
              + " network has "
              + spec.parameterCount()
              + " parameters, not "
              + values.length);
    }
    return new Weights(spec, values.clone());
  }

  /** The network that these are the parameters of. */
  public NetworkSpec spec() {
    return spec;
  }

  /** The weight from unit {@code from} of layer {@code l - 1} to unit {@code to} of layer l. */
  public float weight(int l, int to, int from) {
    Objects.checkIndex(to, spec.units(l));
    Objects.checkIndex(from, spec.units(l - 1));
    return values[spec.weightsOffset(l) + to * spec.units(l - 1) + from];
  }

  /** The bias of unit {@code unit} of layer {@code l}. */
  public float bias(int l, int unit) {
    Objects.checkIndex(unit, spec.units(l));
    return values[spec.biasOffset(l) + unit];
  }

  /** A copy of {@code W[l]}, {@code units(l) × units(l-1)}, row by row. */
  public float[] weights(int l) {
    int offset = spec.weightsOffset(l);
    return Arrays.copyOfRange(values, offset, spec.biasOffset(l));
  }

  /** A copy of {@code b[l]}. */
  public float[] biases(int l) {
    int offset = spec.biasOffset(l);
    return Arrays.copyOfRange(values, offset, offset + spec.units(l));
  }

  /** A copy of all parameters as one vector. */
  public float[] toArray() {
    return values.clone();
  }

  /** Whether every parameter is a finite number. */
  public boolean isFinite() {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Weights weights
        && spec.equals(weights.spec)
        && Arrays.equals(values, weights.values);
  }

  @Override
  public int hashCode() {
    return 31 * spec.hashCode() + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "Weights[" + spec.sizes() + ", " + values.length + " parameters]";
  }
}
