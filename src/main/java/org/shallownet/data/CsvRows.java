package org.shallownet.data;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a block of whole records with which nothing is wrong. Other blocks are for {@link
 * CsvRecords}, which knows what came before and says what is wrong and where.
 */
final class CsvRows {
  private static final int FIRST_ROWS = 256;
  private static final int MOST_FIRST_FLOATS = 1 << 16;
  private static final int MOST_SHARED_LABELS = 64;

  /** Longer fields are left to FastCSV, which refuses endless ones. */
  private static final int LONGEST_PLAIN_FIELD = 1 << 16;

  private final int[] roles;
  private final int columns;
  private float[] values;
  private int rows;
  private final List<String> labels = new ArrayList<>();
  private final Map<String, String> sharedLabels = new HashMap<>();

  /** For each row the line of its label, counted from 1 in the block. */
  private long[] labelLines;

  private long lines;

  private CsvRows(int[] roles, int columns) {
    this.roles = roles;
    this.columns = columns;
    int firstRows = Math.max(1, Math.min(FIRST_ROWS, MOST_FIRST_FLOATS / columns));
    this.values = new float[firstRows * columns];
    this.labelLines = new long[firstRows];
  }

  /**
   * Reads a block, unless something is wrong with it.
   *
   * @param roles for each column of the file the place of its feature, or one of {@link
   *     CsvRecords#TARGET}, {@link CsvRecords#IGNORED}
   * @param columns the number of features
   */
  static @Nullable CsvRows of(byte[] block, int[] roles, int columns) {
    CsvRows plain = new CsvRows(roles, columns);
    if (plain.readPlain(block)) {
      return plain;
    }
    CsvRows any = new CsvRows(roles, columns);
    return any.new Handler().read(block) ? any : null;
  }

  /**
   * Reads what most tables are, faster than FastCSV can: ASCII without quotes, where every comma
   * and every line end is one, and numbers without blanks. False if the block is not like that.
   */
  private boolean readPlain(byte[] block) {
    int begin = 0;
    int column = 0;
    for (int i = 0; i < block.length; i++) {
      byte b = block[i];
      if (b >= ' ' && b != ',' && b != '"') {
        continue;
      }
      boolean crlf = b == '\r' && i + 1 < block.length && block[i + 1] == '\n';
      if ((b != ',' && b != '\n' && !crlf)
          || column == roles.length
          || i - begin > LONGEST_PLAIN_FIELD) {
        return false;
      }
      int role = roles[column];
      if (role >= 0) {
        float value = Numeric.parseFloat(block, begin, i - begin);
        if (Float.isNaN(value)) {
          return false;
        }
        values[rows * columns + role] = value;
      } else if (role == CsvRecords.TARGET) {
        addLabel(new String(block, begin, i - begin, StandardCharsets.US_ASCII), lines + 1);
      }
      column++;
      if (b != ',') {
        // Of a blank line too: it has too few fields, or no number where there is one column only.
        if (column < roles.length) {
          return false;
        }
        column = 0;
        i += crlf ? 1 : 0;
        endRow(lines + 1);
      }
      begin = i + 1;
    }
    return begin == block.length && column == 0;
  }

  private void addLabel(String text, long line) {
    String label = text.strip();
    // One object for the same text, while there are few, is what the target's column finds fastest.
    String known = sharedLabels.get(label);
    if (known == null && sharedLabels.size() < MOST_SHARED_LABELS) {
      sharedLabels.put(label, label);
    }
    labels.add(known == null ? label : known);
    labelLines[rows] = line;
  }

  private void endRow(long lastLine) {
    rows++;
    lines = lastLine;
    if (rows == labelLines.length) {
      values = Arrays.copyOf(values, 2 * values.length);
      labelLines = Arrays.copyOf(labelLines, 2 * rows);
    }
  }

  /** Takes FastCSV's records. Its result says whether all is well so far. */
  private final class Handler extends AbstractBaseCsvCallbackHandler<Boolean> {
    private boolean clean = true;

    /** Line ends inside quoted fields of the current record, so far. */
    private long linesInRecord;

    private int fields;

    boolean read(byte[] block) {
      // This decoder doesn't replace invalid bytes but throws.
      try (CsvReader<Boolean> reader =
          CsvRecords.reader(
              this,
              new InputStreamReader(
                  new ByteArrayInputStream(block), StandardCharsets.UTF_8.newDecoder()))) {
        for (Boolean well : reader) {
          if (!well) {
            return false;
          }
        }
        return clean;
      } catch (IOException | UncheckedIOException | CsvParseException e) {
        return false;
      }
    }

    @Override
    protected void handleBegin(long startingLineNumber) {
      linesInRecord = 0;
      fields = 0;
    }

    @Override
    protected void handleEmpty() {
      clean = false;
    }

    @Override
    protected void handleField(int index, char[] buffer, int offset, int length, boolean quoted) {
      int role = index < roles.length ? roles[index] : CsvRecords.IGNORED;
      if (role >= 0) {
        float value = Numeric.parseFloat(buffer, offset, length);
        values[rows * columns + role] = value;
        clean &= !Float.isNaN(value);
      } else if (role == CsvRecords.TARGET) {
        addLabel(new String(buffer, offset, length), line());
      }
      if (quoted) {
        linesInRecord += CsvRecords.lineEnds(buffer, offset, length);
      }
      fields = index + 1;
    }

    @Override
    protected Boolean buildRecord() {
      clean &= fields == roles.length;
      endRow(line());
      return clean;
    }

    private long line() {
      return getStartingLineNumber() + linesInRecord;
    }
  }

  /** How many lines the block has. */
  long lines() {
    return lines;
  }

  /** Adds the features to a table. */
  void addTo(FloatTable.Builder features) {
    features.add(values, rows);
  }

  /**
   * Adds the labels to a column.
   *
   * @param linesBefore how many lines of the file came before this block
   */
  void addTo(TargetColumn target, long linesBefore) {
    for (int row = 0; row < rows; row++) {
      target.add(labels.get(row), linesBefore + labelLines[row]);
    }
  }
}
