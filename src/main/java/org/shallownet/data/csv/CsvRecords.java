package org.shallownet.data.csv;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.columns.BadCells;
import org.shallownet.data.columns.DecidedTable;
import org.shallownet.data.columns.FeaturePlan;
import org.shallownet.data.columns.TargetColumns;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.text.Numeric;

/**
 * The records of CSV files, taken one after the other: headers, rows and what is wrong with them.
 * FastCSV's handler, whose result says whether more records are wanted.
 */
final class CsvRecords extends AbstractBaseCsvCallbackHandler<Boolean> {
  private final String file;
  private final TableOptions options;

  /** The features that are known to hold words; those found to do so are added. */
  private final Set<String> wordColumns;

  private final FileLines lines = new FileLines();

  /** The columns' names; empty before they are known. */
  private List<String> header = List.of();

  /** The names that are being read. */
  private final List<String> names = new ArrayList<>();

  private boolean inHeader;
  private float[] row = {};
  private @Nullable Rows rows;
  private @Nullable TargetColumns targets;

  /**
   * Whether a column turned out to hold words, so that all is to be read again. What is wrong is
   * found then: what is found now may be right once that column holds words, and how much is read
   * from here on depends on blocks.
   */
  private boolean again;

  private boolean blank;

  /** The lines of all files before the text that is being read. */
  private long linesBefore;

  /** Line ends inside quoted fields of the current record, so far. */
  private long linesInRecord;

  private int fields;

  /** What there is once the columns have names. */
  private record Rows(
      Columns.Places places,
      FeaturePlan plan,
      FeaturePlan.Cells cells,
      FloatTable.Builder features,
      BadCells badCells) {}

  /**
   * Of files.
   *
   * @param file what they are called together
   * @param options with a format of which nothing is open
   */
  CsvRecords(String file, TableOptions options, Set<String> wordColumns) {
    this.file = file;
    this.options = options;
    this.wordColumns = wordColumns;
  }

  /**
   * A file begins.
   *
   * @param name what it is called in messages
   * @param columns how many columns there are if no row names them
   * @throws DataException if the file before had no header
   */
  void begin(String name, int columns) {
    if (!header.isEmpty()) {
      requireNamed();
      linesBefore++; // The last line may have had no end.
    }
    lines.begin(name, linesBefore);
    inHeader = !Boolean.FALSE.equals(options.format().header());
    if (!inHeader && header.isEmpty()) {
      if (columns == 0) {
        throw new DataException(
            name
                + ": there is no first row that shows how many columns there are; give it rows, and"
                + " close every quote");
      }
      header = IntStream.range(0, columns).mapToObj(i -> "c" + i).toList();
      useHeader();
    }
  }

  /** Refuses a further file that turned out to be empty. */
  private void requireNamed() {
    if (inHeader) {
      throw RecordErrors.empty(lines.current());
    }
  }

  /**
   * Reads the next records to the end of a stream, which ends where a record does. If all is to be
   * read again it may end before, without an error.
   *
   * @throws DataException if something is wrong with them
   */
  void read(InputStream stream) throws IOException {
    try {
      readRecords(stream);
    } catch (DataException e) {
      if (!again) {
        throw e;
      }
    }
  }

