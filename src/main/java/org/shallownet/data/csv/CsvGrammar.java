package org.shallownet.data.csv;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import org.shallownet.data.CsvFormat;

/**
 * What CSV is here, in one place: FastCSV's grammar (RFC 4180), with the separator and the comments
 * of a format. A quote opens a quoted field only where the field begins; a quote within is doubled;
 * a line ends with LF, CRLF or CR; a comment is a line that begins with its character.
 *
 * <p>Whatever is asked of a record is answered by FastCSV as configured here. Two classes know a
 * part of the grammar for speed, and are tested to agree with it: {@link RecordBlocks}, where a
 * record ends, and {@link CsvRows}, what a field is as long as nothing is quoted.
 */
final class CsvGrammar {
  /** No field may be longer; a quote that is never closed is found here. */
  static final int MOST_FIELD_CHARS = 1 << 20;

  private CsvGrammar() {}

  /** A reader of all records, blank lines among them, however many fields each has. */
  static CsvReader.CsvReaderBuilder reader(CsvFormat format) {
    CsvReader.CsvReaderBuilder builder = CsvReader.builder();
    Character comment = format.comment();
    if (comment != null) {
      builder.commentStrategy(CommentStrategy.SKIP).commentCharacter(comment);
    }
    return builder
        .fieldSeparator(format.fieldSeparator())
        .skipEmptyLines(false)
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .allowUnclosedQuote(false)
        .maxBufferSize(MOST_FIELD_CHARS);
  }

  /** Whether FastCSV stopped at a field that is longer than {@link #MOST_FIELD_CHARS}. */
  static boolean isTooLong(CsvParseException e) {
    return String.valueOf(e.getMessage()).contains("buffer size");
  }

  /** The same without blank lines, for those who only look at cells. */
  static CsvReader.CsvReaderBuilder rows(CsvFormat format) {
    return reader(format).skipEmptyLines(true);
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
}
