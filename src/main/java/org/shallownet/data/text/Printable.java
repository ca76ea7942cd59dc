package org.shallownet.data.text;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Text from files as people may see it: a file must not drive a terminal, nor hide or reorder what
 * is said about it.
 */
public final class Printable {
  private static final char ZERO_WIDTH_NON_JOINER = '\u200c';
  private static final char ZERO_WIDTH_JOINER = '\u200d';

  /** Names of nodes may be long paths, which are of use only as a whole. */
  private static final int LONGEST_NAME = 200;

  private Printable() {}

  /** A name in a message: in quotes, {@link #shortened}. */
  public static String quoted(String name) {
    return "'" + shortened(name) + "'";
  }

  /** The {@link #text} of a name, of which a very long one is cut. */
  public static String shortened(String name) {
    if (name.length() <= LONGEST_NAME) {
      return text(name);
    }
    int end = name.offsetByCodePoints(0, name.codePointCount(0, LONGEST_NAME));
    return text(name.substring(0, end)) + "…";
  }

  /**
   * The text with characters that are not seen as escapes of Java: {@code \n}, {@code \r}, {@code
   * \t} and for others such as {@code \}{@code u001b}. These are control characters, separators of
   * lines, marks of direction and other formats except for joiners, and halves of surrogate pairs.
   */
  public static String text(String text) {
    if (isPrintable(text)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              if (isPrintable(point)) {
                escaped.appendCodePoint(point);
              } else {
                for (char unit : Character.toChars(point)) {
                  escaped.append(escape(unit));
                }
              }
            });
    return escaped.toString();
  }

  /** Whether {@link #text} leaves a text as it is. */
  public static boolean isPrintable(String text) {
    return text.codePoints().allMatch(Printable::isPrintable);
  }

  private static boolean isPrintable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      case Character.FORMAT -> point == ZERO_WIDTH_NON_JOINER || point == ZERO_WIDTH_JOINER;
      default -> true;
    };
  }

  private static String escape(char unit) {
    return switch (unit) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> String.format(Locale.ROOT, "\\u%04x", (int) unit);
    };
  }

  /**
   * A text as one word for a shell. One with characters that are not seen is written as {@code
   * $'…'}, which POSIX has since 2024 and bash, ksh and zsh know for long.
   */
  public static String shellWord(String text) {
    if (text.matches("[A-Za-z0-9_.,:/@%+=-]+")) {
      return text;
    }
    if (isPrintable(text)) {
      return "'" + text.replace("'", "'\\''") + "'";
    }
    StringBuilder word = new StringBuilder("$'");
    text.codePoints()
        .forEach(
            point -> {
              if (point == '\'' || point == '\\') {
                word.append('\\').appendCodePoint(point);
              } else if (isPrintable(point)) {
                word.appendCodePoint(point);
              } else {
                for (byte b : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
                  word.append(String.format(Locale.ROOT, "\\%03o", b & 0xFF));
                }
              }
            });
    return word.append('\'').toString();
  }
}
