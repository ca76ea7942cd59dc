package org.shallownet.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads {@code .npy} files: features stay in the mapped file, the target is read. */
final class NpyTableReader {
  /** Pieces of the map: as large as they may be and easy on the address space. */
  private static final int MAP_BYTES = 1 << 30;

  private static final int CHECKED_FLOATS = 1 << 16;

  private NpyTableReader() {}

  static Table read(Path path, Columns wanted) throws IOException {
    return read(path, wanted, MAP_BYTES);
  }

  static Table read(Path path, Columns wanted, int mapBytes) throws IOException {
    String file = path.toString();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      NpyHeader header = NpyHeader.read(file, channel);
      List<String> names =
          IntStream.range(0, header.columns()).mapToObj(Integer::toString).toList();
      Columns.Places places = wanted.find(file, names);
      NpyTable table =
          NpyTable.map(
              channel,
              header,
              places.features().stream().mapToInt(Integer::intValue).toArray(),
              mapBytes);
      String fingerprint = fingerprint(channel, header, table);
      check(file, places, header, table);
      return new Table(
          file,
          Schema.numbers(places.featureNames()),
          table,
          target(file, places, table),
          fingerprint);
    }
  }

  private static String fingerprint(FileChannel channel, NpyHeader header, NpyTable table)
      throws IOException {
    MessageDigest digest = Fingerprint.newDigest();
    ByteBuffer start = ByteBuffer.allocate((int) header.dataOffset());
    while (start.hasRemaining() && channel.read(start, start.position()) >= 0) {
      // Goes on until all is read.
    }
    digest.update(start.flip());
    table.forEachPiece(digest::update);
    return Fingerprint.of(digest);
  }

  private static void check(String file, Columns.Places places, NpyHeader header, NpyTable table) {
    if (!header.type().isFloat()) {
      return;
    }
    int columns = table.columns();
    int most = (int) Math.min(table.rows(), Math.max(1, CHECKED_FLOATS / columns));
    float[] values = new float[most * columns];
    for (long first = 0; first < table.rows(); first += most) {
      int count = (int) Math.min(most, table.rows() - first);
      table.read(first, count, values, 0);
      for (int i = 0; i < count * columns; i++) {
        if (!Float.isFinite(values[i])) {
          long row = first + i / columns;
          int column = places.features().get(i % columns);
          throw new DataException(
              at(file, row)
                  + ", column "
                  + Numeric.quote(Integer.toString(column))
                  + ": "
                  + explain(table.text(row, column)));
        }
      }
    }
  }

  private static String explain(String number) {
    return Numeric.explain(Numeric.problem(number), number);
  }

  private static @Nullable TargetColumn target(String file, Columns.Places places, NpyTable table) {
    if (places.target() < 0) {
      return null;
    }
    TargetColumn target =
        new TargetColumn(
            file,
            places.targetName(),
            row -> at(file, row),
            TableOptions.of(Columns.training(places.targetName(), null)));
    for (long row = 0; row < table.rows(); row++) {
      target.add(table.text(row, places.target()), row);
    }
    return target;
  }

  private static String at(String file, long row) {
    return file + ", row " + row + " (counted from 0)";
  }
}
