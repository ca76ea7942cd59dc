package org.shallownet.data.csv;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.DataException;
import org.shallownet.data.TableOptions;
import org.shallownet.data.text.NumberSyntax;
import org.shallownet.data.text.Numeric;

/** Looks at the first rows of a CSV file to find out how it is written. */
final class CsvSniffer {
  private static final int MOST_ROWS = 200;
  private static final char[] SEPARATORS = {',', ';', '\t', '|'};
  private static final Pattern DECIMAL_COMMA = Pattern.compile("[-+]?\\d++,\\d++([eE][-+]?\\d++)?");
  private static final Pattern DECIMAL_POINT =
      Pattern.compile("[-+]?\\d*+\\.\\d++([eE][-+]?\\d++)?");
  private static final Pattern GROUPED = Pattern.compile("[-+]?\\d{1,3}(,\\d{3})++");
  private static final int LONGEST_NUMBER = 64;

  private CsvSniffer() {}

  /**
   * How a file is written.
   *
   * @param format with nothing open
   * @param columns how many columns it has
   */
  record Finding(CsvFormat format, int columns) {}

  /**
   * Looks at a file.
   *
   * @param file its name, for messages
   * @param start its first bytes, perhaps all
   * @param cut whether there are more, so that the last row may be cut off
   * @param options what the user has said of it
   * @throws DataException if its first row looks like any other
   */
  static Finding look(String file, byte[] start, boolean cut, TableOptions options) {
    CsvFormat said = options.format();
    String text = new String(start, StandardCharsets.UTF_8);
    Rows read = said.separator() == null ? separated(text, cut, said) : rows(text, cut, said, 1);
    CsvFormat format = read.format;
    List<List<String>> rows = read.rows;
    if (format.decimal() == null) {
      format = format.withDecimal(hasDecimalCommas(format, rows) ? ',' : '.');
    }
    if (format.header() == null) {
      if (rows.size() > 1) {
        requireHeader(file, format, read, options.columns());
      }
      format = format.withHeader(true);
    }
    return new Finding(format, rows.isEmpty() ? 0 : rows.get(0).size());
  }

  /**
   * The rows with the first separator that makes a table of the text: of all of it rather than of
   * its rows up to one that breaks the grammar, and with decimal commas rather than with commas
   * between fields.
   */
  private static Rows separated(String text, boolean cut, CsvFormat said) {
    @Nullable Rows whole = null;
    @Nullable Rows broken = null;
    for (char candidate : SEPARATORS) {
      Rows read = rows(text, cut, said.withSeparator(candidate), 2);
      if (isTable(read.rows)) {
        if (read.broken) {
          broken = broken == null ? read : broken;
        } else if (whole == null
            || (whole.format.fieldSeparator() == ','
                && hasOnlyDecimalCommas(read.format, read.rows))) {
          whole = read;
        }
      }
    }
    if (whole != null) {
      return whole;
    }
    return broken != null ? broken : rows(text, cut, said.withSeparator(','), 1);
  }

  /**
   * The first rows of a text.
   *
   * @param format how they were read
   * @param lines the line where each begins
   * @param broken whether what follows them breaks the grammar
   */
  private record Rows(
      CsvFormat format, List<List<String>> rows, List<Long> lines, boolean broken) {}

  /**
   * The first rows of a text.
   *
   * @param fewestFields only the first row is read if it has fewer. A file is looked at before
   *     anything is compiled, and what is read with a wrong separator also keeps Java's compiler
   *     from what reads the rest.
   */
  private static Rows rows(String text, boolean cut, CsvFormat format, int fewestFields) {
    List<List<String>> rows = new ArrayList<>();
    List<Long> lines = new ArrayList<>();
    // From a reader FastCSV takes no more than it needs.
    try (CsvReader<CsvRecord> reader =
        CsvGrammar.rows(format).ofCsvRecord(new StringReader(text))) {
      for (CsvRecord each : reader) {
        if (rows.size() == MOST_ROWS) {
          return new Rows(format, rows, lines, false);
        }
        lines.add(each.getStartingLineNumber());
        rows.add(each.getFields().stream().map(String::strip).toList());
        if (rows.get(0).size() < fewestFields) {
          return new Rows(format, rows, lines, false);
        }
      }
      if (cut && rows.size() > 1) {
        rows.remove(rows.size() - 1);
      }
    } catch (IOException | UncheckedIOException | CsvParseException e) {
      // What is wrong is said by whoever reads all of it.
      return new Rows(format, rows, lines, true);
    }
    return new Rows(format, rows, lines, false);
  }

