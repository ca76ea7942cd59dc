package org.shallownet.network;

/**
 * Philox4x32-10, a counter-based random generator: the same seed and counter give the same numbers
 * on every backend, in any order, on any number of threads.
 *
 * <p>Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011. The key is the seed; the counter is {@code (index, layer or epoch, model, purpose)}.
 */
public final class Philox {
  /** What a stream of random numbers is for, so that no two uses share numbers. */
  public enum Purpose {
    /** First weights. */
    WEIGHTS(0),
    /** The order of the samples in mini-batches. */
    BATCH_ORDER(1),
    /** Splitting rows into parts. */
    SPLIT(2),
    /** Which activations dropout leaves out. */
    DROPOUT(3);

    private final int code;

    Purpose(int code) {
      this.code = code;
    }

    /** The last word of the counter. */
    int code() {
      return code;
    }
  }

  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  private Philox() {}

  /**
   * Writes the block of four random words that belongs to this key and counter.
   *
   * @param block receives the four words, 32 random bits each
   */
  public static void block(long seed, int c0, int c1, int c2, int c3, int[] block) {
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = MULTIPLIER_0 * (c0 & 0xFFFFFFFFL);
      long p1 = MULTIPLIER_1 * (c2 & 0xFFFFFFFFL);
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      c0 = n0;
      c2 = n2;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    block[0] = c0;
    block[1] = c1;
    block[2] = c2;
    block[3] = c3;
  }

  /**
   * A stream of numbers that depends on its seed, purpose and number alone.
   *
   * @param number tells streams of one purpose apart: a layer, an epoch
   */
  public static Stream stream(long seed, Purpose purpose, long number) {
    return new Stream(seed, purpose, number);
  }

  /** Consecutive numbers of one stream. Not for use by several threads. */
  public static final class Stream {
    private final long seed;
    private final int number;
    private final int numberHigh;
    private final int purpose;
    private final int[] block = new int[4];
    private int index;
    private int used = block.length;
    private double spareNormal;
    private boolean hasSpareNormal;

    private Stream(long seed, Purpose purpose, long number) {
      this.seed = seed;
      this.number = (int) number;
      this.numberHigh = (int) (number >>> 32);
      this.purpose = purpose.code;
    }

    /** The next 32 random bits. */
    public int nextInt() {
      if (used == block.length) {
        block(seed, index++, number, numberHigh, purpose, block);
        used = 0;
      }
      return block[used++];
    }

    /** The next 64 random bits. */
    public long nextLong() {
      long high = nextInt();
      return (high << 32) | (nextInt() & 0xFFFFFFFFL);
    }

    /** A number from 0 to {@code bound - 1}, each as likely as the others. */
    public long nextLong(long bound) {
      if (bound < 1) {
        throw new IllegalArgumentException("bound must be positive, not " + bound);
      }
      // The lowest remainders are drawn again, so that each one left is equally frequent.
      long reject = Long.remainderUnsigned(-bound, bound);
      long bits = nextLong();
      while (Long.compareUnsigned(bits, reject) < 0) {
        bits = nextLong();
      }
      return Long.remainderUnsigned(bits, bound);
    }

    /** A number in [0, 1), a multiple of 2⁻⁵³. */
    public double nextDouble() {
      return (nextLong() >>> 11) * 0x1p-53;
    }

    /** A number from the normal distribution with mean 0 and deviation 1 (Box and Muller). */
    public double nextNormal() {
      if (hasSpareNormal) {
        hasSpareNormal = false;
        return spareNormal;
      }
      // StrictMath, so that every machine draws the same bits; 1 - u is never 0.
      double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
      double angle = 2 * Math.PI * nextDouble();
      spareNormal = radius * StrictMath.sin(angle);
      hasSpareNormal = true;
      return radius * StrictMath.cos(angle);
    }
  }
}
