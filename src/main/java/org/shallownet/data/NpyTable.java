package org.shallownet.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Some columns of a {@code .npy} file that is mapped into memory in pieces of whole rows; numbers
 * become float32 when they are read.
 */
final class NpyTable implements FeatureTable {
  private final NpyHeader header;
  private final long rowsPerPiece;
  private final List<ByteBuffer> pieces;
  private final int[] columns;

  /** Whether the columns are neighbours in the file, so that a row's part is copied at once. */
  private final boolean adjacent;

  private NpyTable(NpyHeader header, long rowsPerPiece, List<ByteBuffer> pieces, int[] columns) {
    this.header = header;
    this.rowsPerPiece = rowsPerPiece;
    this.pieces = pieces;
    this.columns = columns;
    boolean consecutive = true;
    for (int i = 1; i < columns.length; i++) {
      consecutive &= columns[i] == columns[i - 1] + 1;
    }
    this.adjacent = consecutive && header.type() == NpyHeader.Type.FLOAT32;
  }

  /**
   * Maps a file.
   *
   * @param mapBytes how large a piece may be, unless a row is larger
   */
  static NpyTable map(FileChannel channel, NpyHeader header, int[] columns, int mapBytes)
      throws IOException {
    long rowsPerPiece = Math.max(1, mapBytes / header.rowBytes());
    List<ByteBuffer> pieces = new ArrayList<>();
    for (long first = 0; first < header.rows(); first += rowsPerPiece) {
      long rows = Math.min(rowsPerPiece, header.rows() - first);
      pieces.add(
          channel
              .map(
                  MapMode.READ_ONLY,
                  header.dataOffset() + first * header.rowBytes(),
                  rows * header.rowBytes())
              .order(ByteOrder.LITTLE_ENDIAN));
    }
    return new NpyTable(header, rowsPerPiece, pieces, columns);
  }

  @Override
  public long rows() {
    return header.rows();
  }

  @Override
  public int columns() {
    return columns.length;
  }

  /** Hands out the bytes of all numbers in file order. */
  void forEachPiece(Consumer<ByteBuffer> action) {
    pieces.forEach(piece -> action.accept(piece.duplicate()));
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    Objects.checkFromIndexSize(first, (long) count, rows());
    Objects.checkFromIndexSize(
        (long) offset, (long) count * columns.length, (long) destination.length);
    int done = 0;
    while (done < count) {
      long row = first + done;
      int inPiece = (int) (row % rowsPerPiece);
      int n = (int) Math.min(count - done, rowsPerPiece - inPiece);
      ByteBuffer piece = pieces.get((int) (row / rowsPerPiece));
      int to = offset + done * columns.length;
      if (adjacent) {
        copy(piece, inPiece, n, destination, to);
      } else {
        convert(piece, inPiece, n, destination, to);
      }
      done += n;
    }
  }

  private void copy(ByteBuffer piece, int firstRow, int count, float[] destination, int to) {
    FloatBuffer floats = piece.asFloatBuffer();
    if (columns.length == header.columns()) {
      floats.get(firstRow * columns.length, destination, to, count * columns.length);
      return;
    }
    for (int r = 0; r < count; r++) {
      int from = (firstRow + r) * header.columns() + columns[0];
      floats.get(from, destination, to + r * columns.length, columns.length);
    }
  }

  private void convert(ByteBuffer piece, int firstRow, int count, float[] destination, int to) {
    int next = to;
    for (int r = 0; r < count; r++) {
      int rowStart = (int) ((firstRow + r) * header.rowBytes());
      for (int column : columns) {
        destination[next++] = asFloat(piece, rowStart + column * header.type().bytes());
      }
    }
  }

  private float asFloat(ByteBuffer piece, int at) {
    return switch (header.type()) {
      case FLOAT32 -> piece.getFloat(at);
      case FLOAT64 -> (float) piece.getDouble(at);
      default -> (float) asLong(piece, at);
    };
  }

  private long asLong(ByteBuffer piece, int at) {
    return switch (header.type()) {
      case INT8 -> piece.get(at);
      case INT16 -> piece.getShort(at);
      case INT32 -> piece.getInt(at);
      case INT64 -> piece.getLong(at);
      case UINT8 -> Byte.toUnsignedInt(piece.get(at));
      case UINT16 -> Short.toUnsignedInt(piece.getShort(at));
      case UINT32 -> Integer.toUnsignedLong(piece.getInt(at));
      case BOOL -> piece.get(at) == 0 ? 0 : 1;
      case FLOAT32, FLOAT64 -> throw new IllegalStateException("not whole numbers");
    };
  }

  /** A number of any column of the file as text that gives the same number back. */
  String text(long row, int column) {
    ByteBuffer piece = pieces.get((int) (row / rowsPerPiece));
    int at = (int) (row % rowsPerPiece * header.rowBytes() + (long) column * header.type().bytes());
    if (!header.type().isFloat()) {
      return Long.toString(asLong(piece, at));
    }
    boolean single = header.type() == NpyHeader.Type.FLOAT32;
    double value = single ? piece.getFloat(at) : piece.getDouble(at);
    if (value == (long) value) {
      return Long.toString((long) value);
    }
    return single ? Float.toString((float) value) : Double.toString(value);
  }
}
