package org.shallownet.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.shallownet.data.features.RowIndex;
import org.shallownet.network.Philox;

/**
 * Data in two parts; rows keep their order within each.
 *
 * @param train what to learn from
 * @param dev what to judge on
 */
public record Split(Dataset train, Dataset dev) {
  /**
   * Draws a dev set; what it gets is a function of data, fraction and seed alone. Classes have the
   * same shares in both parts as nearly as whole rows allow, and each keeps at least one row for
   * training. Both parts get at least one row.
   *
   * @param devFraction the share of the rows that the dev set gets, between 0 and 1 exclusively
   * @throws DataException if there are too few rows
   */
  public static Split stratified(Dataset data, double devFraction, long seed) {
    if (!(devFraction > 0 && devFraction < 1)) {
      throw new IllegalArgumentException(
          "the dev set's share must be between 0 and 1, not " + devFraction);
    }
    long[] left = rowsPerClass(data);
    long[] wanted = share(left, data.rows(), devFraction);
    Philox.Stream random = Philox.stream(seed, Philox.Purpose.SPLIT, 0);
    RowIndex.Builder train = new RowIndex.Builder();
    RowIndex.Builder dev = new RowIndex.Builder();
    // Selection sampling: each row is taken with probability wanted / left of its class, which
    // makes
    // all sets of that size equally likely (Knuth, TAOCP 2, 3.4.2, algorithm S).
    for (long row = 0; row < data.rows(); row++) {
      int c = classOf(data, row);
      if (random.nextLong(left[c]) < wanted[c]) {
        dev.add(row);
        wanted[c]--;
      } else {
        train.add(row);
      }
      left[c]--;
    }
    return new Split(data.select(train.build()), data.select(dev.build()));
  }

  private static int classOf(Dataset data, long row) {
    return data.target() instanceof Target.Classes classes ? classes.code(row) : 0;
  }

  private static long[] rowsPerClass(Dataset data) {
    int classes = data.target() instanceof Target.Classes named ? named.names().size() : 1;
    long[] counts = new long[classes];
    for (long row = 0; row < data.rows(); row++) {
      counts[classOf(data, row)]++;
    }
    return counts;
  }

  /** How many rows of each class go to the dev set: largest remainders first, never all of it. */
  private static long[] share(long[] counts, long rows, double fraction) {
    long available = Arrays.stream(counts).map(n -> Math.max(0, n - 1)).sum();
    if (available == 0) {
      throw new DataException(
          rows == 1
              ? "one row can't be split into a training and a dev set; add rows or do without a dev"
                  + " set (--dev-fraction 0)"
              : "no class has more than one row, so none can be spared for a dev set; add rows or do"
                  + " without a dev set (--dev-fraction 0)");
    }
    long total = Math.min(available, Math.max(1, Math.round(fraction * rows)));
    long[] share = new long[counts.length];
    double[] remainder = new double[counts.length];
    for (int c = 0; c < counts.length; c++) {
      double exact = fraction * counts[c];
      share[c] = Math.max(0, Math.min(counts[c] - 1, (long) exact));
      remainder[c] = exact - share[c];
    }
    int[] byRemainder =
        IntStream.range(0, counts.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer c) -> -remainder[c]))
            .mapToInt(c -> c)
            .toArray();
    long given = Arrays.stream(share).sum();
    while (given < total) {
      for (int c : byRemainder) {
        if (given < total && share[c] < counts[c] - 1) {
          share[c]++;
          given++;
        }
      }
    }
    return share;
  }
}
