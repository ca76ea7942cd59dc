package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.Cut;
import org.shallownet.backend.cpu.primitives.WorkerTeam;

/** Copies tables into {@link BlockedSamples}. */
final class SampleBlocker {
  private SampleBlocker() {}

  /** Copies what is seen of a table, in the order of its rows, on all threads. */
  static BlockedSamples.Copies copy(TableView table, int block, int arrayFloats, WorkerTeam team) {
    long rows = table.rows();
    BlockedSamples x =
        new BlockedSamples(rows, TileLayer.padded(table.inputs()), block, arrayFloats);
    BlockedSamples y = new BlockedSamples(rows, table.targets().columns(), block, arrayFloats);
    Cut cut = new Cut(rows, (long) BlockedSamples.MOST_TILE_BLOCKS * block);
    TileRows[] cursors = new TileRows[team.size()];
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] = new TileRows((int) cut.length(), table, RowFetch.PLAIN);
    }
    team.run(
        cut.pieces(),
        (piece, member) -> {
          TileRows samples = cursors[member];
          samples.seek(cut.start(piece), (int) (cut.end(piece) - cut.start(piece)));
          long first = (long) piece * BlockedSamples.MOST_TILE_BLOCKS;
          samples.featureBlocks(block, x.rows(), x.array(first), x.position(first));
          samples.targetBlocks(block, y.array(first), y.position(first));
        });
    return new BlockedSamples.Copies(x, y);
  }
}
