package org.shallownet.backend;

import java.util.Objects;
import org.shallownet.network.Philox;

/**
 * The order in which an epoch visits the samples: a random permutation that is a function of the
 * seed and the epoch, the same on every backend, computed where it is needed without a table.
 *
 * <p>A Feistel network over pairs (left, right) with left below {@code a}, right below {@code b}
 * and {@code a b ≥ n}: each round adds a keyed hash of one half to the other, which is a bijection;
 * results from n on are sent through again until they fall below n ("cycle walking"; Black and
 * Rogaway, "Ciphers with arbitrary finite domains", 2002).
 */
public final class BatchOrder {
  private static final int ROUNDS = 4;

  private final long samples;
  private final long seed;
  private final long a;
  private final long b;
  private final long[] keys = new long[2 * ROUNDS];
  private long keysEpoch = -1;

  /**
   * The orders of this many samples.
   *
   * @param samples at least 1, below 2⁶⁰
   */
  public BatchOrder(long samples, long seed) {
    if (samples < 1 || samples >= 1L << 60) {
      throw new IllegalArgumentException("can't order " + samples + " samples");
    }
    this.samples = samples;
    this.seed = seed;
    this.a = (long) Math.ceil(Math.sqrt((double) samples));
    this.b = (samples + a - 1) / a;
  }

  /**
   * Writes which samples stand at positions {@code first … first + count - 1} of an epoch's order.
   *
   * @param epoch from 0
   */
  public void fill(long epoch, long first, int count, long[] destination) {
    Objects.checkFromIndexSize(first, count, samples);
    if (epoch != keysEpoch) {
      Philox.Stream stream = Philox.stream(seed, Philox.Purpose.BATCH_ORDER, epoch);
      for (int i = 0; i < keys.length; i++) {
        keys[i] = stream.nextLong();
      }
      keysEpoch = epoch;
    }
    for (int i = 0; i < count; i++) {
      long sample = permute(first + i);
      while (sample >= samples) {
        sample = permute(sample);
      }
      destination[i] = sample;
    }
  }

  private long permute(long position) {
    long left = position / b;
    long right = position % b;
    for (int round = 0; round < keys.length; round += 2) {
      left += below(hash(right ^ keys[round]), a);
      left = left >= a ? left - a : left;
      right += below(hash(left ^ keys[round + 1]), b);
      right = right >= b ? right - b : right;
    }
    return left * b + right;
  }

  /** The upper bits of a hash scaled to 0 … bound - 1, for bounds up to 2³¹. */
  private static long below(long hash, long bound) {
    return ((hash >>> 32) * bound) >>> 32;
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
  private static long hash(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
