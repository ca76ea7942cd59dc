package org.shallownet.backend.cpu.primitives;

/**
 * Walks matrices in runs: stretches that lie in one array of every operand, whatever the arrays of
 * each are.
 */
public final class Runs {
  private Runs() {}

  /** What is done to a run. */
  interface Kernel {
    /**
     * Works on one run.
     *
     * @param arrays the array of each operand
     * @param at where the run begins in each
     * @param count how many rows or elements it has
     */
    void run(float[][] arrays, int[] at, int count);
  }

  /** Runs of whole rows, from {@code start} to {@code end - 1}; operands may differ in columns. */
  static void rows(long start, long end, Kernel kernel, CpuMatrix... operands) {
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
      kernel.run(arrays, at, (int) count);
      row += count;
    }
  }

  /** Runs of elements of operands of one shape, in pieces of about so many elements. */
  static void elements(WorkerTeam team, int pieceElements, Kernel kernel, CpuMatrix... operands) {
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
                  (arrays, at, count) -> kernel.run(arrays, at, count * columns),
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
                kernel.run(arrays, at, count);
              },
              operands);
        });
  }
}
