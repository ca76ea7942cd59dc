package org.shallownet.data.csv;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.FloatTable;
import org.shallownet.data.columns.FeaturePlan;
import org.shallownet.data.columns.TargetColumns;

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

  private final FeaturePlan plan;
  private final FeaturePlan.Cells cells;
  private final int columns;
  private float[] values;
  private int rows;

  /** How many cells of a row are targets or weights. */
  private final int labelColumns;

  /** The targets and weights of each row. */
  private @Nullable String[] labels;

  private final Map<String, String> sharedLabels = new HashMap<>();

  /** For each of them its line, counted from 1 in the block. */
  private long[] labelLines;

  private long lines;

  private CsvRows(FeaturePlan plan) {
    this.plan = plan;
    this.cells = plan.new Cells();
    this.columns = plan.features();
    int firstRows = Math.max(1, Math.min(FIRST_ROWS, MOST_FIRST_FLOATS / columns));
    this.values = new float[firstRows * columns];
    this.labelColumns = plan.targets();
    this.labels = new String[firstRows * labelColumns];
    this.labelLines = new long[firstRows * labelColumns];
  }

  /**
   * Reads a block, unless something is wrong with it.
   *
   * @param plan how its columns are read
   */
  static @Nullable CsvRows of(byte[] block, FeaturePlan plan) {
    CsvRows plain = new CsvRows(plan);
    if (plain.readPlain(block)) {
      return plain;
    }
    CsvRows any = new CsvRows(plan);
    return any.new Handler().read(block) ? any : null;
  }

  /**
   * Reads what most tables are, faster than FastCSV can: ASCII without quotes, where every comma
   * and every line end is one, and numbers without blanks. False if the block is not like that.
   */
  private boolean readPlain(byte[] block) {
    byte separator = (byte) plan.options().format().fieldSeparator();
    int fileColumns = plan.fileColumns();
    int begin = 0;
    int column = 0;
    for (int i = 0; i < block.length; i++) {
      byte b = block[i];
      if ((b >= ' ' && b != separator && b != '"') || (b == '\t' && separator != '\t')) {
        continue;
      }
      boolean crlf = b == '\r' && i + 1 < block.length && block[i + 1] == '\n';
      if (column == 0 && i == begin && (b == '\n' || crlf)) {
        i += crlf ? 1 : 0;
        begin = i + 1;
        lines++;
        continue;
      }
      if ((b != separator && b != '\n' && !crlf)
          || column == fileColumns
          || i - begin > LONGEST_PLAIN_FIELD
          || !plainField(block, begin, i - begin, plan.role(column))) {
        return false;
      }
      column++;
      if (b != separator) {
        if (column < fileColumns) {
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

  private boolean plainField(byte[] block, int begin, int length, int role) {
    if (role == FeaturePlan.IGNORED) {
      return true;
    }
    if (role >= 0 && plan.isNumber(role)) {
      float value = plan.number(block, begin, length);
      values[rows * columns + role] = value;
      return !Float.isNaN(value) || plan.isAllowedMissing(role, ascii(block, begin, length));
    }
    if (role >= 0) {
      values[rows * columns + role] = cells.code(role, block, begin, length, lines + 1);
    } else {
      addLabel(role, ascii(block, begin, length), lines + 1);
    }
    return true;
  }

  private static String ascii(byte[] block, int begin, int length) {
    return new String(block, begin, length, StandardCharsets.US_ASCII).strip();
  }

  private void addLabel(int role, String text, long line) {
    String label = text.strip();
    // One object for the same text, while there are few, is what the target's column finds fastest.
    String known = sharedLabels.get(label);
    if (known == null && sharedLabels.size() < MOST_SHARED_LABELS) {
      sharedLabels.put(label, label);
    }
    int place = rows * labelColumns + FeaturePlan.target(role);
    labels[place] = known == null ? label : known;
    labelLines[place] = line;
  }

  private void endRow(long lastLine) {
    rows++;
    lines = lastLine;
    if ((rows + 1) * columns > values.length) {
      values = Arrays.copyOf(values, 2 * values.length);
      labels = Arrays.copyOf(labels, 2 * labels.length);
      labelLines = Arrays.copyOf(labelLines, labels.length);
    }
  }

  /** Takes FastCSV's records. Its result says whether all is well so far. */
  private final class Handler extends AbstractBaseCsvCallbackHandler<Boolean> {
    private boolean clean = true;

    /** Line ends inside quoted fields of the current record, so far. */
    private long linesInRecord;

    private int fields;
    private boolean blank;

    boolean read(byte[] block) {
      // This decoder doesn't replace invalid bytes but throws.
      try (CsvReader<Boolean> reader =
          CsvRecords.reader(
              this,
              plan.options().format(),
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
      blank = false;
    }

    @Override
    protected void handleEmpty() {
      blank = true;
    }

    @Override
    protected void handleField(int index, char[] buffer, int offset, int length, boolean quoted) {
      int role = index < plan.fileColumns() ? plan.role(index) : FeaturePlan.IGNORED;
      if (role >= 0 && plan.isNumber(role)) {
        float value = plan.number(buffer, offset, length);
        values[rows * columns + role] = value;
        clean &=
            !Float.isNaN(value)
                || plan.isAllowedMissing(role, new String(buffer, offset, length).strip());
      } else if (role >= 0) {
        String word = new String(buffer, offset, length).strip();
        values[rows * columns + role] = cells.code(role, word, line());
      } else if (FeaturePlan.target(role) >= 0) {
        addLabel(role, new String(buffer, offset, length), line());
      }
      if (quoted) {
        linesInRecord += CsvRecords.lineEnds(buffer, offset, length);
      }
      fields = index + 1;
    }

    @Override
    protected Boolean buildRecord() {
      if (blank || fields == 0) {
        lines = line();
        return clean;
      }
      clean &= fields == plan.fileColumns();
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

  /**
   * Adds the features to a table.
   *
   * @param known the words of the rows before
   * @param linesBefore how many lines of the file came before this block
   */
  void addTo(FloatTable.Builder features, FeaturePlan.Cells known, long linesBefore) {
    known.add(cells, values, rows, linesBefore);
    features.add(values, rows);
  }

  /**
   * Adds the targets and weights to columns.
   *
   * @param linesBefore how many lines of the file came before this block
   */
  void addTo(TargetColumns targets, long linesBefore) {
    for (int i = 0; i < rows * labelColumns; i++) {
      String label = labels[i];
      if (label != null) {
        targets.add(i % labelColumns, label, linesBefore + labelLines[i]);
      }
    }
  }
}
