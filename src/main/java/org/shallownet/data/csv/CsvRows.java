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
import org.jspecify.annotations.Nullable;
import org.shallownet.data.columns.FeaturePlan;
import org.shallownet.data.columns.KnownTexts;
import org.shallownet.data.columns.TargetColumns;
import org.shallownet.data.features.FloatTable;

/**
 * The rows of a block of whole records with which nothing is wrong. Other blocks are for {@link
 * CsvRecords}, which knows what came before and says what is wrong and where.
 */
final class CsvRows {
  private static final int FIRST_ROWS = 256;
  private static final int MOST_FIRST_FLOATS = 1 << 16;

  /** Longer fields are left to FastCSV, which refuses endless ones. */
  private static final int LONGEST_PLAIN_FIELD = 1 << 16;

  private final FeaturePlan plan;
  private final FeaturePlan.Cells cells;
  private final int columns;
  private final byte separator;

  /** Whether numbers are written as in Java, and none of them stands for a missing one. */
  private final boolean usualNumbers;

  private final DecimalScanner decimals = new DecimalScanner();
  private final FieldScanner fields;
  private float[] values;
  private int rows;

  /** How many cells of a row are targets or weights. */
  private final int labelColumns;

  /** The targets and weights of each row. */
  private @Nullable String[] labels;

  private final KnownTexts labelTexts = new KnownTexts();
  private final @Nullable String[] sharedLabels = new String[KnownTexts.SIZE];

  /** For each of them its line, counted from 1 in the block. */
  private long[] labelLines;

  private long lines;

  private CsvRows(FeaturePlan plan) {
    this.plan = plan;
    this.cells = plan.new Cells();
    this.columns = plan.features();
    this.separator = (byte) plan.options().format().fieldSeparator();
    this.fields = new FieldScanner(separator);
    this.usualNumbers = plan.hasUsualNumbers();
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
    if (RecordBlocks.has(block, (byte) 0, 0, block.length)) {
      return null; // It isn't text.
    }
    CsvRows any = new CsvRows(plan);
    return any.new Handler().read(block) ? any : null;
  }

  /**
   * Reads what most tables are, faster than FastCSV can: ASCII without quotes, where every
   * separator and every line end is one, and numbers without blanks. False if the block is not like
   * that.
   */
  private boolean readPlain(byte[] block) {
    int begin = 0;
    while (begin < block.length) {
      int lineEnd = lineEnd(block, begin);
      if (lineEnd > 0) {
        lines++;
        begin += lineEnd;
      } else {
        begin = plainRow(block, begin);
        if (begin < 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** How many bytes of a line end there are here: LF or CRLF; 0 for none. */
  private static int lineEnd(byte[] block, int at) {
    if (block[at] == '\n') {
      return 1;
    }
    return block[at] == '\r' && at + 1 < block.length && block[at + 1] == '\n' ? 2 : 0;
  }

  /** Reads a row and says where the next begins; -1 if the row is not plain. */
  private int plainRow(byte[] block, int rowBegin) {
    int begin = rowBegin;
    int last = plan.fileColumns() - 1;
    for (int column = 0; column <= last; column++) {
      int end = plainField(block, begin, plan.role(column));
      if (end < 0) {
        return -1;
      }
      if (column < last) {
        if (block[end] != separator) {
          return -1;
        }
        begin = end + 1;
      } else {
        int lineEnd = lineEnd(block, end);
        if (lineEnd == 0) {
          return -1;
        }
        begin = end + lineEnd;
      }
    }
    endRow(lines + 1);
    return begin;
  }

  /** Reads a field and says where it ends, within the block; -1 if it is not plain. */
  private int plainField(byte[] block, int begin, int role) {
    boolean number = role >= 0 && plan.isNumber(role);
    if (number && usualNumbers && begin < block.length) {
      int end = decimals.scan(block, begin);
      if (end >= 0 && end < block.length && isFieldEnd(block[end])) {
        values[rows * columns + role] = decimals.value();
        return end;
      }
    }
    int end = fields.end(block, begin);
    if (end == block.length
        || (block[end] != separator && lineEnd(block, end) == 0)
        || end - begin > LONGEST_PLAIN_FIELD) {
      return -1;
    }
    if (number) {
      float value = plan.number(block, begin, end - begin);
      if (Float.isNaN(value)) {
        String cell = ascii(block, begin, end - begin);
        if (!plan.isAllowedMissing(role, cell)) {
          value = cells.truth(role, cell, lines + 1);
          if (Float.isNaN(value)) {
            return -1;
          }
        }
      }
      values[rows * columns + role] = value;
    } else if (role >= 0) {
      values[rows * columns + role] =
          cells.code(role, block, begin, end - begin, fields.hash(), lines + 1);
    } else if (role != FeaturePlan.IGNORED) {
      addLabel(role, label(block, begin, end - begin), lines + 1);
    }
    return end;
  }

  private boolean isFieldEnd(byte b) {
    return b == separator || b == '\n' || b == '\r';
  }

  private static String ascii(byte[] block, int begin, int length) {
    return new String(block, begin, length, StandardCharsets.US_ASCII).strip();
  }

  /**
   * The text of the field that was scanned last. One object for the same text is what the target's
   * column finds fastest.
   */
  private String label(byte[] block, int begin, int length) {
    int slot = KnownTexts.slot(fields.hash());
    String known = sharedLabels[slot];
    if (known != null && labelTexts.has(slot, block, begin, length)) {
      return known;
    }
    String label = ascii(block, begin, length);
    if (labelTexts.put(slot, block, begin, length)) {
      sharedLabels[slot] = label;
    }
    return label;
  }

  private void addLabel(int role, String label, long line) {
    int place = rows * labelColumns + FeaturePlan.target(role);
    labels[place] = label;
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
          CsvGrammar.reader(plan.options().format())
              .build(
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
        if (Float.isNaN(value)) {
          String cell = new String(buffer, offset, length).strip();
          boolean missing = plan.isAllowedMissing(role, cell);
          value = missing ? value : cells.truth(role, cell, line());
          clean &= missing || !Float.isNaN(value);
        }
        values[rows * columns + role] = value;
      } else if (role >= 0) {
        String word = new String(buffer, offset, length).strip();
        values[rows * columns + role] = cells.code(role, word, line());
      } else if (FeaturePlan.target(role) >= 0) {
        addLabel(role, new String(buffer, offset, length).strip(), line());
      }
      if (quoted) {
        linesInRecord += CsvGrammar.lineEnds(buffer, offset, length);
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
