package org.shallownet.data.npy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the Python literals that {@code .npy} headers are made of: strings, whole numbers, {@code
 * True}, {@code False}, lists and tuples (both as {@link List}) and dictionaries (as {@link Map}).
 * The time is linear in the length.
 */
final class PythonLiteral {
  private static final int DEEPEST = 16;
  private final String text;
  private int at;

  private PythonLiteral(String text) {
    this.text = text;
  }

  /**
   * The literal's value.
   *
   * @throws IllegalArgumentException if it isn't one; the message says where
   */
  static Object parse(String text) {
    PythonLiteral parser = new PythonLiteral(text);
    Object value = parser.value(0);
    parser.skipBlanks();
    if (parser.at != text.length()) {
      throw parser.unexpected();
    }
    return value;
  }

  private Object value(int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("it is nested more than " + DEEPEST + " deep");
    }
    char next = peek();
    if (next == '{') {
      return dictionary(depth);
    }
    if (next == '(' || next == '[') {
      return list(next == '(' ? ')' : ']', depth);
    }
    if (next == '\'' || next == '"') {
      return string(next);
    }
    return word();
  }

  private Map<String, Object> dictionary(int depth) {
    Map<String, Object> entries = new LinkedHashMap<>();
    at++;
    while (peek() != '}') {
      char quote = peek();
      if (quote != '\'' && quote != '"') {
        throw unexpected();
      }
      String key = string(quote);
      expect(':');
      entries.put(key, value(depth + 1));
      endOfElement('}');
    }
    at++;
    return entries;
  }

  private List<Object> list(char end, int depth) {
    List<Object> elements = new ArrayList<>();
    at++;
    while (peek() != end) {
      elements.add(value(depth + 1));
      endOfElement(end);
    }
    at++;
    return elements;
  }

  private void endOfElement(char end) {
    if (peek() != end) {
      expect(',');
    }
  }

  private String string(char quote) {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      value.append(c == '\\' ? escaped() : c);
    }
    if (at == text.length()) {
      throw unexpected();
    }
    at++;
    return value.toString();
  }

  private char escaped() {
    char letter = at < text.length() ? text.charAt(at) : 0;
    at++;
    return switch (letter) {
      case '\\', '\'', '"' -> letter;
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'x' -> hexadecimal(2);
      case 'u' -> hexadecimal(4);
      default -> {
        at--;
        throw unexpected();
      }
    };
  }

  private char hexadecimal(int digits) {
    int value = 0;
    for (int end = at + digits; at < end; at++) {
      int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
      if (digit < 0) {
        throw unexpected();
      }
      value = value * 16 + digit;
    }
    return (char) value;
  }

  private Object word() {
    int start = at;
    while (at < text.length() && (isWord(text.charAt(at)) || text.charAt(at) == '-')) {
      at++;
    }
    String word = text.substring(start, at);
    if (word.equals("True") || word.equals("False")) {
      return word.equals("True");
    }
    try {
      // Python 2 wrote an L after long numbers.
      return Long.parseLong(word.endsWith("L") ? word.substring(0, word.length() - 1) : word);
    } catch (NumberFormatException e) {
      at = start;
      throw unexpected();
    }
  }

  private static boolean isWord(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private char peek() {
    skipBlanks();
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void expect(char wanted) {
    if (peek() != wanted) {
      throw unexpected();
    }
    at++;
  }

  private void skipBlanks() {
    while (at < text.length() && text.charAt(at) <= ' ') {
      at++;
    }
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException("its character " + (at + 1) + " is not expected there");
  }
}
