package org.shallownet.data.text;

/**
 * How a table writes numbers.
 *
 * @param decimal what stands before the decimals
 * @param thousands what may stand between groups of three digits; 0 for nothing
 */
public record NumberSyntax(char decimal, char thousands) {
  /** Whether numbers are written as in Java: a decimal point, and nothing between digits. */
  public boolean isUsual() {
    return decimal == '.' && thousands == 0;
  }

  /** The number in ASCII text, rounded once to float32; NaN if there is none. */
  public float parse(byte[] text, int offset, int length) {
    if (isUsual()) {
      return Numeric.parseFloat(text, offset, length);
    }
    char[] chars = new char[length];
    for (int i = 0; i < length; i++) {
      chars[i] = (char) text[offset + i];
    }
    return parse(chars, 0, length);
  }

  /** The number in a text, rounded once to float32; NaN if there is none. */
  public float parse(char[] text, int offset, int length) {
    if (isUsual()) {
      return Numeric.parseFloat(text, offset, length);
    }
    String plain = plain(new String(text, offset, length).strip());
    return plain.isEmpty() ? Float.NaN : Numeric.parseFloat(plain.toCharArray(), 0, plain.length());
  }

  /** A number with a decimal point and nothing between its digits; other text as it is. */
  public String plain(String stripped) {
    if (isUsual()) {
      return stripped;
    }
    String whole = stripped;
    int point = stripped.indexOf(decimal);
    if (decimal != '.' && stripped.indexOf('.') >= 0 && thousands != '.') {
      return stripped.indexOf(decimal) < 0 && !Double.isNaN(Numeric.parseDouble(stripped))
          ? "'" + stripped + "'" // 1.5 where 1,5 is meant is a word, not a number
          : stripped;
    }
    if (thousands != 0 && whole.indexOf(thousands) >= 0) {
      if (!isGrouped(stripped, point < 0 ? stripped.length() : point)) {
        return stripped;
      }
      whole = whole.replace(String.valueOf(thousands), "");
    }
    return Double.isNaN(Numeric.parseDouble(whole.replace(decimal, '.')))
        ? stripped
        : whole.replace(decimal, '.');
  }

  /** Whether groups of three digits follow each separator up to the end. */
  private boolean isGrouped(String text, int end) {
    int digits = 0;
    boolean grouped = false;
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == thousands) {
        if (grouped ? digits != 3 : digits < 1 || digits > 3) {
          return false;
        }
        grouped = true;
        digits = 0;
      } else if (c >= '0' && c <= '9') {
        digits++;
      } else if (i > 0) {
        return false;
      }
    }
    return text.indexOf(thousands, end) < 0 && (!grouped || digits == 3);
  }
}
