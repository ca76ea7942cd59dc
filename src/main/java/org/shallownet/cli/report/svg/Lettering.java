package org.shallownet.cli.report.svg;

import org.shallownet.data.text.Printable;

/**
 * How wide text is in a plot, in the plot's units, and text that is cut to the room it has. Each
 * system brings letters of its own, so widths are those of a usual font without serifs, rounded up.
 */
public final class Lettering {
  private static final double NARROW = 3.6;
  private static final double USUAL = 6.6;
  private static final double CAPITAL = 8.2;
  private static final double BROAD = 10.6;

  /** Of Chinese, Japanese and Korean characters and of pictures: as wide as they are high. */
  private static final double SQUARE = 12.2;

  private static final int FIRST_HANGUL_JAMO = 0x1100;
  private static final int LAST_HANGUL_JAMO = 0x115F;
  private static final int FIRST_CJK = 0x2E80;
  private static final int LAST_CJK = 0xA4CF;
  private static final int FIRST_HANGUL = 0xAC00;
  private static final int LAST_HANGUL = 0xD7A3;
  private static final int FIRST_FULL_WIDTH = 0xFF00;
  private static final int LAST_FULL_WIDTH = 0xFF60;
  private static final int FIRST_PICTURE = 0x1F000;

  private Lettering() {}

  /** How wide a text is that is shown whole. */
  public static double width(String text) {
    return Printable.text(text).codePoints().mapToDouble(Lettering::width).sum();
  }

  private static double width(int point) {
    return switch (Character.getType(point)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> 0;
      case Character.UPPERCASE_LETTER -> point == 'I' ? NARROW : isBroad(point) ? BROAD : CAPITAL;
      default ->
          isSquare(point)
              ? SQUARE
              : isBroad(point) ? BROAD : " ijl.,:;'|!()[]".indexOf(point) >= 0 ? NARROW : USUAL;
    };
  }

  private static boolean isBroad(int point) {
    return "mwMW@%…—".indexOf(point) >= 0;
  }

  private static boolean isSquare(int point) {
    return (point >= FIRST_HANGUL_JAMO && point <= LAST_HANGUL_JAMO)
        || (point >= FIRST_CJK && point <= LAST_CJK)
        || (point >= FIRST_HANGUL && point <= LAST_HANGUL)
        || (point >= FIRST_FULL_WIDTH && point <= LAST_FULL_WIDTH)
        || point >= FIRST_PICTURE
        || Character.isIdeographic(point);
  }

  /** The text, of which no more is shown than there is room for. */
  public static String fitted(String text, double room) {
    String visible = Printable.text(text);
    double width = visible.codePoints().mapToDouble(Lettering::width).sum();
    if (width <= room) {
      return visible;
    }
    double left = room - width('…');
    int end = 0;
    while (end < visible.length()) {
      int point = visible.codePointAt(end);
      left -= width(point);
      if (left < 0) {
        break;
      }
      end += Character.charCount(point);
    }
    return visible.substring(0, end) + "…";
  }

  /**
   * Writes a text; where it is cut, pointing at it shows the whole.
   *
   * @param attributes names and values by turns
   */
  public static void write(Markup markup, String text, double room, String... attributes) {
    String shown = fitted(text, room);
    markup.open("text", attributes).text(shown);
    if (!shown.equals(Printable.text(text))) {
      markup.element("title", text);
    }
    markup.close();
  }
}