  /** Whether all rows have the same number of fields, more than one. */
  private static boolean isTable(List<List<String>> rows) {
    if (rows.isEmpty() || rows.get(0).size() < 2) {
      return false;
    }
    int fields = rows.get(0).size();
    return rows.stream().allMatch(row -> row.size() == fields);
  }

  /** Whether there are decimal commas, and no commas but these. */
  private static boolean hasOnlyDecimalCommas(CsvFormat format, List<List<String>> rows) {
    return hasDecimalCommas(format, rows)
        && rows.stream()
            .flatMap(List::stream)
            .allMatch(cell -> cell.indexOf(',') < 0 || isDecimalComma(cell));
  }

  private static boolean isDecimalComma(String cell) {
    return cell.length() <= LONGEST_NUMBER && DECIMAL_COMMA.matcher(cell).matches();
  }

  private static boolean hasDecimalCommas(CsvFormat format, List<List<String>> rows) {
    if (format.fieldSeparator() == ',' || format.thousands() != null) {
      return false;
    }
    boolean comma = false;
    for (List<String> row : rows) {
      for (String cell : row) {
        if (cell.length() <= LONGEST_NUMBER) {
          // 160,000 may be either, so it decides nothing.
          comma |= isDecimalComma(cell) && !GROUPED.matcher(cell).matches();
          if (DECIMAL_POINT.matcher(cell).matches()) {
            return false;
          }
        }
      }
    }
    return comma;
  }

  /** Whether all columns that are asked for by name, and some are, stand in a row. */
  private static boolean names(List<String> row, Columns wanted) {
    List<String> asked = new ArrayList<>(wanted.targets());
    if (wanted.features() != null) {
      asked.addAll(wanted.features());
    }
    if (wanted.weights() != null) {
      asked.add(wanted.weights());
    }
    return row.containsAll(asked)
        && asked.stream().anyMatch(name -> Double.isNaN(Numeric.parseDouble(name)));
  }

  private static void requireHeader(String file, CsvFormat format, Rows read, Columns wanted) {
    NumberSyntax syntax = format.numbers();
    List<List<String>> rows = read.rows;
    List<String> first = rows.get(0);
    if (names(first, wanted)) {
      int again = rows.subList(1, rows.size()).indexOf(first) + 1;
      if (again == 0) {
        return;
      }
      throw new DataException(
          file
              + ", line "
              + read.lines.get(again)
              + ": the row that names the columns stands here again; take it out, or if the first"
              + " row does not name them, read the file with --no-header");
    }
    int numbers = 0;
    int words = 0;
    int recurring = 0;
    for (int c = 0; c < first.size(); c++) {
      String cell = first.get(c);
      if (!Double.isNaN(Numeric.parseDouble(syntax.plain(cell)))) {
        numbers++;
      } else if (!cell.isEmpty() && !TableOptions.MISSING.contains(cell)) {
        words++;
        recurring += column(rows, c).contains(cell) ? 1 : 0;
      }
    }
    String why;
    if (numbers > 0 && words == 0) {
      why = "holds numbers only";
    } else if (recurring > 0 && 2 * recurring >= words) {
      why = "holds words that stand in their columns again";
    } else {
      return;
    }
    throw new DataException(
        file
            + ", line 1: the first row "
            + why
            + ", so it seems not to name the columns; read it as a row with --no-header (columns are"
            + " then c0, c1, … and --target takes a number or last), or say that it names them with"
            + " --header");
  }

  private static Set<String> column(List<List<String>> rows, int c) {
    Set<String> cells = new HashSet<>();
    for (List<String> row : rows.subList(1, rows.size())) {
      if (c < row.size()) {
        cells.add(row.get(c));
      }
    }
    return cells;
  }
}
