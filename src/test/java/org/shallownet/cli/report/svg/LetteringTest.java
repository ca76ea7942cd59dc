package org.shallownet.cli.report.svg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LetteringTest {
  @Test
  void wideCharactersNeedMoreRoomAndMarksNone() {
    assertThat(Lettering.width("売上高予測")).isGreaterThan(1.7 * Lettering.width("sales"));
    assertThat(Lettering.width("WMWM")).isGreaterThan(2 * Lettering.width("iiii"));
    assertThat(Lettering.width("e\u0301")).isEqualTo(Lettering.width("e"));
    assertThat(Lettering.width("😀")).isGreaterThan(Lettering.width("a"));
  }

  @Test
  void textIsCutToItsRoomBetweenCharacters() {
    assertThat(Lettering.fitted("months", 100)).isEqualTo("months");
    for (String name :
        new String[] {"a_very_long_name_of_a_column", "売上高予測売上高予測", "😀😀😀😀😀😀😀"}) {
      String shown = Lettering.fitted(name, 50);
      assertThat(shown).endsWith("…").hasSizeGreaterThan(1);
      assertThat(name).startsWith(shown.substring(0, shown.length() - 1));
      assertThat(Lettering.width(shown)).isLessThanOrEqualTo(50);
      assertThat(shown.codePoints())
          .noneMatch(point -> Character.getType(point) == Character.SURROGATE);
    }
  }

  @Test
  void whatIsCutIsShownWhenOnePointsAtIt() {
    Markup markup = new Markup();
    Lettering.write(markup, "a_long_name<", 30, "x", "1");
    Lettering.write(markup, "short", 300, "x", "1");
    assertThat(markup.toString())
        .contains("<title>a_long_name&lt;</title></text>", "<text x=\"1\">short</text>");
  }
}
