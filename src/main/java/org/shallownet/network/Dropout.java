package org.shallownet.network;

/**
 * Which activations dropout keeps: a pure function of seed, step, place in the batch, layer and
 * unit, the same on every backend and however the work is divided.
 */
public final class Dropout {
  /** How many units share a block of words. */
  public static final int WORDS = 4;

  private Dropout() {}

  /**
   * The words of four neighbouring units: unit u has word {@code u % 4} of block {@code u / 4}.
   *
   * @param seed the model's
   * @param step how many steps came before
   * @param row the sample's place in the batch
   * @param layer of the units, from 1
   * @param block the unit's number over 4
   * @param words receives them
   */
  public static void words(long seed, long step, long row, int layer, int block, int[] words) {
    // A block of units and the layer share a word of the counter; there are fewer than 2²⁴ blocks.
    int place = layer << 24 | block;
    Philox.block(seed, place, (int) row, (int) step, Philox.Purpose.DROPOUT.code(), words);
  }

  /**
   * What a unit's word must reach, as an unsigned number, for its activation to be kept.
   *
   * @param part the probability that it is not
   */
  public static int threshold(double part) {
    return (int) (long) (part * 0x1p32);
  }

  /** Whether an activation with this word is kept. */
  public static boolean keeps(int word, int threshold) {
    return Integer.compareUnsigned(word, threshold) >= 0;
  }
}
