package org.shallownet.backend.cpu.primitives;

import java.nio.FloatBuffer;
import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.Matrix;

/**
 * A matrix in heap arrays that each hold whole rows, so that its size is not an array's limit.
 *
 * <p>Row {@code r} lies in {@code array(r)} from {@code position(r)} on; the rows after it follow
 * without gaps, {@code rowsFrom(r)} in all, then the next array begins.
 */
public final class CpuMatrix extends Matrix {
  /** As a shift: that all rows lie in one array. */
  private static final int ONE_ARRAY = 62;

  private final Heap heap;

  /** Each array but the last holds 2 to this power of rows: a row is found without a division. */
  private final int rowsShift;

  private final int base;
  private final long firstRow;

  private CpuMatrix(Heap heap, int rowsShift, int base, long firstRow, long rows, int columns) {
    super(heap, base + firstRow * columns, rows, columns);
    this.heap = heap;
    this.rowsShift = rowsShift;
    this.base = base;
    this.firstRow = firstRow;
  }

  /** Zeros, in arrays of at most this many floats unless a row is longer. */
  public static CpuMatrix allocate(long rows, int columns, int arrayFloats) {
    long fit = Math.max(1, arrayFloats / columns);
    long rowsPerArray = rows <= fit ? rows : Long.highestOneBit(fit);
    float[][] arrays = new float[(int) ((rows + rowsPerArray - 1) / rowsPerArray)][];
    for (int i = 0; i < arrays.length; i++) {
      long rowsHere = Math.min(rowsPerArray, rows - i * rowsPerArray);
      arrays[i] = new float[(int) rowsHere * columns];
    }
    int shift = rows <= fit ? ONE_ARRAY : Long.numberOfTrailingZeros(rowsPerArray);
    return new CpuMatrix(
        new Heap(arrays, Float.BYTES * rows * columns), shift, 0, 0, rows, columns);
  }

  /** A view of the first rows that an array holds. */
  public static CpuMatrix of(float[] array, long rows, int columns) {
    return new CpuMatrix(new Heap(new float[][] {array}, 0), ONE_ARRAY, 0, 0, rows, columns);
  }

  /** A row of zeros in one array. */
  public static CpuMatrix allocateRow(int columns) {
    return allocate(1, columns, columns);
  }

  /** A matrix within this row, from this element on. */
  public CpuMatrix part(int start, long partRows, int partColumns) {
    return new CpuMatrix(heap, ONE_ARRAY, start, 0, partRows, partColumns);
  }

  @Override
  protected CpuMatrix view(long first, long count) {
    return new CpuMatrix(heap, rowsShift, base, firstRow + first, count, columns());
  }

  /** The array that row {@code row} lies in. */
  public float[] array(long row) {
    return heap.arrays[(int) ((firstRow + row) >>> rowsShift)];
  }

  /** Where in {@link #array} row {@code row} begins. */
  public int position(long row) {
    return base + (int) inArray(row) * columns();
  }

  /** How many rows from {@code row} on lie in the same array. */
  long rowsFrom(long row) {
    return Math.min(rows() - row, (1L << rowsShift) - inArray(row));
  }

  /** Fills it, row by row, from a buffer's position on. */
  public void fill(FloatBuffer source) {
    for (long row = 0; row < rows(); row += rowsFrom(row)) {
      source.get(array(row), position(row), (int) rowsFrom(row) * columns());
    }
  }

  /** Copies it, row by row, to a buffer. */
  public void copyTo(FloatBuffer destination) {
    for (long row = 0; row < rows(); row += rowsFrom(row)) {
      destination.put(array(row), position(row), (int) rowsFrom(row) * columns());
    }
  }

  /** Which row of its array a row is. */
  private long inArray(long row) {
    return (firstRow + row) & ((1L << rowsShift) - 1);
  }

  private static final class Heap extends Allocation {
    private float[][] arrays;

    Heap(float[][] arrays, long bytes) {
      super(bytes);
      this.arrays = arrays;
    }

    @Override
    protected void free() {
      arrays = new float[0][];
    }
  }
}
