package org.shallownet.data.features;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** A table in the Java heap, in blocks of whole rows, so that its size is not an array's limit. */
public final class FloatTable implements FeatureTable {
  /** Blocks hold at most this many floats (4 MiB), unless a single row is longer. */
  private static final int BLOCK_FLOATS = 1 << 20;

  private final int columns;
  private final int rowsPerBlock;
  private final List<float[]> blocks;
  private final long rows;

  private FloatTable(int columns, int rowsPerBlock, List<float[]> blocks, long rows) {
    this.columns = columns;
    this.rowsPerBlock = rowsPerBlock;
    this.blocks = blocks;
    this.rows = rows;
  }

  /** A table of these rows, copied. */
  public static FloatTable of(float[][] rows) {
    if (rows.length == 0) {
      throw new IllegalArgumentException("a table needs at least one row");
    }
    Builder builder = new Builder(rows[0].length);
    for (float[] row : rows) {
      builder.add(row);
    }
    return builder.build();
  }

  @Override
  public long rows() {
    return rows;
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    Objects.checkFromIndexSize(first, (long) count, rows);
    int done = 0;
    while (done < count) {
      long row = first + done;
      float[] block = blocks.get((int) (row / rowsPerBlock));
      int inBlock = (int) (row % rowsPerBlock);
      int n = Math.min(count - done, rowsPerBlock - inBlock);
      System.arraycopy(block, inBlock * columns, destination, offset + done * columns, n * columns);
      done += n;
    }
  }

  /**
   * The cells themselves, whole rows in blocks, in order; not to be changed.
   *
   * @param visitor gets each block, all of which it may read
   */
  public void forEachBlock(Consumer<float[]> visitor) {
    blocks.forEach(visitor);
  }

  /** Whether all cells of a column are one of two numbers, or missing. */
  public boolean holdsOnly(int column, float one, float other) {
    for (float[] block : blocks) {
      for (int i = column; i < block.length; i += columns) {
        float value = block[i];
        if (value != one && value != other && !Float.isNaN(value)) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Puts other values in the place of codes. To be used before anybody else has the table.
   *
   * @param codes for each column what stands for each of its values; empty to keep them
   */
  public void exchange(float[][] codes) {
    blocks.parallelStream()
        .forEach(
            block -> {
              for (int c = 0; c < columns; c++) {
                float[] exchanged = codes[c];
                for (int i = c; exchanged.length > 0 && i < block.length; i += columns) {
                  float value = block[i];
                  block[i] = Float.isNaN(value) ? value : exchanged[(int) value];
                }
              }
            });
  }

  /**
   * Some of the columns in an order of their own, copied.
   *
   * @param kept the columns
   */
  public FloatTable columns(int[] kept) {
    Builder builder = new Builder(kept.length);
    for (float[] block : blocks) {
      int count = block.length / columns;
      float[] selected = new float[count * kept.length];
      int to = 0;
      for (int row = 0; row < block.length; row += columns) {
        for (int c : kept) {
          selected[to++] = block[row + c];
        }
      }
      builder.add(selected, count);
    }
    return builder.build();
  }

  /** Collects rows one after the other. */
  public static final class Builder {
    private static final int FIRST_ROWS = 256;

    private final int columns;
    private final int rowsPerBlock;
    private final List<float[]> blocks = new ArrayList<>();
    private float[] current;
    private int inCurrent;
    private long rows;

    /**
     * A builder without rows.
     *
     * @param columns at least 1
     */
    public Builder(int columns) {
      this(columns, BLOCK_FLOATS);
    }

    Builder(int columns, int blockFloats) {
      if (columns < 1) {
        throw new IllegalArgumentException("a table needs at least one column, not " + columns);
      }
      this.columns = columns;
      this.rowsPerBlock = Math.max(1, blockFloats / columns);
      this.current = new float[Math.min(FIRST_ROWS, rowsPerBlock) * columns];
    }

    /** Adds a row, copied. */
    public void add(float[] row) {
      if (row.length != columns) {
        throw new IllegalArgumentException(
            "a row of this table has " + columns + " numbers, not " + row.length);
      }
      add(row, 1);
    }

    /** Adds the first rows of these, which lie one after the other, copied. */
    public void add(float[] values, int count) {
      int done = 0;
      while (done < count) {
        if (inCurrent == rowsPerBlock) {
          blocks.add(current);
          current = new float[Math.min(FIRST_ROWS, rowsPerBlock) * columns];
          inCurrent = 0;
        } else if (inCurrent * columns == current.length) {
          long doubled = Math.min(2L * inCurrent, rowsPerBlock);
          current = Arrays.copyOf(current, (int) doubled * columns);
        }
        int n = Math.min(count - done, current.length / columns - inCurrent);
        System.arraycopy(values, done * columns, current, inCurrent * columns, n * columns);
        inCurrent += n;
        done += n;
      }
      rows += count;
    }

    /** How many rows were added. */
    public long rows() {
      return rows;
    }

    /** The table; the builder is not to be used afterwards. */
    public FloatTable build() {
      blocks.add(Arrays.copyOf(current, inCurrent * columns));
      return new FloatTable(columns, rowsPerBlock, List.copyOf(blocks), rows);
    }
  }
}
