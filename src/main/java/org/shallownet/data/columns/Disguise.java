package org.shallownet.data.columns;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.text.Numeric;

/** Numbers that are written in a way that has to be told: 160,000 or $1,200 or 45% or 16,5. */
enum Disguise {
  THOUSANDS(
      "has a comma between its digits; read it with --thousands , or, if that is a decimal comma,"
          + " with --decimal ,"),
  DECIMAL("has a decimal comma; read it with --decimal ,"),
  SIGN("is a number with a sign around it; write the number alone");

  private static final Pattern GROUPED = Pattern.compile("[-+]?\\d{1,3}(,\\d{3})++(\\.\\d*+)?");
  private static final Pattern COMMA = Pattern.compile("[-+]?\\d++,\\d++([eE][-+]?\\d++)?");
  private static final Pattern SIGNED =
      Pattern.compile("[-+]?[$€£¥] ?\\d[\\d,]*+(\\.\\d*+)?|[-+]?\\d[\\d,]*+(\\.\\d*+)? ?[%$€£¥]");
  private static final String STARTS = "-+$€£¥0123456789";
  private static final int LONGEST = 64;

  private final String advice;

  Disguise(String advice) {
    this.advice = advice;
  }

  /** How a cell disguises a number; null if it is none. */
  static @Nullable Disguise of(String cell) {
    // Most cells are words, which their first characters show.
    if (cell.isEmpty() || cell.length() > LONGEST || STARTS.indexOf(cell.charAt(0)) < 0) {
      return null;
    }
    if (GROUPED.matcher(cell).matches()) {
      return THOUSANDS;
    }
    if (COMMA.matcher(cell).matches()) {
      return DECIMAL;
    }
    return SIGNED.matcher(cell).matches() ? SIGN : null;
  }

  /** The part of a sentence that says what is wrong with a target's cell and what to do. */
  String explain(String cell) {
    return Numeric.quote(cell) + " " + advice;
  }

  /** The same for a feature, which may be read as words instead. */
  String explain(String cell, String feature) {
    return explain(cell)
        + (this == SIGN
            ? ", or read the column as words with --categorical "
                + ColumnNames.argument(List.of(feature))
            : "");
  }
}
