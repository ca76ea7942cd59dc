package org.shallownet.data;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.data.features.RowIndex;
import org.shallownet.network.Philox;

/**
 * A data set's rows dealt out to folds. Each row is in one of them; every class has the same share
 * in all of them, as nearly as whole rows allow, and so have rows of weight 0. Which rows a fold
 * gets is otherwise left to chance, whatever the targets are where they are no single column of
 * classes.
 *
 * <p>Rows keep their order within a fold, and the folds are a function of data, number and seed
 * alone.
 */
public final class Folds {
  private final Dataset data;
  private final List<RowIndex> folds;

  private Folds(Dataset data, List<RowIndex> folds) {
    this.data = data;
    this.folds = folds;
  }

  /**
   * Deals out rows.
   *
   * @param count how many folds, at least 2
   * @param repeat tells several ways to deal apart, from 0
   * @throws DataException if there are fewer rows of a weight above 0 than folds
   */
  public static Folds stratified(Dataset data, int count, long seed, int repeat) {
    if (count < 2) {
      throw new IllegalArgumentException("there are at least 2 folds, not " + count);
    }
    long[] left = rowsPerStratum(data);
    long counting = data.rows() - left[left.length - 1];
    if (counting < count) {
      throw new DataException(
          counting
              + (counting == 1 ? " row" : " rows")
              + " can't be dealt out to "
              + count
              + " folds; add rows or choose fewer folds");
    }
    long[][] wanted = new long[left.length][count];
    long dealt = 0;
    for (int s = 0; s < left.length; s++) {
      // As if cards were dealt, one stratum after the other.
      for (int f = 0; f < count; f++) {
        long first = Math.floorMod(f - dealt, (long) count);
        wanted[s][f] = first < left[s] ? 1 + (left[s] - 1 - first) / count : 0;
      }
      dealt += left[s];
    }
    // The first stream is that of a split into two parts.
    Philox.Stream random = Philox.stream(seed, Philox.Purpose.SPLIT, 1L + repeat);
    List<RowIndex.Builder> builders = new ArrayList<>();
    for (int f = 0; f < count; f++) {
      builders.add(new RowIndex.Builder());
    }
    for (long row = 0; row < data.rows(); row++) {
      int s = stratum(data, row, left.length);
      long ticket = random.nextLong(left[s]);
      int fold = 0;
      while (ticket >= wanted[s][fold]) {
        ticket -= wanted[s][fold];
        fold++;
      }
      builders.get(fold).add(row);
      wanted[s][fold]--;
      left[s]--;
    }
    return new Folds(data, builders.stream().map(RowIndex.Builder::build).toList());
  }

  /** The class, or the last stratum for a row that does not count. */
  private static int stratum(Dataset data, long row, int strata) {
    SampleWeights weights = data.weights();
    if (weights != null && weights.get(row) == 0) {
      return strata - 1;
    }
    return data.target() instanceof Target.Classes classes ? classes.code(row) : 0;
  }

  private static long[] rowsPerStratum(Dataset data) {
    int classes = data.target() instanceof Target.Classes named ? named.names().size() : 1;
    long[] counts = new long[classes + 1];
    for (long row = 0; row < data.rows(); row++) {
      counts[stratum(data, row, counts.length)]++;
    }
    return counts;
  }

  /** How many folds there are. */
  public int count() {
    return folds.size();
  }

  /** The rows of a fold. */
  public RowIndex rows(int fold) {
    return folds.get(fold);
  }

  /** The rows of all other folds, in their order in the data. */
  public RowIndex others(int fold) {
    RowIndex left = folds.get(fold);
    RowIndex.Builder others = new RowIndex.Builder();
    long next = 0;
    for (long row = 0; row < data.rows(); row++) {
      if (next < left.size() && left.get(next) == row) {
        next++;
      } else {
        others.add(row);
      }
    }
    return others.build();
  }

  /** The rows of some folds, one fold after the other. */
  public RowIndex rows(List<Integer> chosen) {
    RowIndex.Builder rows = new RowIndex.Builder();
    for (int fold : chosen) {
      for (long i = 0; i < folds.get(fold).size(); i++) {
        rows.add(folds.get(fold).get(i));
      }
    }
    return rows.build();
  }
}
