package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.network.Activation;

class DefaultsTest {
  /** A table of zeros of any size. */
  private static Dataset table(int rows, int columns) {
    FeatureTable zeros =
        new FeatureTable() {
          @Override
          public long rows() {
            return rows;
          }

          @Override
          public int columns() {
            return columns;
          }

          @Override
          public void read(long first, int count, float[] destination, int offset) {}
        };
    return new Dataset(
        Collections.nCopies(columns, "x"), zeros, "y", new Target.Numbers(new double[rows]));
  }

  @Test
  void smallTablesGetTanhAndLargeOnesRelu() {
    assertThat(Defaults.network(table(999, 3)).hidden().get(0).activation())
        .isEqualTo(Activation.TANH);
    assertThat(Defaults.network(table(1000, 3)).hidden().get(0).activation())
        .isEqualTo(Activation.RELU);
    assertThat(Defaults.network(table(10, 3)).sizes()).isEqualTo("3-64-1");
  }

  @Test
  void l2FadesWithTheRowsAndHasALimit() {
    assertThat(Defaults.settings(table(100, 30)).l2()).isEqualTo(0.02);
    assertThat(Defaults.settings(table(1000, 20)).l2()).isCloseTo(1.8e-3, within(1e-12));
    assertThat(Defaults.settings(table(1_000_000, 30)).l2()).isLessThan(1e-11);
  }

  @Test
  void batchesGrowSoThatAnEpochHasNoMoreThanAThousandSteps() {
    assertThat(Defaults.settings(table(32_768, 1)).batchSize()).isEqualTo(32);
    assertThat(Defaults.settings(table(32_769, 1)).batchSize()).isEqualTo(64);
    assertThat(Defaults.settings(table(1_000_000, 1)).batchSize()).isEqualTo(1024);
    assertThat(Defaults.settings(table(5_000_000, 1)).batchSize()).isEqualTo(1024);
  }
}
