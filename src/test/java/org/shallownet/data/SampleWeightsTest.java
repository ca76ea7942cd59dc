package org.shallownet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.features.RowIndex;

class SampleWeightsTest {
  private static final SampleWeights WEIGHTS = SampleWeights.of(1, 0, 2.5f, 4);

  private static Dataset data() {
    return new Dataset(
        List.of("x"),
        FloatTable.of(new float[][] {{0}, {1}, {2}, {3}}),
        "y",
        new Target.Numbers(new double[] {0, 10, 20, 30}));
  }

  private static void assertWeights(SampleWeights weights, float... expected) {
    assertThat(weights.rows()).isEqualTo(expected.length);
    for (int row = 0; row < expected.length; row++) {
      assertThat(weights.get(row)).as("row %d", row).isEqualTo(expected[row]);
    }
  }

  @Test
  void theyAreWhatWasGiven() {
    assertWeights(WEIGHTS, 1, 0, 2.5f, 4);
    assertThat(WEIGHTS.total()).isEqualTo(7.5);
    assertThatThrownBy(() -> WEIGHTS.get(4)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void minusZeroIsZero() {
    assertThat(Float.floatToRawIntBits(SampleWeights.of(1, -0f).get(1))).isZero();
  }

  @ParameterizedTest
  @ValueSource(floats = {-1, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNoWeightIsRefused(float weight) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SampleWeights.of(1, weight))
        .withMessage(
            "the weight of row 1 is "
                + weight
                + "; a weight is a finite number that is not negative");
  }

  @Test
  void allZeroIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SampleWeights.of(0, 0))
        .withMessage("all weights are 0, so that no sample counts");
  }

  @Test
  void rowsAreSelectedWithTheirWeights() {
    Dataset selected = data().withWeights(WEIGHTS).select(3, 1);
    assertThat(selected.weights()).isNotNull();
    assertWeights(selected.weights(), 4, 0);
    assertThat(data().select(3, 1).weights()).isNull();
    assertThat(data().withWeights(WEIGHTS).select(1).weights().total()).isZero();
    assertThatThrownBy(() -> WEIGHTS.select(RowIndex.of(4)))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void weightsGoToTheSideThatTheirRowGoesTo() {
    float[] weights = {0.5f, 10.5f, 20.5f, 30.5f};
    Split split = data().withWeights(SampleWeights.of(weights)).split(0.5, 3);
    for (Dataset part : List.of(split.train(), split.dev())) {
      Target.Numbers target = (Target.Numbers) part.target();
      for (long row = 0; row < part.rows(); row++) {
        assertThat(part.weights().get(row)).isEqualTo((float) (target.value(row) + 0.5));
      }
    }
  }

  @Test
  void theirNumberIsTheRows() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> data().withWeights(SampleWeights.of(1, 2)))
        .withMessage("4 rows of features but 2 weights");
    assertThat(data().withWeights(WEIGHTS).withWeights(null).weights()).isNull();
  }
}
