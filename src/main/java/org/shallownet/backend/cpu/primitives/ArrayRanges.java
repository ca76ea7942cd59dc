package org.shallownet.backend.cpu.primitives;

/** Walks matrices in ranges that lie in one array of every operand, whatever the arrays of each. */
public final class ArrayRanges {
  private ArrayRanges() {}

  /** What is done to a range. */
  interface Work {
    /**
     * Works on one range.
     *
     * @param arrays the array of each operand
     * @param at where the range begins in each
     * @param count how many rows or elements it has
     */
    void run(float[][] arrays, int[] at, int count);
  }

  /**
   * Ranges of whole rows, from {@code start} to {@code end - 1}; operands may differ in columns.
   */
  static void rows(long start, long end, Work work, CpuMatrix... operands) {
    float[][] arrays = new float[operands.length][];
    int[] at = new int[operands.length];
    long row = start;
    while (row < end) {
      long count = end - row;
      for (int i = 0; i < operands.length; i++) {
        arrays[i] = operands[i].array(row);
        at[i] = operands[i].position(row);
        count = Math.min(count, operands[i].rowsFrom(row));
      }
      work.run(arrays, at, (int) count);
      row += count;
    }
  }

  /** Ranges of elements of operands of one shape, in pieces of about so many elements. */
  static void elements(WorkerTeam team, int pieceElements, Work work, CpuMatrix... operands) {
    long rows = operands[0].rows();
    int columns = operands[0].columns();
    if (columns <= pieceElements) {
      Cut cut = Cut.rows(rows, columns, pieceElements);
      team.run(
          cut.pieces(),
          (piece, member) ->
              rows(
                  cut.start(piece),
                  cut.end(piece),
                  (arrays, at, count) -> work.run(arrays, at, count * columns),
                  operands));
      return;
    }
    Cut cut = new Cut(columns, pieceElements);
    int perRow = cut.pieces();
    team.run(
        Math.toIntExact(rows * perRow),
        (piece, member) -> {
          int start = (int) cut.start(piece % perRow);
          int count = (int) cut.end(piece % perRow) - start;
          long row = piece / perRow;
          rows(
              row,
              row + 1,
              (arrays, at, one) -> {
                for (int i = 0; i < at.length; i++) {
                  at[i] += start;
                }
                work.run(arrays, at, count);
              },
              operands);
        });
  }
}
