package org.shallownet.backend.cpu.tiled;

import org.shallownet.network.Dropout;

/** Which hidden activations of a model's step are left out, and what the others are scaled by. */
final class TileDropout {
  private final long seed;
  private final int threshold;
  private final float keep;
  private long step;

  /**
   * Dropout in a model's first step.
   *
   * @param seed the model's
   * @param part of the activations that is left out
   */
  TileDropout(long seed, double part) {
    this.seed = seed;
    threshold = Dropout.threshold(part);
    keep = (float) (1 / (1 - part));
  }

  /** Moves on to a step: so many came before. */
  void in(long newStep) {
    step = newStep;
  }

  /**
   * Writes what the activations of a layer are multiplied by: 0, or 1 / (1 - p).
   *
   * @param place of the first sample in the batch
   * @param layer which one, and where its activations and these factors lie
   * @param words room for four
   */
  void masks(long place, int samples, Units layer, int[] words, float[] to, int from) {
    for (int i = 0; i < samples; i++) {
      int at = from + i * layer.sampleStride();
      for (int unit = 0; unit < layer.count(); unit++, at += layer.unitStride()) {
        if (unit % words.length == 0) {
          Dropout.words(seed, step, place + i, layer.number(), unit / words.length, words);
        }
        to[at] = Dropout.keeps(words[unit % words.length], threshold) ? keep : 0;
      }
    }
  }

  /** {@code to = x ∘ y}, a part of arrays that begins at the same place in each. */
  static void multiply(float[] x, float[] y, int from, int count, float[] to) {
    for (int i = from; i < from + count; i++) {
      to[i] = x[i] * y[i];
    }
  }

  /**
   * Where the activations of a layer lie.
   *
   * @param number of the layer, from 1
   * @param count how many units it has
   * @param unitStride floats from one unit to the next
   * @param sampleStride floats from one sample to the next
   */
  record Units(int number, int count, int unitStride, int sampleStride) {}
}
