package org.shallownet.data;

/**
 * Limits on JSON from anywhere, looked at before it is parsed: a parser that calls itself for what
 * is nested would fill the stack, and the time that a long number takes grows with the square of
 * its length.
 */
public final class JsonText {
  /** No number that means anything is longer. */
  private static final int LONGEST_NUMBER = 400;

  private JsonText() {}

  /**
   * Checks a text.
   *
   * @param deepest how many arrays and objects may be in one another
   * @throws DataException if there are more, or a number is too long
   */
  public static void check(String text, int deepest) {
    int depth = 0;
    int digits = 0;
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          quoted = false;
        }
        continue;
      }
      digits = isOfNumber(c) ? digits + 1 : 0;
      if (digits > LONGEST_NUMBER) {
        throw new DataException("a number is longer than " + LONGEST_NUMBER + " characters");
      }
      if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
      }
      if (depth > deepest) {
        throw new DataException("arrays and objects are nested more than " + deepest + " deep");
      }
    }
  }

  private static boolean isOfNumber(char c) {
    return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
  }
}
