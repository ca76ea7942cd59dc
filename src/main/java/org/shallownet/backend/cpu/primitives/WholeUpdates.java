package org.shallownet.backend.cpu.primitives;

import org.jspecify.annotations.Nullable;
import org.shallownet.network.Optimizer;

/**
 * {@link Updates} where every array is used from its beginning: loops with one index are compiled
 * to vectors, those with an offset for each array are not and take some six times as long.
 */
final class WholeUpdates {
  private WholeUpdates() {}

  static void gradientDescent(
      int count, float[] g, float @Nullable [] decay, float rate, float[] theta) {
    if (decay == null) {
      for (int i = 0; i < count; i++) {
        theta[i] -= rate * g[i];
      }
    } else {
      for (int i = 0; i < count; i++) {
        float value = theta[i];
        theta[i] = value - rate * (g[i] + decay[i] * value);
      }
    }
  }

  static void momentum(
      int count,
      float[] g,
      float @Nullable [] decay,
      float[] v,
      float rate,
      float momentum,
      float[] theta) {
    if (decay == null) {
      for (int i = 0; i < count; i++) {
        v[i] = momentum * v[i] + g[i];
      }
    } else {
      for (int i = 0; i < count; i++) {
        v[i] = momentum * v[i] + (g[i] + decay[i] * theta[i]);
      }
    }
    for (int i = 0; i < count; i++) {
      theta[i] -= rate * v[i];
    }
  }

  /** The moments of Adam. */
  static void moments(
      int count,
      float[] g,
      float @Nullable [] decay,
      float[] m,
      float[] v,
      Optimizer.Adam settings,
      float[] theta) {
    float beta1 = (float) settings.beta1();
    float beta2 = (float) settings.beta2();
    float rest1 = (float) (1 - settings.beta1());
    float rest2 = (float) (1 - settings.beta2());
    if (decay == null) {
      for (int i = 0; i < count; i++) {
        float gi = g[i];
        m[i] = beta1 * m[i] + rest1 * gi;
        v[i] = beta2 * v[i] + rest2 * (gi * gi);
      }
    } else {
      for (int i = 0; i < count; i++) {
        float gi = g[i] + decay[i] * theta[i];
        m[i] = beta1 * m[i] + rest1 * gi;
        v[i] = beta2 * v[i] + rest2 * (gi * gi);
      }
    }
  }

  /** The step that follows from the moments, with what corrects them in rate and root. */
  static void adam(
      int count, float[] m, float[] v, float rate, float root, float epsilon, float[] theta) {
    for (int i = 0; i < count; i++) {
      float deviation = (float) Math.sqrt(v[i]) * root + epsilon;
      theta[i] -= rate * m[i] / deviation;
    }
  }
}
