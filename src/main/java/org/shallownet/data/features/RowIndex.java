package org.shallownet.data.features;

import java.util.Objects;

/** A list of row numbers, counted from 0, of any length. It doesn't change. */
public final class RowIndex {
  private final LongColumn rows;

  private RowIndex(LongColumn rows) {
    this.rows = rows;
  }

  /** These rows, in this order, copied. */
  public static RowIndex of(long... rows) {
    Builder builder = new Builder();
    for (long row : rows) {
      builder.add(row);
    }
    return builder.build();
  }

  /** How many rows are listed. */
  public long size() {
    return rows.size();
  }

  /**
   * The row number at a place of the list.
   *
   * @throws IndexOutOfBoundsException if the list is shorter
   */
  public long get(long place) {
    return rows.get(Objects.checkIndex(place, rows.size()));
  }

  /** Collects row numbers one after the other. */
  public static final class Builder {
    private LongColumn rows = new LongColumn();

    /** An empty list. */
    public Builder() {}

    /**
     * Adds a row.
     *
     * @throws IndexOutOfBoundsException if it is negative
     */
    public void add(long row) {
      if (row < 0) {
        throw new IndexOutOfBoundsException("row " + row);
      }
      rows.add(row);
    }

    /** The list so far; the builder is empty afterwards. */
    public RowIndex build() {
      RowIndex index = new RowIndex(rows);
      rows = new LongColumn();
      return index;
    }
  }
}
