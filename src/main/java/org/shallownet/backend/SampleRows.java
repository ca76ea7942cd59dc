package org.shallownet.backend;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Some of a plan's samples: all of them, or a list of rows in rising order, such as those of a
 * fold. Models that see the same rows share one list.
 */
public final class SampleRows {
  /** Every sample, however many there are. */
  public static final SampleRows ALL = new SampleRows(null);

  /** No sample. */
  public static final SampleRows NONE = new SampleRows(new int[0]);

  private final int @Nullable [] rows;
  private final int hash;

  private SampleRows(int @Nullable [] rows) {
    this.rows = rows;
    this.hash = Arrays.hashCode(rows);
  }

  /**
   * These samples.
   *
   * @param rows their numbers from 0, each larger than the one before
   * @throws IllegalArgumentException if they are not
   */
  public static SampleRows of(int... rows) {
    int[] own = rows.clone();
    int last = -1;
    for (int row : own) {
      if (row <= last) {
        throw new IllegalArgumentException(
            last < 0
                ? "there is no row " + row
                : "rows must rise, but " + row + " comes after " + last);
      }
      last = row;
    }
    return new SampleRows(own);
  }

  /**
   * All of a table's samples but these.
   *
   * @param samples how many the table has
   * @throws IllegalArgumentException if some of these are not among them
   */
  public SampleRows others(int samples) {
    checkWithin(samples);
    if (rows == null) {
      return NONE;
    }
    int[] others = new int[samples - rows.length];
    int next = 0;
    int count = 0;
    for (int row = 0; row < samples; row++) {
      if (next < rows.length && rows[next] == row) {
        next++;
      } else {
        others[count++] = row;
      }
    }
    return new SampleRows(others);
  }

  /** Whether it is every sample of any table. */
  public boolean isAll() {
    return rows == null;
  }

  /**
   * How many they are.
   *
   * @param samples how many the table has
   */
  public long count(long samples) {
    return rows == null ? samples : rows.length;
  }

  /**
   * The number in the table of the one at this place.
   *
   * @param position from 0
   */
  public long row(long position) {
    return rows == null ? position : rows[(int) position];
  }

  /** Replaces places by the numbers in the table that stand there. */
  public void toRows(long[] positions, int count) {
    if (rows != null) {
      for (int i = 0; i < count; i++) {
        positions[i] = rows[(int) positions[i]];
      }
    }
  }

  /** A sample that is among these and among others, too; -1 if there is none. */
  long common(SampleRows other) {
    if (rows == null) {
      return other.rows == null ? 0 : other.rows.length > 0 ? other.rows[0] : -1;
    }
    if (other.rows == null) {
      return other.common(this);
    }
    int theirs = 0;
    for (int row : rows) {
      while (theirs < other.rows.length && other.rows[theirs] < row) {
        theirs++;
      }
      if (theirs < other.rows.length && other.rows[theirs] == row) {
        return row;
      }
    }
    return -1;
  }

  /**
   * Checks that a table has them.
   *
   * @param samples how many it has
   */
  void checkWithin(long samples) {
    if (rows != null && rows.length > 0 && rows[rows.length - 1] >= samples) {
      throw new IllegalArgumentException(
          "there is no row " + rows[rows.length - 1] + " among " + samples + " samples");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SampleRows same
        && (same == this || (same.hash == hash && Arrays.equals(same.rows, rows)));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return rows == null ? "all samples" : rows.length + " samples";
  }
}
