package org.shallownet.backend.cpu.primitives;

/**
 * How rows, columns or elements are cut into pieces of one length, the last one shorter: a function
 * of sizes alone, never of the number of threads.
 *
 * @param total how many there are
 * @param length how many make a piece
 */
public record Cut(long total, long length) {
  /** As many pieces as sums are kept apart, at most; the sums are then added in order. */
  public static final int MOST_SUMS = 32;

  /** Pieces of about this many elements, for rows of so many columns. */
  static Cut rows(long rows, int columns, int pieceElements) {
    return new Cut(rows, Math.max(1, pieceElements / columns));
  }

  /** At most {@link #MOST_SUMS} pieces of at least this many elements. */
  static Cut sums(long rows, int columns, int leastElements) {
    long least = Math.max(1, leastElements / columns);
    return new Cut(rows, Math.max(least, (rows + MOST_SUMS - 1) / MOST_SUMS));
  }

  public int pieces() {
    return Math.toIntExact((total + length - 1) / length);
  }

  public long start(int piece) {
    return piece * length;
  }

  public long end(int piece) {
    return Math.min(total, (piece + 1) * length);
  }
}
