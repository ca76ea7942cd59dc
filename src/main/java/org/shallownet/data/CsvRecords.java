package org.shallownet.data;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The records of a CSV file, taken one after the other: header, rows and what is wrong with them.
 * FastCSV's handler, whose result says whether more records are wanted.
 */
final class CsvRecords extends AbstractBaseCsvCallbackHandler<Boolean> {
  /** The role of a column that is not wanted. */
  static final int IGNORED = -1;

  /** The role of the target's column. */
  static final int TARGET = -2;

  /** No field may be longer; a quote that is never closed is found here. */
  private static final int MOST_FIELD_CHARS = 1 << 20;

  private final String file;
  private final Columns wanted;
  private final List<String> header = new ArrayList<>();
  private boolean inHeader = true;

  /** For each column of the file: the feature's place in {@link #row}, or one of the above. */
  private int[] roles = {};

  private float[] row = {};
  private Columns.@Nullable Places places;
  private FloatTable.@Nullable Builder features;
  private @Nullable TargetColumn target;
  private @Nullable BadCells badCells;
  private long blankLine;

  /** The lines of the file before the text that is being read. */
  private long linesBefore;

  /** Line ends inside quoted fields of the current record, so far. */
  private long linesInRecord;

  private int fields;

  CsvRecords(String file, Columns wanted) {
    this.file = file;
    this.wanted = wanted;
  }

  /** FastCSV as it reads for us. */
  static CsvReader<Boolean> reader(AbstractBaseCsvCallbackHandler<Boolean> handler, Reader text) {
    return CsvReader.builder()
        .skipEmptyLines(false)
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .allowUnclosedQuote(false)
        .maxBufferSize(MOST_FIELD_CHARS)
        .build(handler, text);
  }

