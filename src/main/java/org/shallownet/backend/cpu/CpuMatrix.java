package org.shallownet.backend.cpu;

import org.shallownet.backend.AbstractMatrix;
import org.shallownet.backend.Allocation;

/**
 * A matrix in heap arrays that each hold whole rows, so that its size is not an array's limit.
 *
 * <p>Row {@code r} lies in {@code array(r)} from {@code position(r)} on; the rows after it follow
 * without gaps, {@code rowsFrom(r)} in all, then the next array begins.
 */
final class CpuMatrix extends AbstractMatrix {
  private final Heap heap;
  private final long rowsPerArray;
  private final int base;
  private final long firstRow;

  private CpuMatrix(Heap heap, long rowsPerArray, int base, long firstRow, long rows, int columns) {
    super(heap, base + firstRow * columns, rows, columns);
    this.heap = heap;
    this.rowsPerArray = rowsPerArray;
    this.base = base;
    this.firstRow = firstRow;
  }

  /** Zeros, in arrays of at most this many floats unless a row is longer. */
  static CpuMatrix allocate(long rows, int columns, int arrayFloats) {
    long rowsPerArray = Math.max(1, arrayFloats / columns);
    float[][] arrays = new float[(int) ((rows + rowsPerArray - 1) / rowsPerArray)][];
    for (int i = 0; i < arrays.length; i++) {
      long rowsHere = Math.min(rowsPerArray, rows - i * rowsPerArray);
      arrays[i] = new float[(int) rowsHere * columns];
    }
    return new CpuMatrix(
        new Heap(arrays, Float.BYTES * rows * columns), rowsPerArray, 0, 0, rows, columns);
  }

  /** A view of the first rows that an array holds. */
  static CpuMatrix of(float[] array, long rows, int columns) {
    return new CpuMatrix(new Heap(new float[][] {array}, 0), rows, 0, 0, rows, columns);
  }

  /** A row of zeros in one array. */
  static CpuMatrix allocateRow(int columns) {
    return allocate(1, columns, columns);
  }

  /** A matrix within this row, from this element on. */
  CpuMatrix part(int start, long partRows, int partColumns) {
    return new CpuMatrix(heap, partRows, start, 0, partRows, partColumns);
  }

  @Override
  protected CpuMatrix view(long first, long count) {
    return new CpuMatrix(heap, rowsPerArray, base, firstRow + first, count, columns());
  }

  /** The array that row {@code row} lies in. */
  float[] array(long row) {
    return heap.arrays[(int) ((firstRow + row) / rowsPerArray)];
  }

  /** Where in {@link #array} row {@code row} begins. */
  int position(long row) {
    return base + (int) ((firstRow + row) % rowsPerArray) * columns();
  }

  /** How many rows from {@code row} on lie in the same array. */
  long rowsFrom(long row) {
    return Math.min(rows() - row, rowsPerArray - (firstRow + row) % rowsPerArray);
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
