package org.shallownet.backend.device;

import java.util.Objects;
import org.shallownet.network.Philox;

/**
 * The order in which an epoch visits the samples: a random permutation that is a function of the
 * seed and the epoch, the same on every backend, computed where it is needed without a table.
 *
 * <p>A Feistel network over pairs (left, right) with left below {@code a}, right below {@code b}
 * and {@code a b ≥ n}, where position or sample is {@code left b + right}: each round adds a keyed
 * hash of one half to the other, which is a bijection; results from n on are sent through again
 * until they fall below n ("cycle walking"; Black and Rogaway, "Ciphers with arbitrary finite
 * domains", 2002).
 */
public final class BatchOrder {
  /** How many rounds there are, each with a key of its own. */
  public static final int KEYS = 8;

  private final long samples;
  private final long seed;
  private final long a;
  private final long b;
  private Epoch last;

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
    this.last = new Epoch(0);
  }

  /** How many samples are ordered, n. */
  public long samples() {
    return samples;
  }

  /** What, with the epoch, decides the order. */
  public long seed() {
    return seed;
  }

  /** How many left halves there are, a. */
  public long lefts() {
    return a;
  }

  /** How many right halves there are, b. */
  public long rights() {
    return b;
  }

  /**
   * An epoch's order.
   *
   * @param number from 0
   */
  public Epoch epoch(long number) {
    if (number != last.number) {
      last = new Epoch(number);
    }
    return last;
  }

  /**
   * Writes which samples stand at positions {@code first … first + count - 1} of an epoch's order.
   *
   * @param epoch from 0
   */
  public void fill(long epoch, long first, int count, long[] destination) {
    Objects.checkFromIndexSize(first, count, samples);
    Epoch order = epoch(epoch);
    // Counted on: a division costs as much as half of the hashes.
    long left = first / b;
    long right = first % b;
    for (int i = 0; i < count; i++) {
      destination[i] = order.walk(order.permute(left, right));
      right++;
      if (right == b) {
        right = 0;
        left++;
      }
    }
  }

  /** The order of one epoch; several threads may read it. */
  public final class Epoch {
    private final long number;
    private final long[] keys = new long[KEYS];

    private Epoch(long number) {
      this.number = number;
      Philox.Stream stream = Philox.stream(seed, Philox.Purpose.BATCH_ORDER, number);
      for (int i = 0; i < keys.length; i++) {
        keys[i] = stream.nextLong();
      }
    }

    /**
     * Which sample stands at a position.
     *
     * @param position from 0 to n - 1
     */
    public long sample(long position) {
      return walk(permute(position / b, position % b));
    }

    /**
     * A round's key.
     *
     * @param round from 0 to {@link #KEYS} - 1; even ones add to the left half
     */
    public long key(int round) {
      return keys[round];
    }

    /** Sends what came out of the rounds through them again until it is a sample. */
    public long walk(long permuted) {
      long sample = permuted;
      while (sample >= samples) {
        sample = permute(sample / b, sample % b);
      }
      return sample;
    }

    private long permute(long fromLeft, long fromRight) {
      long left = fromLeft;
      long right = fromRight;
      for (int round = 0; round < KEYS; round += 2) {
        left += below(hash(right ^ keys[round]), a);
        left = left >= a ? left - a : left;
        right += below(hash(left ^ keys[round + 1]), b);
        right = right >= b ? right - b : right;
      }
      return left * b + right;
    }
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
