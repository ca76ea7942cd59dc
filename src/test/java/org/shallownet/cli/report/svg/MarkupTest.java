package org.shallownet.cli.report.svg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MarkupTest {
  @Test
  void textAndAttributesCantBecomeMarkup() {
    Markup markup = new Markup();
    markup.element("p", "<script>alert('a' & \"b\")</script>", "title", "\"><b>");
    assertThat(markup)
        .hasToString(
            "<p title=\"&quot;&gt;&lt;b&gt;\">&lt;script&gt;alert(&#39;a&#39; &amp;"
                + " &quot;b&quot;)&lt;/script&gt;</p>");
  }

  @Test
  void charactersThatAreNotSeenAreShown() {
    assertThat(new Markup().text("a\u0000\u001b\u202eb")).hasToString("a\\u0000\\u001b\\u202eb");
  }

  @Test
  void numbersAreTenths() {
    assertThat(Markup.number(12.04)).isEqualTo("12");
    assertThat(Markup.number(-0.26)).isEqualTo("-0.3");
  }

  @Test
  void everyElementEnds() {
    Markup markup = new Markup().open("svg").open("g").close();
    assertThatThrownBy(markup::toString)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("<svg> has not ended");
  }
}
