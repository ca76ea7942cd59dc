package org.shallownet.data.npy;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.DataException;
import org.shallownet.data.Fingerprint;
import org.shallownet.data.OpenTarget;
import org.shallownet.data.Schema;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.columns.MissingCells;
import org.shallownet.data.columns.TargetColumns;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Numeric;

/** Reads {@code .npy} files: features stay in the file, the target is read. */
final class NpyTableReader {
  private static final int CHECKED_FLOATS = 1 << 16;

  private NpyTableReader() {}

  static Table read(Path path, TableOptions options) throws IOException {
    return read(path, options, NpyFile.MAP_BYTES);
  }

  static Table read(Path path, TableOptions options, int mapBytes) throws IOException {
    String file = path.toString();
    return NpyFile.read(file, path, mapBytes, open -> read(file, open, options));
  }

  private static Table read(String file, NpyFile open, TableOptions options) {
    NpyHeader header = open.header();
    Columns.Places places = options.columns().find(file, header.names(), options.ignored());
    NpyTable table = features(file, open, places);
    Decided decided = decide(file, places, header, table, options);
    OpenTarget targets = targets(file, header.names(), table, places, options);
    return new Table(file, decided.schema, marked(table, options), targets, fingerprint(open))
        .withNotes(decided.notes)
        .withPositions(places.byPosition());
  }

  /** The features in a file. */
  static NpyTable features(String name, NpyFile file, Columns.Places places) {
    return new NpyTable(
        name, file, places.features().stream().mapToInt(Integer::intValue).toArray());
  }

  private static String fingerprint(NpyFile file) {
    MessageDigest digest = Fingerprint.newDigest();
    file.forEachBytes(digest::update);
    return Fingerprint.of(digest);
  }

  /**
   * What the columns are.
   *
   * @param notes what is told of them; none if a model has said it
   */
  record Decided(Schema schema, List<ColumnNote> notes) {}

  /**
   * Checks the features and says what their columns are: numbers, of which those are missing that
   * are not-a-number.
   *
   * @throws DataException if a number is infinite, or missing where a model has learned of none
   */
  static Decided decide(
      String file, Columns.Places places, NpyHeader header, NpyTable table, TableOptions options) {
    Schema model = options.schema();
    if (!options.categorical().isEmpty() || (model != null && !model.isNumeric())) {
      throw new DataException(
          file
              + " holds numbers, but "
              + (model == null ? "--categorical asks for words" : "the model learned words")
              + "; give a CSV file");
    }
    long[] missing = missing(file, places, header, table, options);
    if (model != null) {
      return new Decided(model, List.of());
    }
    List<Column> columns = new ArrayList<>();
    List<ColumnNote> notes = new ArrayList<>();
    for (int c = 0; c < missing.length; c++) {
      String name = places.featureNames().get(c);
      columns.add(new Column.Numeric(name, missing[c] > 0));
      notes.add(ColumnNote.ofNumbers(name, missing[c], table.rows()));
    }
    return new Decided(new Schema(columns, options.missing()), notes);
  }

  private static MissingCells markers(TableOptions options) {
    return new MissingCells(options, CsvFormat.AUTO.numbers());
  }

  /** The table with not-a-number in the place of numbers that stand for a missing cell. */
  static FeatureTable marked(NpyTable table, TableOptions options) {
    MissingCells markers = markers(options);
    return markers.mayBeNumbers() ? new MarkedTable(table, markers) : table;
  }

  /** How many cells of each feature are not-a-number, or stand for one. */
  private static long[] missing(
      String file, Columns.Places places, NpyHeader header, NpyTable table, TableOptions options) {
    Schema model = options.schema();
    int columns = table.columns();
    long[] missing = new long[columns];
    MissingCells markers = markers(options);
    if (!markers.mayBeNumbers()
        && places.features().stream()
            .noneMatch(place -> holdsFloats(header.columns().get(place)))) {
      return missing;
    }
    int most = (int) Math.min(table.rows(), Math.max(1, CHECKED_FLOATS / columns));
    float[] values = new float[most * columns];
    for (long first = 0; first < table.rows(); first += most) {
      int count = (int) Math.min(most, table.rows() - first);
      table.read(first, count, values, 0);
      for (int i = 0; i < count * columns; i++) {
        if (!Float.isFinite(values[i]) || markers.has(values[i])) {
          int c = i % columns;
          if (Float.isInfinite(values[i]) || (model != null && !model.columns().get(c).missing())) {
            int place = places.features().get(c);
            throw unusable(
                file, table, first + i / columns, header.columns().get(place).name(), place);
          }
          missing[c]++;
        }
      }
    }
    return missing;
  }

  private static boolean holdsFloats(NpyColumn column) {
    NpyType type = column.type();
    return type != null && type.isFloat();
  }

  /** What becomes of a feature's cell that float32 doesn't hold as a finite number. */
  private static DataException unusable(
      String file, NpyTable table, long row, String name, int place) {
    String number = table.text(row, place);
    return new DataException(
        at(file, row)
            + ", column "
            + Numeric.quote(name)
            + ": "
            + Numeric.explain(Numeric.problem(number), number));
  }

  /** Reads columns of a file as targets and weights; null if there are none. */
  static @Nullable TargetColumns targets(
      String file,
      List<String> names,
      NpyTable table,
      Columns.Places places,
      TableOptions options) {
    if (places.targets().isEmpty()) {
      return null;
    }
    TargetColumns targets =
        new TargetColumns(
            file, names, places, row -> at(file, row), options.withFormat(CsvFormat.AUTO));
    List<Integer> read = new ArrayList<>(places.targets());
    if (places.weights() >= 0) {
      read.add(places.weights());
    }
    for (int i = 0; i < read.size(); i++) {
      int number = i;
      table.forEachText(read.get(i), (row, text) -> targets.add(number, text, row));
    }
    return targets;
  }

  private static String at(String file, long row) {
    return file + ", row " + row + " (counted from 0)";
  }
}
