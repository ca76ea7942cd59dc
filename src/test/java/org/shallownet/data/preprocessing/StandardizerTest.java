package org.shallownet.data.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.data.DataException;
import org.shallownet.data.features.FloatTable;

class StandardizerTest {
  private final List<String> warnings = new ArrayList<>();

  private Standardizer fit(float[]... rows) {
    List<String> names = IntStream.range(0, rows[0].length).mapToObj(i -> "x" + i).toList();
    return Standardizer.fit(FloatTable.of(rows), names, warnings::add);
  }

  private static float[][] column(float... values) {
    float[][] rows = new float[values.length][1];
    for (int i = 0; i < values.length; i++) {
      rows[i][0] = values[i];
    }
    return rows;
  }

  @Test
  void aWorkedExample() {
    Standardizer standardizer = fit(column(1, 3));
    assertThat(standardizer.mean()).containsExactly(2);
    assertThat(standardizer.factor()).containsExactly(1);
    Standardizer another = fit(new float[] {2, 10}, new float[] {4, 30}, new float[] {9, 20});
    assertThat(another.mean()).containsExactly(5, 20);
    assertThat(another.factor())
        .containsExactly((float) Math.sqrt(3 / 26.0), (float) Math.sqrt(3 / 200.0));
    float[] values = {99, 2, 10, 9, 20};
    another.apply(values, 1, 2);
    assertThat(values[0]).isEqualTo(99);
    assertThat(values[1]).isEqualTo(-3 * (float) Math.sqrt(3 / 26.0));
    assertThat(values[4]).isZero();
    assertThat(warnings).isEmpty();
  }

  @Test
  void manyRowsHaveMeanZeroAndDeviationOne() {
    Random random = new Random(3);
    int columns = 7;
    float[][] rows = new float[30_000][columns];
    for (float[] row : rows) {
      for (int c = 0; c < columns; c++) {
        row[c] = (float) (random.nextGaussian() * Math.pow(10, c - 3) + 100 * Math.pow(10, c - 3));
      }
    }
    Standardizer standardizer = fit(rows);
    double[] sum = new double[columns];
    double[] squares = new double[columns];
    for (float[] row : rows) {
      standardizer.apply(row, 0, 1);
      for (int c = 0; c < columns; c++) {
        sum[c] += row[c];
        squares[c] += (double) row[c] * row[c];
      }
    }
    for (int c = 0; c < columns; c++) {
      assertThat(sum[c] / rows.length).isCloseTo(0, within(1e-5));
      assertThat(squares[c] / rows.length).isCloseTo(1, within(1e-5));
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void constantColumnsHaveFactorZeroAndOneWarning() {
    float[] row = {0.1f, 1, 2, 3, 4, 5, 6, 7};
    float[][] rows = new float[1001][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row.clone();
      rows[i][7] = i;
    }
    Standardizer standardizer = fit(rows);
    assertThat(standardizer.factor()).startsWith(0, 0, 0, 0, 0, 0, 0);
    assertThat(standardizer.factor()[7]).isPositive();
    assertThat(standardizer.mean()[0]).isEqualTo(0.1f);
    assertThat(warnings)
        .containsExactly(
            "columns 'x0', 'x1', 'x2', 'x3', 'x4' and 2 more are constant and can't help to predict");
    warnings.clear();
    fit(column(4));
    assertThat(warnings).containsExactly("column 'x0' is constant and can't help to predict");
  }

  @Test
  void farFromZeroWarns() {
    fit(new float[] {1_000_000, 1}, new float[] {1_000_001, 2});
    assertThat(warnings)
        .containsExactly(
            "column 'x0' lies far from 0 compared with its deviation, so that float32 loses digits of"
                + " it; subtract an offset first");
    // Means of 9,999 and 10,001 deviations.
    warnings.clear();
    fit(new float[] {9_998, 1}, new float[] {10_000, 2});
    assertThat(warnings).isEmpty();
    fit(new float[] {10_000, 1}, new float[] {10_002, 2});
    assertThat(warnings).hasSize(1);
  }

  @Test
  void extremesStayFinite() {
    float max = Float.MAX_VALUE;
    float tiny = Float.MIN_VALUE;
    for (float[] values :
        new float[][] {
          {1e38f, -1e38f, 0},
          {max, -max},
          {max, max, max, max, max, max, -max},
          {-max, -max, -max, max},
          {max, 0, 0, 0, 0, 0},
          {max, Math.nextDown(max)},
          {tiny, 0, tiny},
          {Float.MIN_NORMAL, -Float.MIN_NORMAL},
          {1e-38f, 3e-38f},
          {Float.MIN_NORMAL / 100, Float.MIN_NORMAL / 50, 3},
        }) {
      Standardizer standardizer = fit(column(values));
      float[] applied = values.clone();
      standardizer.apply(applied, 0, values.length);
      for (float x : applied) {
        assertThat(Float.isFinite(x)).as("%s", (Object) values).isTrue();
      }
      assertThat(Float.isFinite(standardizer.factor()[0])).isTrue();
    }
  }

  @Test
  void deviationsTooSmallForFloat32CountAsConstant() {
    assertThat(fit(column(Float.MIN_VALUE, 2 * Float.MIN_VALUE)).factor()).containsExactly(0);
    assertThat(warnings).hasSize(1);
    assertThat(fit(column(1e-38f, 3e-38f)).factor()[0]).isCloseTo(1e38f, within(1e33f));
    assertThat(warnings).hasSize(1);
  }

  @Test
  void valuesThatAreNotFiniteAreRefused() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertThatThrownBy(() -> fit(new float[] {1, 2}, new float[] {3, bad}))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "the feature 'x1' has a value that is not a finite number; correct it or remove the"
                  + " row");
    }
    assertThatThrownBy(() -> fit(column(Float.POSITIVE_INFINITY)))
        .isInstanceOf(DataException.class);
  }
}
