package org.shallownet.data;

import org.jspecify.annotations.Nullable;
import org.shallownet.data.text.NumberSyntax;

/**
 * How a CSV file writes a table; what is not said is found out by looking at its first rows.
 *
 * @param separator what stands between fields; null to look for a comma, semicolon, tab or bar
 * @param decimal what numbers have before their decimals, a point or a comma; null to look
 * @param thousands what stands between groups of three digits; null for nothing
 * @param header whether the first row names the columns; null for yes, and to refuse a first row
 *     that looks like any other
 * @param comment what lines begin with that are skipped; null for none
 */
public record CsvFormat(
    @Nullable Character separator,
    @Nullable Character decimal,
    @Nullable Character thousands,
    @Nullable Boolean header,
    @Nullable Character comment) {
  /** Everything is found out. */
  public static final CsvFormat AUTO = new CsvFormat(null, null, null, null, null);

  /** The same with this separator. */
  public CsvFormat withSeparator(char value) {
    return new CsvFormat(value, decimal, thousands, header, comment);
  }

  /** The same with this decimal point or comma. */
  public CsvFormat withDecimal(char value) {
    return new CsvFormat(separator, value, thousands, header, comment);
  }

  /** The same with this between groups of three digits. */
  public CsvFormat withThousands(char value) {
    return new CsvFormat(separator, decimal, value, header, comment);
  }

  /** The same with or without a row of names. */
  public CsvFormat withHeader(boolean value) {
    return new CsvFormat(separator, decimal, thousands, value, comment);
  }

  /** The same with lines of comments that begin with this. */
  public CsvFormat withComment(char value) {
    return new CsvFormat(separator, decimal, thousands, header, value);
  }

  /** How its numbers are written; a point where nothing is said. */
  public NumberSyntax numbers() {
    return new NumberSyntax(decimal == null ? '.' : decimal, thousands == null ? 0 : thousands);
  }

  /** The separator; a comma where nothing is said. */
  public char fieldSeparator() {
    return separator == null ? ',' : separator;
  }
}
