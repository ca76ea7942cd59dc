package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shallownet.backend.ModelState;
import org.shallownet.network.NetworkSpec;

/**
 * What {@code whole_run} keeps of a model for its front scale: the first layer's weights without
 * the factors, the factors, and two moments of each factor.
 */
final class WholeRunFront {
  private static final int MOMENTS = 2;

  private final NetworkSpec spec;
  private final float[] packed;

  private WholeRunFront(NetworkSpec spec, float[] packed) {
    this.spec = spec;
    this.packed = packed;
  }

  /** As the kernel left it. */
  static WholeRunFront of(NetworkSpec spec, float[] packed) {
    return new WholeRunFront(spec, packed);
  }

  /** Of a network in its first state: all factors are 1. */
  static WholeRunFront initial(NetworkSpec spec, float[] weights) {
    float[] ones = new float[spec.inputs()];
    Arrays.fill(ones, 1);
    return of(spec, weights, new ModelState.Group(ones, List.of()));
  }

  /**
   * Of a network in some state.
   *
   * @param weights of the network, without the factors
   */
  static WholeRunFront of(NetworkSpec spec, float[] weights, ModelState.Group factors) {
    int inputs = spec.inputs();
    float[] packed = new float[first(spec) + (1 + MOMENTS) * inputs];
    System.arraycopy(weights, spec.weightsOffset(1), packed, 0, first(spec));
    System.arraycopy(factors.values(), 0, packed, first(spec), inputs);
    for (int i = 0; i < factors.moments().size(); i++) {
      float[] moment = factors.moments().get(i);
      System.arraycopy(moment, 0, packed, first(spec) + (1 + i) * inputs, inputs);
    }
    return new WholeRunFront(spec, packed);
  }

  private static int first(NetworkSpec spec) {
    return spec.biasOffset(1) - spec.weightsOffset(1);
  }

  /** All of it, in the kernel's order. */
  float[] packed() {
    return packed;
  }

  /** The factors, with so many moments of each. */
  ModelState.Group factors(int moments) {
    int inputs = spec.inputs();
    List<float[]> remembered = new ArrayList<>();
    for (int i = 0; i < moments; i++) {
      int from = first(spec) + (1 + i) * inputs;
      remembered.add(Arrays.copyOfRange(packed, from, from + inputs));
    }
    float[] values = Arrays.copyOfRange(packed, first(spec), first(spec) + inputs);
    return new ModelState.Group(values, remembered);
  }

  /** The network's parameters without the factors, from those with them. */
  float[] without(float[] within) {
    float[] weights = within.clone();
    System.arraycopy(packed, 0, weights, spec.weightsOffset(1), first(spec));
    return weights;
  }

  /** The network's parameters with the factors, from those without them. */
  float[] within(float[] without) {
    float[] weights = without.clone();
    for (int i = 0; i < first(spec); i++) {
      weights[spec.weightsOffset(1) + i] = packed[first(spec) + i % spec.inputs()] * packed[i];
    }
    return weights;
  }
}
