package org.shallownet.backend.cpu.primitives;

import org.shallownet.backend.device.RefinementOperation.DropOut;
import org.shallownet.network.Activation;
import org.shallownet.network.Dropout;

/** The activations and their derivatives over stretches of an array. */
public final class Activations {
  /** Twice this exceeds 1 / (the smallest positive float). */
  private static final float HUGE = 0x1p127f;

  private Activations() {}

  /**
   * {@code z = f(z)}.
   *
   * @param room see {@link CpuMath#tanh}
   */
  public static void apply(Activation f, float[] z, int from, int count, double[] room) {
    int to = from + count;
    switch (f) {
      case RELU -> relu(z, from, to);
      case LEAKY_RELU -> leakyRelu(z, from, to);
      case TANH -> CpuMath.tanh(z, from, to, room);
      case SIGMOID -> sigmoid(z, from, to);
      case IDENTITY -> {}
    }
  }

  private static void relu(float[] z, int from, int to) {
    for (int i = from; i < to; i++) {
      z[i] = Math.max(0f, z[i]);
    }
  }

  private static void leakyRelu(float[] z, int from, int to) {
    for (int i = from; i < to; i++) {
      z[i] = Math.max(Activation.LEAKY_SLOPE * z[i], z[i]);
    }
  }

  private static void sigmoid(float[] z, int from, int to) {
    for (int i = from; i < to; i++) {
      z[i] = CpuMath.sigmoid(z[i]);
    }
  }

  /** {@code delta = delta ∘ f′}, from {@code a = f(z)}. */
  public static void backward(
      Activation f, float[] a, int fromA, float[] delta, int from, int count) {
    switch (f) {
      case RELU -> reluBackward(a, fromA, delta, from, count);
      case LEAKY_RELU -> leakyReluBackward(a, fromA, delta, from, count);
      case TANH -> tanhBackward(a, fromA, delta, from, count);
      case SIGMOID -> sigmoidBackward(a, fromA, delta, from, count);
      case IDENTITY -> {}
    }
  }

  // A step function as a minimum: no branch, and not-a-number stays what it is. a · HUGE · HUGE is
  // at least 1 for every positive a, subnormal ones too.

  private static void reluBackward(float[] a, int fromA, float[] delta, int from, int count) {
    for (int i = 0; i < count; i++) {
      delta[from + i] *= Math.min(1f, a[fromA + i] * HUGE * HUGE);
    }
  }

  private static void leakyReluBackward(float[] a, int fromA, float[] delta, int from, int count) {
    for (int i = 0; i < count; i++) {
      float step = Math.min(1f, a[fromA + i] * HUGE * HUGE);
      delta[from + i] *= Math.max(Activation.LEAKY_SLOPE, step);
    }
  }

  private static void tanhBackward(float[] a, int fromA, float[] delta, int from, int count) {
    for (int i = 0; i < count; i++) {
      float value = a[fromA + i];
      delta[from + i] *= 1 - value * value;
    }
  }

  private static void sigmoidBackward(float[] a, int fromA, float[] delta, int from, int count) {
    for (int i = 0; i < count; i++) {
      float value = a[fromA + i];
      delta[from + i] *= value * (1 - value);
    }
  }

  /**
   * One row of {@link DropOut}.
   *
   * @param row its number
   * @param words room for four
   */
  static void dropOut(
      DropOut layer, long step, long row, int[] words, ArrayRange m, ArrayRange out) {
    float keep = (float) (1 / (1 - layer.part()));
    int threshold = Dropout.threshold(layer.part());
    int columns = layer.m().columns();
    for (int j = 0; j < columns; j++) {
      if (j % 4 == 0) {
        Dropout.words(layer.seed(), step, layer.first() + row, layer.layer(), j / 4, words);
      }
      boolean kept = Dropout.keeps(words[j % 4], threshold);
      out.array[out.from + j] = kept ? keep * m.array[m.from + j] : 0;
    }
  }
}
