package org.shallownet.data.npy;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Objects;
import org.shallownet.data.features.FeatureTable;

/** Some columns of a {@code .npy} file; numbers become float32 when they are read. */
final class NpyTable implements FeatureTable {
  /** What is done with a number of the file, as text. */
  @FunctionalInterface
  interface TextConsumer {
    /** A row's number. */
    void accept(long row, String text);
  }

  private final String name;
  private final NpyFile file;
  private final NpyHeader header;
  private final NpyColumn[] columns;
  private final int[] places;
  private final NpyType[] types;

  /** Whether the columns are neighbours in the file, so that a row's part is copied at once. */
  private final boolean adjacent;

  /** Whether all columns are float64 in the same byte order, stored by rows. */
  private final boolean doubles;

  /**
   * Columns of a file.
   *
   * @param name of the file, for messages
   * @param places the columns' places in the file, at least one
   */
  NpyTable(String name, NpyFile file, int... places) {
    this.name = name;
    this.file = file;
    this.header = file.header();
    this.places = places;
    this.columns = new NpyColumn[places.length];
    this.types = new NpyType[places.length];
    boolean consecutive = header.rowBytes() % Float.BYTES == 0;
    boolean uniform = !header.byColumns();
    for (int i = 0; i < places.length; i++) {
      NpyColumn column = header.columns().get(places[i]);
      columns[i] = column;
      types[i] = column.number(name);
      uniform &= types[i] == types[0] && column.bigEndian() == columns[0].bigEndian();
      consecutive &= column.offset() == columns[0].offset() + i * Float.BYTES;
    }
    consecutive &= columns[0].offset() % Float.BYTES == 0;
    this.adjacent = uniform && consecutive && types[0] == NpyType.FLOAT32;
    this.doubles = uniform && types[0] == NpyType.FLOAT64;
  }

  @Override
  public long rows() {
    return header.rows();
  }

  @Override
  public int columns() {
    return columns.length;
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    Objects.checkFromIndexSize(first, (long) count, rows());
    Objects.checkFromIndexSize(
        (long) offset, (long) count * columns.length, (long) destination.length);
    if (!header.byColumns()) {
      readUnits(-1, first, count, destination, offset);
      return;
    }
    for (int c = 0; c < columns.length; c++) {
      readUnits(c, places[c] * header.rows() + first, count, destination, offset + c);
    }
  }

  /**
   * Reads rows, or numbers of a column that is stored as a whole.
   *
   * @param c the column's place among the table's; -1 for rows
   */
  private void readUnits(int c, long first, int count, float[] destination, int offset) {
    int done = 0;
    while (done < count) {
      int to = offset + done * columns.length;
      if (!file.reads(count - done)) {
        done += convert(c, file.stretch(first + done, count - done), destination, to);
      } else {
        // One window serves all threads.
        synchronized (file) {
          done += convert(c, file.stretch(first + done, count - done), destination, to);
        }
      }
    }
  }

  /** Converts units; how many these are. */
  private int convert(int c, NpyFile.Stretch units, float[] destination, int to) {
    if (c >= 0) {
      convertColumn(c, units, destination, to);
    } else if (adjacent) {
      copy(units, destination, to);
    } else if (doubles) {
      convertDoubles(units, destination, to);
    } else {
      convertRows(units, destination, to);
    }
    return units.count();
  }

  private void convertColumn(int c, NpyFile.Stretch numbers, float[] destination, int to) {
    NpyType type = types[c];
    ByteBuffer bytes = numbers.bytes(columns[c]);
    int at = numbers.start() * file.unitBytes();
    int next = to;
    for (int i = 0; i < numbers.count(); i++, at += file.unitBytes(), next += columns.length) {
      destination[next] = type.asFloat(bytes, at);
    }
  }

  private void copy(NpyFile.Stretch rows, float[] destination, int to) {
    FloatBuffer floats = rows.bytes(columns[0]).asFloatBuffer();
    int rowFloats = header.rowBytes() / Float.BYTES;
    if (columns.length == rowFloats) {
      floats.get(rows.start() * rowFloats, destination, to, rows.count() * rowFloats);
      return;
    }
    int start = columns[0].offset() / Float.BYTES;
    for (int r = 0; r < rows.count(); r++) {
      int from = (rows.start() + r) * rowFloats + start;
      floats.get(from, destination, to + r * columns.length, columns.length);
    }
  }

  private void convertDoubles(NpyFile.Stretch rows, float[] destination, int to) {
    ByteBuffer bytes = rows.bytes(columns[0]);
    int next = to;
    for (int r = 0; r < rows.count(); r++) {
      int rowStart = (rows.start() + r) * header.rowBytes();
      for (NpyColumn column : columns) {
        destination[next++] = (float) bytes.getDouble(rowStart + column.offset());
      }
    }
  }

  private void convertRows(NpyFile.Stretch rows, float[] destination, int to) {
    int next = to;
    for (int r = 0; r < rows.count(); r++) {
      int rowStart = (rows.start() + r) * header.rowBytes();
      for (int c = 0; c < columns.length; c++) {
        NpyColumn column = columns[c];
        destination[next++] = types[c].asFloat(rows.bytes(column), rowStart + column.offset());
      }
    }
  }

  /** The numbers of any column of the file, row by row, as text that gives the same number back. */
  void forEachText(int place, TextConsumer action) {
    texts(place, 0, rows(), action);
  }

  /** A number of any column of the file as text that gives the same number back. */
  String text(long row, int place) {
    String[] found = {""};
    texts(place, row, 1, (number, text) -> found[0] = text);
    return found[0];
  }

  private void texts(int place, long first, long count, TextConsumer action) {
    NpyColumn column = header.columns().get(place);
    NpyType type = column.number(name);
    long start = header.byColumns() ? place * header.rows() + first : first;
    synchronized (file) {
      long done = 0;
      while (done < count) {
        NpyFile.Stretch units = file.stretch(start + done, count - done);
        for (int i = 0; i < units.count(); i++, done++) {
          int at = (units.start() + i) * file.unitBytes() + column.offset();
          action.accept(first + done, type.text(units.bytes(column), at));
        }
      }
    }
  }
}
