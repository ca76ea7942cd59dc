package org.shallownet.backend.cpu.tiled;

import java.util.function.Consumer;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.Cut;
import org.shallownet.backend.cpu.primitives.WorkerTeam;

/** Copies tables into {@link BlockedSamples}. */
final class SampleBlocker {
  /** Features that are read from a source at a time, unless a block has more. */
  private static final int READ_FLOATS = 1 << 19;

  private SampleBlocker() {}

  /** Copies what is seen of a table, in the order of its rows, on all threads. */
  static BlockedSamples.Copies copy(TableView table, int block, int arrayFloats, WorkerTeam team) {
    long rows = table.rows();
    BlockedSamples.Copies copies =
        BlockedSamples.Copies.of(rows, table.inputs(), table.targetColumns(), block, arrayFloats);
    copy(table, block, copies, 0, team);
    return copies;
  }

  /**
   * Reads samples into copies, which are then the only place that holds them all.
   *
   * @param check is handed the targets of all samples, some at a time
   */
  static BlockedSamples.Copies read(
      SampleSource source, int block, int arrayFloats, WorkerTeam team, Consumer<CpuMatrix> check) {
    long rows = source.rows();
    int columns = source.featureColumns();
    int targetColumns = source.targetColumns();
    BlockedSamples.Copies copies =
        BlockedSamples.Copies.of(rows, columns, targetColumns, block, arrayFloats);
    // Whole blocks that lie in one array: a part of a stretch, or several stretches.
    int stretch = BlockedSamples.MOST_TILE_BLOCKS * block;
    int fit = READ_FLOATS / columns;
    int whole = fit >= stretch ? fit / stretch * stretch : Integer.highestOneBit(fit | block);
    int most = (int) Math.min(rows, whole);
    float[] x = new float[Math.multiplyExact(most, columns)];
    float[] y = new float[Math.multiplyExact(most, targetColumns)];
    for (long first = 0; first < rows; first += most) {
      int count = (int) Math.min(most, rows - first);
      source.read(first, count, x, y);
      CpuMatrix targets = CpuMatrix.of(y, count, targetColumns);
      check.accept(targets);
      TableView piece = TableView.whole(CpuMatrix.of(x, count, columns), targets);
      copy(piece, block, copies, first / block, team);
    }
    return copies;
  }

  /**
   * Writes what is seen of a table to copies.
   *
   * @param firstBlock where it begins there: the first of blocks that lie in one array
   */
  private static void copy(
      TableView table, int block, BlockedSamples.Copies copies, long firstBlock, WorkerTeam team) {
    BlockedSamples x = copies.features();
    BlockedSamples y = copies.targets();
    Cut cut = new Cut(table.rows(), (long) BlockedSamples.MOST_TILE_BLOCKS * block);
    TileRows[] cursors = new TileRows[team.size()];
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] = new TileRows((int) cut.length(), table, RowFetch.PLAIN);
    }
    team.run(
        cut.pieces(),
        (piece, member) -> {
          TileRows samples = cursors[member];
          samples.seek(cut.start(piece), (int) (cut.end(piece) - cut.start(piece)));
          long first = firstBlock + (long) piece * BlockedSamples.MOST_TILE_BLOCKS;
          samples.featureBlocks(block, x.rows(), x.array(first), x.position(first));
          samples.targetBlocks(block, y.array(first), y.position(first));
        });
  }
}