  private void readRecords(InputStream stream) throws IOException {
    TextSource source = new TextSource(lines::at, stream, linesBefore);
    try (source;
        CsvReader<Boolean> reader = CsvGrammar.reader(options.format()).build(this, source)) {
      for (Boolean more : reader) {
        if (!more) {
          throw badCells();
        }
      }
      linesBefore = source.lines();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (CsvParseException e) {
      // FastCSV also wraps what the handler and the source throw, even running out of memory.
      if (rootCause(e) instanceof Error error) {
        throw error;
      }
      throw firstError(rootCause(e) instanceof DataException ours ? ours : badField(e, source));
    } catch (DataException e) {
      throw firstError(e);
    }
  }

  private static Throwable rootCause(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Whether there are names and nothing is wrong so far, so that what comes are rows. */
  boolean expectsRows() {
    return rows != null && rows.badCells.isEmpty() && !again;
  }

  /** Whether a column turned out to hold words, so that all is to be read again. */
  boolean isToBeReadAgain() {
    return again;
  }

  /**
   * Reads a block of whole records apart from what came before, unless something is wrong with it;
   * for any thread.
   */
  @Nullable CsvRows rowsOf(byte[] block) {
    return CsvRows.of(block, known().plan);
  }

  private Rows known() {
    if (rows == null) {
      throw new IllegalStateException("no header");
    }
    return rows;
  }

  /**
   * Takes rows that were read apart.
   *
   * @param read those of the next block
   * @throws DataException if something is wrong with their labels
   */
  void add(CsvRows read) {
    Rows all = known();
    read.addTo(all.features, all.cells, linesBefore);
    if (targets != null) {
      read.addTo(targets, linesBefore);
    }
    linesBefore += read.lines();
  }

  @Override
  protected void handleBegin(long startingLineNumber) {
    linesInRecord = 0;
    fields = 0;
    blank = false;
  }

  @Override
  protected void handleEmpty() {
    blank = true;
  }

  @Override
  protected void handleField(int index, char[] buffer, int offset, int length, boolean quoted) {
    if (inHeader) {
      names.add(new String(buffer, offset, length).strip());
    } else if (index < header.size()) {
      Rows all = known();
      int role = all.plan.role(index);
      if (role >= 0 && all.plan.isNumber(role)) {
        number(all, role, buffer, offset, length);
      } else if (role >= 0) {
        row[role] = all.cells.code(role, new String(buffer, offset, length).strip(), line());
      } else if (FeaturePlan.target(role) >= 0 && targets != null) {
        targets.add(FeaturePlan.target(role), new String(buffer, offset, length).strip(), line());
      }
    }
    if (quoted) {
      linesInRecord += CsvGrammar.lineEnds(buffer, offset, length);
    }
    fields = index + 1;
  }

  private void number(Rows all, int feature, char[] buffer, int offset, int length) {
    float value = all.plan.number(buffer, offset, length);
    row[feature] = value;
    if (!Float.isNaN(value)) {
      return;
    }
    String cell = new String(buffer, offset, length).strip();
    if (all.plan.isAllowedMissing(feature, cell)) {
      return;
    }
    row[feature] = all.cells.truth(feature, cell, line());
    if (!Float.isNaN(row[feature])) {
      return;
    }
    Numeric.Problem problem = Numeric.problem(cell);
    boolean number = problem == Numeric.Problem.NOT_FINITE || problem == Numeric.Problem.TOO_LARGE;
    if (all.plan.mayBeWords(feature) && !number) {
      wordColumns.add(all.places.featureNames().get(feature));
      again = true;
    } else {
      all.badCells.add(feature, cell, all.features.rows(), line());
    }
  }

  @Override
  protected Boolean buildRecord() {
    if (blank || fields == 0) { // a blank line or a comment
      return true;
    }
    if (inHeader) {
      inHeader = false;
      takeNames();
      return true;
    }
    if (fields != header.size()) {
      throw RecordErrors.ragged(lines.at(startingLine()), fields, header, options.format());
    }
    Rows all = known();
    all.features.add(row);
    return !all.badCells.isDecided(all.features.rows());
  }

  /** Takes the names of a file's columns: the table's, or the same again. */
  private void takeNames() {
    List<String> read = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      read.add(names.get(i).isEmpty() ? Columns.unnamed(i) : names.get(i));
    }
    names.clear();
    if (header.isEmpty()) {
      header = List.copyOf(read);
      useHeader();
    } else if (!header.equals(read)) {
      throw RecordErrors.otherColumns(lines.current(), header, read);
    }
  }

  private Columns.Places places() {
    try {
      return options.columns().find(file, header, options.ignored());
    } catch (DataException e) {
      String advice = RecordErrors.commentAdvice(header, options.format());
      // Without its cause, which would be told instead.
      throw advice.isEmpty() ? e : new DataException(e.getMessage() + advice);
    }
  }

  private void useHeader() {
    Columns.Places places = places();
    if (!places.targets().isEmpty()) {
      targets = new TargetColumns(file, header, places, lines::at, options);
    }
    row = new float[places.features().size()];
    FeaturePlan plan = new FeaturePlan(file, header, places, options, wordColumns);
    rows =
        new Rows(
            places,
            plan,
            plan.new Cells(),
            new FloatTable.Builder(row.length),
            new BadCells(places.featureNames(), lines::at));
  }

  /** The line where the current record begins. */
  private long startingLine() {
    return linesBefore + getStartingLineNumber();
  }

  /** The line where the current field begins. */
  private long line() {
    return startingLine() + linesInRecord;
  }

  private DataException badField(CsvParseException e, TextSource source) {
    String where = lines.at(line());
    if (fields < header.size() && !inHeader) {
      where += ", column " + Numeric.quote(header.get(fields));
    }
    // FastCSV has taken no more than the field: where it has line ends, a quote was not closed.
    boolean tooLong = CsvGrammar.isTooLong(e) && source.linesTaken() < line();
    return RecordErrors.badField(where, tooLong, e);
  }

  /** The error to report: bad cells stand before what ended the reading. */
  private DataException firstError(DataException ending) {
    return rows == null || rows.badCells.isEmpty() ? ending : badCells();
  }

  private DataException badCells() {
    return known().badCells.error();
  }

  /**
   * The table of all records.
   *
   * @throws DataException if it has no rows
   */
  Table table(String fingerprint) {
    if (rows == null) {
      throw RecordErrors.empty(file);
    }
    requireNamed();
    if (rows.features.rows() == 0) {
      throw RecordErrors.noRows(file);
    }
    if (!rows.badCells.isEmpty()) {
      throw badCells();
    }
    return new DecidedTable(file, header, rows.places, rows.plan, rows.cells, lines::at)
        .of(rows.features.build(), targets, fingerprint);
  }
}
