package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.shallownet.backend.ModelState;
import org.shallownet.network.Optimizer;

/**
 * The front scale of a {@link TiledModel}: a learned factor for each input, folded into the weights
 * that samples go through. With {@code V[h,j] = s[j] W[h,j]}: {@code ds[j] = Σ dV[h,j] W[h,j]} over
 * the units h, {@code dW[h,j] = s[j] dV[h,j]}.
 *
 * <p>Weights lie in stretches: of all inputs, for one unit or for four side by side, so that
 * factors and their gradients are kept as such a stretch, in which a factor stands for each unit;
 * or by inputs, each a stretch of all units, which have one factor.
 */
final class TileFront {
  private final int first;
  private final int end;
  private final int stretch;
  private final int together;
  private final boolean byInputs;
  private final float[] factors;
  private final float[] gradient;
  private final float[] spread;
  private final float[] products;

  /**
   * A stretch of weights and of gradients: where two arrays are read from different places, Java's
   * compiler makes no vectors.
   */
  private final float[] weightStretch;

  private final float[] gradientStretch;
  private final Descent descent;

  /** Factors 1 for the inputs of this layer. */
  TileFront(TileLayer layer, Optimizer optimizer) {
    first = layer.weights();
    end = layer.biases();
    byInputs = layer.form() == TileLayer.Form.BY_INPUTS;
    together = layer.form() == TileLayer.Form.PACKED ? 4 : 1;
    stretch = layer.weightCount() / layer.stretches();
    factors = new float[layer.paddedInputs()];
    Arrays.fill(factors, 1);
    gradient = new float[factors.length];
    spread = new float[stretch];
    Arrays.fill(spread, 1);
    products = new float[stretch];
    weightStretch = new float[stretch];
    gradientStretch = new float[stretch];
    descent = new Descent(optimizer, factors, gradient, null);
  }

  /**
   * From the gradient by what samples went through to those by the weights, in its place, and by
   * the factors.
   *
   * @param weights without the factors
   */
  void pullBack(float[] weights, float[] byBoth) {
    if (byInputs) {
      for (int j = 0; j < factors.length; j++) {
        gradient[j] = pullBack(weights, byBoth, first + j * stretch, factors[j]);
      }
      return;
    }
    Arrays.fill(products, 0);
    for (int at = first; at < end; at += stretch) {
      pullBack(weights, byBoth, at);
    }
    for (int j = 0; j < gradient.length; j++) {
      float sum = products[together * j];
      for (int i = 1; i < together; i++) {
        sum += products[together * j + i];
      }
      gradient[j] = sum;
    }
  }

  /** Of one input: in eight sums, one would wait for each addition before it begins the next. */
  private float pullBack(float[] weights, float[] byBoth, int at, float factor) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    for (int i = at; i < at + stretch; i += 8) {
      s0 += byBoth[i] * weights[i];
      s1 += byBoth[i + 1] * weights[i + 1];
      s2 += byBoth[i + 2] * weights[i + 2];
      s3 += byBoth[i + 3] * weights[i + 3];
      s4 += byBoth[i + 4] * weights[i + 4];
      s5 += byBoth[i + 5] * weights[i + 5];
      s6 += byBoth[i + 6] * weights[i + 6];
      s7 += byBoth[i + 7] * weights[i + 7];
    }
    for (int i = at; i < at + stretch; i++) {
      byBoth[i] *= factor;
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }

  private void pullBack(float[] weights, float[] byBoth, int at) {
    System.arraycopy(byBoth, at, gradientStretch, 0, stretch);
    System.arraycopy(weights, at, weightStretch, 0, stretch);
    addProducts(products, gradientStretch, weightStretch);
    multiply(gradientStretch, spread);
    System.arraycopy(gradientStretch, 0, byBoth, at, stretch);
  }

  private static void addProducts(float[] sums, float[] a, float[] b) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += a[i] * b[i];
    }
  }

  private static void multiply(float[] values, float[] factors) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factors[i];
    }
  }

  /**
   * Takes a step.
   *
   * @param number from 1
   * @param rateFactor that the learning rate is multiplied by
   */
  void step(long number, double rateFactor) {
    descent.step(number, rateFactor);
    spread();
  }

  private void spread() {
    for (int i = 0; i < stretch && !byInputs; i++) {
      spread[i] = factors[i / together];
    }
  }

  /** The factors of so many inputs, with what is remembered of them. */
  ModelState.Group state(int inputs) {
    return new ModelState.Group(
        Arrays.copyOf(factors, inputs),
        descent.moments().stream().map(moment -> Arrays.copyOf(moment, inputs)).toList());
  }

  /** Goes on from a state of as many inputs. */
  void resume(ModelState.Group state) {
    System.arraycopy(state.values(), 0, factors, 0, state.values().length);
    for (int i = 0; i < state.moments().size(); i++) {
      float[] moment = state.moments().get(i);
      System.arraycopy(moment, 0, descent.moments().get(i), 0, moment.length);
    }
    spread();
  }

  /** Writes what samples go through: the weights times the factors. */
  void fold(float[] weights, float[] to) {
    if (byInputs) {
      for (int j = 0; j < factors.length; j++) {
        fold(weights, to, first + j * stretch, factors[j]);
      }
      return;
    }
    for (int at = first; at < end; at += stretch) {
      fold(weights, to, at);
    }
  }

  private void fold(float[] weights, float[] to, int at) {
    System.arraycopy(weights, at, weightStretch, 0, stretch);
    multiply(weightStretch, spread);
    System.arraycopy(weightStretch, 0, to, at, stretch);
  }

  private void fold(float[] weights, float[] to, int at, float factor) {
    for (int i = at; i < at + stretch; i++) {
      to[i] = weights[i] * factor;
    }
  }
}
