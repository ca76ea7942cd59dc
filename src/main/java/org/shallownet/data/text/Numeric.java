package org.shallownet.data.text;

import ch.randelshofer.fastdoubleparser.JavaDoubleParser;
import ch.randelshofer.fastdoubleparser.JavaFloatParser;
import java.util.Locale;
import java.util.regex.Pattern;

/** Numbers as tables write them: decimal, perhaps with an exponent, with a decimal point. */
public final class Numeric {
  /** Why a cell is not a number that can be used. */
  public enum Problem {
    MISSING,
    NOT_FINITE,
    TOO_LARGE,
    DECIMAL_COMMA,
    TEXT
  }

  private static final Pattern DECIMAL_COMMA = Pattern.compile("[-+]?\\d+(,\\d+)+([eE][-+]?\\d+)?");
  private static final int LONGEST_EXCERPT = 40;

  /** Longer ones are text: a pattern of repeated groups would fill the stack. */
  private static final int LONGEST_NUMBER = 64;

  private Numeric() {}

  /**
   * The number rounded once to float32; NaN if there is none or float32 can't hold it. Blanks
   * around it, as {@link String#strip} knows them, don't count.
   */
  static float parseFloat(char[] text, int offset, int length) {
    int begin = offset;
    int end = offset + length;
    while (end > begin && Character.isWhitespace(text[end - 1])) {
      end--;
    }
    while (begin < end && Character.isWhitespace(text[begin])) {
      begin++;
    }
    if (end == begin
        || !beginsLikeNumber(text[begin])
        || !endsLikeNumber(text[end - 1])
        || isHexadecimal(text, begin, end)) {
      return Float.NaN;
    }
    try {
      float value = JavaFloatParser.parseFloat(text, begin, end - begin);
      return Float.isFinite(value) ? value : Float.NaN;
    } catch (NumberFormatException e) {
      return Float.NaN;
    }
  }

  /**
   * {@link #parseFloat(char[], int, int)} for ASCII; NaN also where there are blanks before or
   * after the number.
   */
  static float parseFloat(byte[] text, int offset, int length) {
    if (length == 0
        || !beginsLikeNumber((char) text[offset])
        || !endsLikeNumber((char) text[offset + length - 1])
        || (length > 2 && (isX(text[offset + 1]) || isX(text[offset + 2])))) {
      return Float.NaN;
    }
    try {
      float value = JavaFloatParser.parseFloat(text, offset, length);
      return Float.isFinite(value) ? value : Float.NaN;
    } catch (NumberFormatException e) {
      return Float.NaN;
    }
  }

  /** Whether it makes 0x1p3 or -0x1p3 of what stands around it. */
  private static boolean isX(byte letter) {
    return letter == 'x' || letter == 'X';
  }

  /** The number in double; NaN if there is none or float32 can't hold it. */
  public static double parseDouble(String stripped) {
    double value = parseLargeDouble(stripped);
    return Float.isFinite((float) value) ? value : Double.NaN;
  }

  /** The same also of a number that float32 can't hold. */
  private static double parseLargeDouble(String stripped) {
    int length = stripped.length();
    if (length == 0
        || !beginsLikeNumber(stripped.charAt(0))
        || !endsLikeNumber(stripped.charAt(length - 1))
        || stripped.indexOf('x') >= 0
        || stripped.indexOf('X') >= 0) {
      return Double.NaN;
    }
    try {
      return JavaDoubleParser.parseDouble(stripped);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** Java's parsers also skip blanks, and what they refuse costs an exception. */
  private static boolean beginsLikeNumber(char first) {
    return (first >= '0' && first <= '9') || first == '.' || first == '-' || first == '+';
  }

  /** Java's parsers also take 1f, 1d, NaN and Infinity, which are no numbers here. */
  private static boolean endsLikeNumber(char last) {
    return (last >= '0' && last <= '9') || last == '.';
  }

  /** Java's parsers also take 0x1p3. */
  private static boolean isHexadecimal(char[] text, int offset, int end) {
    for (int i = offset; i < end; i++) {
      if (text[i] == 'x' || text[i] == 'X') {
        return true;
      }
      if (text[i] > '0') {
        return false;
      }
    }
    return false;
  }

  /** What is wrong with a cell that {@link #parseFloat} or {@link #parseDouble} refused. */
  public static Problem problem(String stripped) {
    switch (stripped.toLowerCase(Locale.ROOT)) {
      case "", "na", "n/a", "#n/a", "nan", "-nan", "+nan", "null" -> {
        return Problem.MISSING;
      }
      case "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity" -> {
        return Problem.NOT_FINITE;
      }
      default -> {
        if (stripped.length() <= LONGEST_NUMBER && DECIMAL_COMMA.matcher(stripped).matches()) {
          return Problem.DECIMAL_COMMA;
        }
        return Double.isInfinite((float) parseLargeDouble(stripped))
            ? Problem.TOO_LARGE
            : Problem.TEXT;
      }
    }
  }

  /** The sentence's part that says what is wrong and what to do. */
  public static String explain(Problem problem, String stripped) {
    return switch (problem) {
      case MISSING ->
          (stripped.isEmpty() ? "the value is missing" : quote(stripped) + " is a missing value")
              + "; fill it in or remove the row";
      case NOT_FINITE -> quote(stripped) + " is not a finite number; correct it or remove the row";
      case TOO_LARGE ->
          quote(stripped) + " is too large for float32 (at most 3.4e38); use another unit";
      case DECIMAL_COMMA ->
          quote(stripped)
              + " has a comma; write numbers with a decimal point and without thousands separators";
      case TEXT -> quote(stripped) + " is not a number; correct it or remove the row";
    };
  }

  /** In quotes, not too long, and with escapes for what is not seen: {@link Printable#text}. */
  public static String quote(String text) {
    if (text.length() <= LONGEST_EXCERPT) {
      return "'" + Printable.text(text) + "'";
    }
    int end = text.offsetByCodePoints(0, text.codePointCount(0, LONGEST_EXCERPT));
    return "'" + Printable.text(text.substring(0, end)) + "…'";
  }
}
