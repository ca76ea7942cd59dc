package org.shallownet.backend.cpu.primitives;

import org.jspecify.annotations.Nullable;
import org.shallownet.network.Optimizer;

/** The optimisers' steps over ranges of arrays, and what makes means of gradients. */
public final class Updates {
  private Updates() {}

  /** {@code x = x / divisor}. */
  public static void divide(int count, ArrayRange x, float divisor) {
    float[] values = x.array;
    for (int i = x.from; i < x.from + count; i++) {
      values[i] /= divisor;
    }
  }

  /** {@code x = x factor}. */
  public static void scale(int count, ArrayRange x, float factor) {
    float[] values = x.array;
    for (int i = x.from; i < x.from + count; i++) {
      values[i] *= factor;
    }
  }

  /** {@code out = out + scale sign x}, where the sign of 0 is 0. */
  public static void addSigns(int count, ArrayRange x, float scale, ArrayRange out) {
    for (int i = 0; i < count; i++) {
      out.array[out.from + i] += scale * Math.signum(x.array[x.from + i]);
    }
  }

  /** Whether these arrays are used from their beginning. */
  private static boolean whole(ArrayRange gradient, @Nullable ArrayRange decay, ArrayRange theta) {
    return gradient.from == 0 && theta.from == 0 && (decay == null || decay.from == 0);
  }

  private static float @Nullable [] array(@Nullable ArrayRange range) {
    return range == null ? null : range.array;
  }

  /** {@code product = x ∘ factors}. */
  static void multiply(int count, ArrayRange x, ArrayRange factors, ArrayRange product) {
    float[] from = x.array;
    int fromX = x.from;
    float[] f = factors.array;
    int fromF = factors.from;
    float[] to = product.array;
    int at = product.from;
    for (int i = 0; i < count; i++) {
      to[at + i] = from[fromX + i] * f[fromF + i];
    }
  }

  public static void gradientDescent(
      int count, ArrayRange gradient, @Nullable ArrayRange decay, float rate, ArrayRange theta) {
    if (whole(gradient, decay, theta)) {
      WholeUpdates.gradientDescent(count, gradient.array, array(decay), rate, theta.array);
      return;
    }
    float[] g = gradient.array;
    int fromG = gradient.from;
    float[] t = theta.array;
    int fromT = theta.from;
    if (decay == null) {
      for (int i = 0; i < count; i++) {
        t[fromT + i] -= rate * g[fromG + i];
      }
    } else {
      float[] l = decay.array;
      int fromL = decay.from;
      for (int i = 0; i < count; i++) {
        float value = t[fromT + i];
        t[fromT + i] = value - rate * (g[fromG + i] + l[fromL + i] * value);
      }
    }
  }

  public static void momentum(
      int count,
      ArrayRange gradient,
      @Nullable ArrayRange decay,
      ArrayRange velocity,
      float rate,
      float momentum,
      ArrayRange theta) {
    if (whole(gradient, decay, theta) && velocity.from == 0) {
      WholeUpdates.momentum(
          count, gradient.array, array(decay), velocity.array, rate, momentum, theta.array);
      return;
    }
    float[] g = gradient.array;
    int fromG = gradient.from;
    float[] v = velocity.array;
    int fromV = velocity.from;
    float[] t = theta.array;
    int fromT = theta.from;
    if (decay == null) {
      for (int i = 0; i < count; i++) {
        v[fromV + i] = momentum * v[fromV + i] + g[fromG + i];
      }
    } else {
      float[] l = decay.array;
      int fromL = decay.from;
      for (int i = 0; i < count; i++) {
        v[fromV + i] = momentum * v[fromV + i] + (g[fromG + i] + l[fromL + i] * t[fromT + i]);
      }
    }
    for (int i = 0; i < count; i++) {
      t[fromT + i] -= rate * v[fromV + i];
    }
  }

  /** Nesterov's momentum: the velocity becomes that of {@link #momentum}. */
  public static void nesterov(
      int count,
      ArrayRange gradient,
      @Nullable ArrayRange decay,
      ArrayRange velocity,
      float rate,
      float momentum,
      ArrayRange theta) {
    float[] g = gradient.array;
    float[] v = velocity.array;
    float[] t = theta.array;
    for (int i = 0; i < count; i++) {
      float value = t[theta.from + i];
      float gi = g[gradient.from + i];
      if (decay != null) {
        gi += decay.array[decay.from + i] * value;
      }
      float vi = momentum * v[velocity.from + i] + gi;
      v[velocity.from + i] = vi;
      t[theta.from + i] = value - rate * (gi + momentum * vi);
    }
  }

  /**
   * What Adam's step has in common for all parameters. The corrections of the moments are folded
   * into the rate and a factor: {@code rate m̂ / (√v̂ + ε) = (rate / (1 - β₁ᵗ)) m / (√v / √(1 -
   * β₂ᵗ) + ε)}.
   *
   * @param step t, from 1
   * @param factor that the rate is multiplied by
   * @param rates gets the rate and what √v is multiplied by
   */
  public static void adamRates(Optimizer.Adam settings, long step, double factor, float[] rates) {
    double rate = settings.learningRate() * factor;
    rates[0] = (float) (rate / (1 - Math.pow(settings.beta1(), (double) step)));
    rates[1] = (float) (1 / Math.sqrt(1 - Math.pow(settings.beta2(), (double) step)));
  }

  /**
   * Adam.
   *
   * @param rates as {@link #adamRates} gives them
   */
  public static void adam(
      int count,
      ArrayRange gradient,
      @Nullable ArrayRange decay,
      ArrayRange firstMoment,
      ArrayRange secondMoment,
      Optimizer.Adam settings,
      float[] rates,
      ArrayRange theta) {
    float rate = rates[0];
    float root = rates[1];
    float epsilon = (float) settings.epsilon();
    if (whole(gradient, decay, theta) && firstMoment.from == 0 && secondMoment.from == 0) {
      float[] first = firstMoment.array;
      float[] second = secondMoment.array;
      WholeUpdates.moments(
          count, gradient.array, array(decay), first, second, settings, theta.array);
      WholeUpdates.adam(count, first, second, rate, root, epsilon, theta.array);
      return;
    }
    float[] g = gradient.array;
    int fromG = gradient.from;
    float[] m = firstMoment.array;
    int fromM = firstMoment.from;
    float[] v = secondMoment.array;
    int fromV = secondMoment.from;
    float[] t = theta.array;
    int fromT = theta.from;
    float beta1 = (float) settings.beta1();
    float beta2 = (float) settings.beta2();
    float rest1 = (float) (1 - settings.beta1());
    float rest2 = (float) (1 - settings.beta2());
    if (decay == null) {
      for (int i = 0; i < count; i++) {
        float gi = g[fromG + i];
        m[fromM + i] = beta1 * m[fromM + i] + rest1 * gi;
        v[fromV + i] = beta2 * v[fromV + i] + rest2 * (gi * gi);
      }
    } else {
      float[] l = decay.array;
      int fromL = decay.from;
      for (int i = 0; i < count; i++) {
        float gi = g[fromG + i] + l[fromL + i] * t[fromT + i];
        m[fromM + i] = beta1 * m[fromM + i] + rest1 * gi;
        v[fromV + i] = beta2 * v[fromV + i] + rest2 * (gi * gi);
      }
    }
    for (int i = 0; i < count; i++) {
      float deviation = (float) Math.sqrt(v[fromV + i]) * root + epsilon;
      t[fromT + i] -= rate * m[fromM + i] / deviation;
    }
  }
}