  /**
   * Reads the next records to the end of a stream, which ends where a record does.
   *
   * @throws DataException if something is wrong with them
   */
  void read(InputStream stream) throws IOException {
    try (TextSource source = new TextSource(file, stream, linesBefore);
        CsvReader<Boolean> reader = reader(this, source)) {
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
      throw firstError(rootCause(e) instanceof DataException ours ? ours : endlessField(e));
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

  /** Whether there is a header and nothing is wrong so far, so that what comes are rows. */
  boolean expectsRows() {
    return badCells != null && badCells.isEmpty() && blankLine == 0;
  }

  /**
   * Reads a block of whole records apart from what came before, unless something is wrong with it;
   * for any thread.
   */
  @Nullable CsvRows rowsOf(byte[] block) {
    return CsvRows.of(block, roles, row.length);
  }

  /**
   * Takes rows that were read apart.
   *
   * @param rows those of the next block
   * @throws DataException if something is wrong with their labels
   */
  void add(CsvRows rows) {
    if (features == null) {
      throw new IllegalStateException("no header");
    }
    rows.addTo(features);
    if (target != null) {
      rows.addTo(target, linesBefore);
    }
    linesBefore += rows.lines();
  }

  @Override
  protected void handleBegin(long startingLineNumber) {
    linesInRecord = 0;
    fields = 0;
  }

  @Override
  protected void handleEmpty() {
    if (blankLine == 0) {
      blankLine = startingLine();
    }
  }

  @Override
  protected void handleField(int index, char[] buffer, int offset, int length, boolean quoted) {
    if (blankLine > 0) {
      throw new DataException(at(blankLine) + "the line is blank; remove it");
    }
    if (inHeader) {
      header.add(new String(buffer, offset, length).strip());
    } else if (index < roles.length) {
      int role = roles[index];
      if (role >= 0) {
        float value = Numeric.parseFloat(buffer, offset, length);
        row[role] = value;
        if (Float.isNaN(value)) {
          bad(role, new String(buffer, offset, length));
        }
      } else if (role == TARGET && target != null) {
        target.add(new String(buffer, offset, length).strip(), line());
      }
    }
    if (quoted) {
      linesInRecord += lineEnds(buffer, offset, length);
    }
    fields = index + 1;
  }

  private void bad(int feature, String cell) {
    if (badCells != null && features != null) {
      badCells.add(feature, cell, features.rows(), line());
    }
  }

  /** The number of line ends in a field. */
  static long lineEnds(char[] buffer, int offset, int length) {
    long ends = 0;
    for (int i = offset; i < offset + length; i++) {
      if (buffer[i] == '\r' || (buffer[i] == '\n' && (i == offset || buffer[i - 1] != '\r'))) {
        ends++;
      }
    }
    return ends;
  }

  @Override
  protected Boolean buildRecord() {
    if (blankLine > 0) {
      return true;
    }
    if (inHeader) {
      inHeader = false;
      useHeader();
      return true;
    }
    if (fields != header.size()) {
      throw new DataException(
          at(startingLine())
              + "the row has "
              + count(fields, "field")
              + " but the header has "
              + header.size()
              + (fields > header.size() ? "; put fields with commas in quotes" : ""));
    }
    if (features == null || badCells == null) {
      throw new IllegalStateException("no header");
    }
    features.add(row);
    return !badCells.isDecided(features.rows());
  }

  private void useHeader() {
    checkHeader();
    Columns.Places found = wanted.find(file, header);
    roles = new int[header.size()];
    Arrays.fill(roles, IGNORED);
    for (int i = 0; i < found.features().size(); i++) {
      roles[found.features().get(i)] = i;
    }
    if (found.target() >= 0) {
      roles[found.target()] = TARGET;
      target = new TargetColumn(file, found.targetName(), line -> file + ", line " + line);
    }
    row = new float[found.features().size()];
    features = new FloatTable.Builder(row.length);
    badCells = new BadCells(file, found.featureNames(), !wanted.fileOrder());
    places = found;
  }

  private void checkHeader() {
    if (header.size() == 1) {
      for (char separator : new char[] {';', '\t', '|'}) {
        if (header.get(0).indexOf(separator) >= 0) {
          String name =
              separator == ';' ? "semicolons" : separator == '\t' ? "tabs" : "vertical bars";
          throw new DataException(
              at(1) + "the columns seem to be separated by " + name + "; separate them by commas");
        }
      }
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < header.size(); i++) {
      String name = header.get(i);
      if (name.isEmpty()) {
        throw new DataException(
            at(1)
                + "column "
                + (i + 1)
                + " of "
                + header.size()
                + " has no name; name it in the header");
      }
      if (!seen.add(name)) {
        throw new DataException(
            at(1) + "two columns are named " + Numeric.quote(name) + "; rename one");
      }
    }
  }

  /** The line where the current record begins. */
  private long startingLine() {
    return linesBefore + getStartingLineNumber();
  }

  /** The line where the current field begins. */
  private long line() {
    return startingLine() + linesInRecord;
  }

  private String at(long line) {
    return file + ", line " + line + ": ";
  }

  /** FastCSV found no proper end of a quoted field. */
  private DataException endlessField(CsvParseException cause) {
    String column =
        fields < header.size() && !inHeader ? ", column " + Numeric.quote(header.get(fields)) : "";
    return new DataException(
        file
            + ", line "
            + line()
            + column
            + ": the field that begins here has no proper end; close its quote right before the"
            + " next comma or the line's end, and double quotes inside it",
        cause);
  }

  /** The error to report: bad cells stand before what ended the reading. */
  private DataException firstError(DataException ending) {
    return badCells == null || badCells.isEmpty() ? ending : badCells();
  }

  private DataException badCells() {
    if (badCells == null || features == null) {
      throw new IllegalStateException("no header");
    }
    return badCells.error(Math.max(1, features.rows()));
  }

  /**
   * The table of all records.
   *
   * @throws DataException if it has no rows
   */
  Table table(String fingerprint) {
    if (features == null || places == null) {
      throw new DataException(
          file + " is empty; its first line must name the columns, rows follow");
    }
    if (features.rows() == 0) {
      throw new DataException(file + " has a header but no rows");
    }
    if (badCells != null && !badCells.isEmpty()) {
      throw badCells();
    }
    return new Table(file, places.featureNames(), features.build(), target, fingerprint);
  }

  private static String count(int n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }
}
