package org.shallownet.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConfusionsTest {
  @Test
  void sumsAreWrittenAsCountsWhereTheyCanBe() {
    assertThat(Confusions.text(1234)).isEqualTo("1,234");
    assertThat(Confusions.text(0.25)).isEqualTo("0.2500");
    assertThat(Confusions.text(1e20)).isEqualTo("1.000e+20");
    assertThat(Confusions.text(3e38)).isEqualTo("3.000e+38");
  }
}
