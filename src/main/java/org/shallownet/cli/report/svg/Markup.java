package org.shallownet.cli.report.svg;

import java.util.ArrayDeque;
import java.util.Deque;
import org.shallownet.data.text.Printable;

/**
 * HTML or SVG under construction. Whatever is given as text or as an attribute's value is escaped,
 * and characters that are not seen are shown as escapes: names from data can't become markup.
 */
public final class Markup {
  private final StringBuilder text = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element.
   *
   * @param attributes names and values by turns
   */
  public Markup open(String name, String... attributes) {
    tag(name, attributes);
    text.append('>');
    open.push(name);
    return this;
  }

  /** Ends the element that began last. */
  public Markup close() {
    text.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Adds an element without content. */
  public Markup empty(String name, String... attributes) {
    tag(name, attributes);
    text.append("/>");
    return this;
  }

  /** Adds an element that holds a text. */
  public Markup element(String name, String content, String... attributes) {
    return open(name, attributes).text(content).close();
  }

  /** Adds text. */
  public Markup text(String content) {
    text.append(escaped(content));
    return this;
  }

  /** Adds what is markup already. */
  public Markup raw(String markup) {
    text.append(markup);
    return this;
  }

  private void tag(String name, String... attributes) {
    if (attributes.length % 2 != 0) {
      throw new IllegalArgumentException("an attribute of <" + name + "> has no value");
    }
    text.append('<').append(name);
    for (int i = 0; i < attributes.length; i += 2) {
      text.append(' ').append(attributes[i]).append("=\"");
      text.append(escaped(attributes[i + 1])).append('"');
    }
  }

  private static String escaped(String content) {
    String visible = Printable.text(content);
    StringBuilder escaped = new StringBuilder(visible.length());
    for (int i = 0; i < visible.length(); i++) {
      char c = visible.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  /** A coordinate, to a tenth. */
  public static String number(double value) {
    long tenths = Math.round(value * 10);
    return tenths % 10 == 0 ? Long.toString(tenths / 10) : Double.toString(tenths / 10.0);
  }

  /**
   * All of it.
   *
   * @throws IllegalStateException if an element has not ended
   */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("<" + open.peek() + "> has not ended");
    }
    return text.toString();
  }
}
