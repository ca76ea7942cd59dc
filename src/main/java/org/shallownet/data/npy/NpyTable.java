package org.shallownet.data.npy;

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
import org.shallownet.data.features.FeatureTable;

/**
 * Some columns of a {@code .npy} file that is mapped into memory in pieces; numbers become float32
 * when they are read. A piece holds whole rows or, of a file that is stored by columns, whole
 * numbers.
 */
final class NpyTable implements FeatureTable {
  private final String file;
  private final NpyHeader header;

  /** What a piece is made of, in bytes. */
  private final int unitBytes;

  private final long unitsPerPiece;
  private final List<ByteBuffer> littleEndian = new ArrayList<>();
  private final List<ByteBuffer> bigEndian = new ArrayList<>();
  private final NpyColumn[] columns;
  private final int[] places;
  private final NpyType[] types;

  /** Whether the columns are neighbours in the file, so that a row's part is copied at once. */
  private final boolean adjacent;

  /** Whether all columns are float64 in the same byte order, stored by rows. */
  private final boolean doubles;

  private NpyTable(String file, NpyHeader header, int[] places, int mapBytes) {
    this.file = file;
    this.header = header;
    this.places = places;
    this.columns = new NpyColumn[places.length];
    this.types = new NpyType[places.length];
    boolean consecutive = header.rowBytes() % Float.BYTES == 0;
    boolean uniform = !header.byColumns();
    for (int i = 0; i < places.length; i++) {
      NpyColumn column = header.columns().get(places[i]);
      columns[i] = column;
      types[i] = column.number(file);
      uniform &= types[i] == types[0] && column.bigEndian() == columns[0].bigEndian();
      consecutive &= column.offset() == columns[0].offset() + i * Float.BYTES;
    }
    consecutive &= columns[0].offset() % Float.BYTES == 0;
    this.adjacent = uniform && consecutive && types[0] == NpyType.FLOAT32;
    this.doubles = uniform && types[0] == NpyType.FLOAT64;
    this.unitBytes =
        header.byColumns() ? header.rowBytes() / header.columns().size() : header.rowBytes();
    this.unitsPerPiece = Math.max(1, mapBytes / unitBytes);
  }

  /**
   * Maps a file.
   *
   * @param places the columns' places in the file, at least one
   * @param mapBytes how large a piece may be, unless a row is larger
   */
  static NpyTable map(
      String file, FileChannel channel, NpyHeader header, int[] places, int mapBytes)
      throws IOException {
    NpyTable table = new NpyTable(file, header, places, mapBytes);
    long pieceBytes = table.unitsPerPiece * table.unitBytes;
    long bytes = header.rows() * header.rowBytes();
    for (long first = 0; first < bytes; first += pieceBytes) {
      ByteBuffer piece =
          channel.map(
              MapMode.READ_ONLY, header.dataOffset() + first, Math.min(pieceBytes, bytes - first));
      table.littleEndian.add(piece.duplicate().order(ByteOrder.LITTLE_ENDIAN));
      table.bigEndian.add(piece.duplicate().order(ByteOrder.BIG_ENDIAN));
    }
    return table;
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
    littleEndian.forEach(piece -> action.accept(piece.duplicate()));
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    Objects.checkFromIndexSize(first, (long) count, rows());
    Objects.checkFromIndexSize(
        (long) offset, (long) count * columns.length, (long) destination.length);
    if (header.byColumns()) {
      for (int c = 0; c < columns.length; c++) {
        readColumn(c, first, count, destination, offset + c);
      }
      return;
    }
    int done = 0;
    while (done < count) {
      long row = first + done;
      int inPiece = (int) (row % unitsPerPiece);
      int n = (int) Math.min(count - done, unitsPerPiece - inPiece);
      int piece = (int) (row / unitsPerPiece);
      int to = offset + done * columns.length;
      if (adjacent) {
        copy(piece(columns[0], piece), inPiece, n, destination, to);
      } else if (doubles) {
        convertDoubles(piece(columns[0], piece), inPiece, n, destination, to);
      } else {
        convert(piece, inPiece, n, destination, to);
      }
      done += n;
    }
  }

  private ByteBuffer piece(NpyColumn column, int index) {
    return (column.bigEndian() ? bigEndian : littleEndian).get(index);
  }

  /** Reads a part of a column that is stored as a whole. */
  private void readColumn(int c, long first, int count, float[] destination, int offset) {
    long start = places[c] * header.rows() + first;
    NpyType type = types[c];
    int to = offset;
    int done = 0;
    while (done < count) {
      long unit = start + done;
      int inPiece = (int) (unit % unitsPerPiece);
      int n = (int) Math.min(count - done, unitsPerPiece - inPiece);
      ByteBuffer piece = piece(columns[c], (int) (unit / unitsPerPiece));
      for (int i = 0; i < n; i++, to += columns.length) {
        destination[to] = type.asFloat(piece, (inPiece + i) * unitBytes);
      }
      done += n;
    }
  }

  private void copy(ByteBuffer piece, int firstRow, int count, float[] destination, int to) {
    FloatBuffer floats = piece.asFloatBuffer();
    int rowFloats = header.rowBytes() / Float.BYTES;
    if (columns.length == rowFloats) {
      floats.get(firstRow * rowFloats, destination, to, count * rowFloats);
      return;
    }
    int start = columns[0].offset() / Float.BYTES;
    for (int r = 0; r < count; r++) {
      int from = (firstRow + r) * rowFloats + start;
      floats.get(from, destination, to + r * columns.length, columns.length);
    }
  }

  private void convertDoubles(
      ByteBuffer piece, int firstRow, int count, float[] destination, int to) {
    int next = to;
    for (int r = 0; r < count; r++) {
      int rowStart = (firstRow + r) * header.rowBytes();
      for (NpyColumn column : columns) {
        destination[next++] = (float) piece.getDouble(rowStart + column.offset());
      }
    }
  }

  private void convert(int piece, int firstRow, int count, float[] destination, int to) {
    ByteBuffer little = littleEndian.get(piece);
    ByteBuffer big = bigEndian.get(piece);
    int next = to;
    for (int r = 0; r < count; r++) {
      int rowStart = (firstRow + r) * header.rowBytes();
      for (int c = 0; c < columns.length; c++) {
        NpyColumn column = columns[c];
        destination[next++] =
            types[c].asFloat(column.bigEndian() ? big : little, rowStart + column.offset());
      }
    }
  }

  /** A number of any column of the file as text that gives the same number back. */
  String text(long row, int place) {
    NpyColumn column = header.columns().get(place);
    long unit = header.byColumns() ? place * header.rows() + row : row;
    int at = (int) (unit % unitsPerPiece) * unitBytes + column.offset();
    return column.number(file).text(piece(column, (int) (unit / unitsPerPiece)), at);
  }
}
