package org.shallownet.data.csv;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.shallownet.data.CsvFormat;

/** A way to write tables as CSV, drawn by chance, and what has to be said of it to read them. */
final class Dialect {
  final char separator;
  final char decimal;

  /** What stands between groups of three digits; 0 for nothing. */
  final char thousands;

  /** Whether the first row names the columns. */
  final boolean header;

  /** Whether nothing needs quotes, and all is ASCII. */
  final boolean plain;

  /** Whether the separator is left for the reader to find. */
  final boolean separatorIsFound;

  private final Random random;
  private final boolean comments;
  private final String lineEnd;
  private final boolean byteOrderMark;
  private final boolean packed;
  private final boolean blankLines;
  private final double quoted;
  private final double padded;

  /** The next draws of a generator. */
  Dialect(Random random) {
    this.random = random;
    plain = random.nextInt(3) == 0;
    separator = pick(",", ",", ";", "\t", "|").charAt(0);
    // A comma between the decimals of a file of commas needs quotes.
    decimal = (plain && separator == ',') || random.nextInt(3) > 0 ? '.' : ',';
    char group = decimal == ',' ? '.' : pick(",", " ").charAt(0);
    boolean grouped = random.nextInt(4) == 0 && !(plain && group == separator);
    thousands = grouped ? group : 0;
    header = random.nextInt(4) > 0;
    separatorIsFound = random.nextBoolean();
    comments = random.nextInt(5) == 0;
    lineEnd = plain ? pick("\n", "\r\n") : pick("\n", "\r\n", "\r", "");
    byteOrderMark = random.nextInt(4) == 0;
    packed = random.nextInt(4) == 0;
    blankLines = random.nextInt(3) == 0;
    quoted = plain ? 0 : random.nextInt(3) / 2.0;
    padded = plain ? 0 : random.nextInt(3) / 4.0;
  }

  /** Whether lines that begin with # are no rows. */
  boolean comments() {
    return comments;
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** A number as it is written here. */
  String number(String plain) {
    String text = plain;
    int end = text.indexOf('.') < 0 ? text.length() : text.indexOf('.');
    boolean digitsOnly = text.chars().allMatch(c -> c == '-' || c == '.' || Character.isDigit(c));
    text = text.replace('.', decimal);
    if (thousands == 0 || !digitsOnly || random.nextBoolean()) {
      return text;
    }
    StringBuilder grouped = new StringBuilder(text);
    for (int i = end - 3; i > 0 && Character.isDigit(text.charAt(i - 1)); i -= 3) {
      grouped.insert(i, thousands);
    }
    return grouped.toString();
  }

  /**
   * What is said of it to a reader, by chance more than it needs.
   *
   * @param showsDecimals whether the table has numbers that can't be read without a decimal comma
   */
  CsvFormat format(boolean showsDecimals) {
    CsvFormat format = CsvFormat.AUTO;
    if (!separatorIsFound) {
      format = format.withSeparator(separator);
    }
    if (!showsDecimals || separator == ',' || thousands != 0 || random.nextBoolean()) {
      format = format.withDecimal(decimal);
    }
    if (thousands != 0) {
      format = format.withThousands(thousands);
    }
    if (!header || random.nextBoolean()) {
      format = format.withHeader(header);
    }
    return comments ? format.withComment('#') : format;
  }

  /** A file with these rows. */
  byte[] write(List<List<String>> rows) {
    StringBuilder text = new StringBuilder(byteOrderMark ? "\uFEFF" : "");
    for (int r = 0; r < rows.size(); r++) {
      between(text);
      List<String> row = rows.get(r);
      for (int c = 0; c < row.size(); c++) {
        text.append(c == 0 ? "" : separator).append(cell(row.get(c)));
      }
      text.append(r < rows.size() - 1 || random.nextBoolean() ? lineEnd() : "");
      if (r == rows.size() - 1 && blankLines) {
        text.append(lineEnd());
      }
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    return packed ? packed(bytes) : bytes;
  }

  /** Blank lines and comments, sometimes. */
  private void between(StringBuilder text) {
    while (blankLines && random.nextInt(5) == 0) {
      text.append(lineEnd());
    }
    while (comments && random.nextInt(5) == 0) {
      text.append(pick("#", "# note", "#a,\"b;c", "#\"", "# 1\t2|3")).append(lineEnd());
    }
  }

  private String lineEnd() {
    return lineEnd.isEmpty() ? pick("\n", "\r\n", "\r") : lineEnd;
  }

  private String cell(String text) {
    boolean needed =
        text.startsWith("\"")
            || text.startsWith("#")
            || text.indexOf(separator) >= 0
            || text.indexOf('\n') >= 0
            || text.indexOf('\r') >= 0;
    boolean pad = random.nextDouble() < padded;
    String cell = pad ? " ".repeat(random.nextInt(3)) + text + " " : text;
    return needed || random.nextDouble() < quoted ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }

  private static byte[] packed(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  @Override
  public String toString() {
    return String.format(
        "separator '%s'%s, decimal '%s', thousands '%s', %s, line ends '%s'%s%s%s%s",
        separator == '\t' ? "tab" : separator,
        separatorIsFound ? " to be found" : "",
        decimal,
        thousands == 0 ? "" : thousands,
        header ? "header" : "no header",
        lineEnd.isEmpty() ? "mixed" : lineEnd.replace("\r", "CR").replace("\n", "LF"),
        plain ? ", plain" : "",
        comments ? ", comments" : "",
        byteOrderMark ? ", byte order mark" : "",
        packed ? ", gzip" : "");
  }
}
