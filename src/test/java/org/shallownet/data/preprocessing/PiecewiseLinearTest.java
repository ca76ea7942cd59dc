package org.shallownet.data.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.data.TableTesting.all;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.shallownet.data.Dataset;
import org.shallownet.data.Schema;
import org.shallownet.data.Target;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.FloatTable;

class PiecewiseLinearTest {
  /** Columns of several kinds: smooth, far from 0, with few numbers, with one that is frequent. */
  private static float[][] rows(int rows, Random random) {
    float[][] table = new float[rows][5];
    for (float[] row : table) {
      row[0] = (float) random.nextGaussian();
      row[1] = 1e6f + 1000 * random.nextFloat();
      row[2] = random.nextInt(PiecewiseLinear.FEW_NUMBERS);
      row[3] = random.nextInt(4) > 0 ? 0 : (float) Math.exp(3 * random.nextGaussian());
      row[4] = random.nextInt(7);
    }
    return table;
  }

  /** The ends of a column's intervals, computed in double as the definition says. */
  private static double[] ends(float[][] rows, int column) {
    double[] sorted = new double[rows.length];
    for (int r = 0; r < rows.length; r++) {
      sorted[r] = rows[r][column];
    }
    Arrays.sort(sorted);
    TreeSet<Double> ends = new TreeSet<>();
    for (int q = 0; q <= 8; q++) {
      double place = q / 8.0 * (sorted.length - 1);
      int below = (int) Math.floor(place);
      int above = (int) Math.ceil(place);
      ends.add(sorted[below] + (place - below) * (sorted[above] - sorted[below]));
    }
    return ends.stream().mapToDouble(end -> end).toArray();
  }

  @Test
  void inputsAreThoseOfTheFormulaInDouble() {
    for (int seed = 0; seed < 40; seed++) {
      float[][] table = rows(20 + 37 * seed, new Random(seed));
      FloatTable features = FloatTable.of(table);
      PiecewiseLinear pieces =
          Objects.requireNonNull(PiecewiseLinear.fit(features, 5, true), "intervals");
      int next = 0;
      float[][] made = new float[table.length][pieces.inputs()];
      for (int r = 0; r < table.length; r++) {
        pieces.apply(table[r], 0, made[r], 0);
      }
      for (int c = 0; c < 5; c++) {
        double[] ends = ends(table, c);
        if (c == 2 || ends.length < 3) {
          continue;
        }
        for (int i = 0; i + 1 < ends.length; i++, next++) {
          assertThat(pieces.columns()[next]).isEqualTo(c);
          assertMade(table, c, ends[i], ends[i + 1], made, next);
        }
      }
      assertThat(pieces.inputs()).isEqualTo(next);
    }
  }

  private static void assertMade(
      float[][] table, int column, double start, double end, float[][] made, int input) {
    double[] expected = new double[table.length];
    double mean = 0;
    for (int r = 0; r < table.length; r++) {
      expected[r] = Math.min(Math.max((table[r][column] - start) / (end - start), 0), 1);
      mean += expected[r] / table.length;
    }
    double variance = 0;
    for (double value : expected) {
      variance += (value - mean) * (value - mean) / table.length;
    }
    for (int r = 0; r < table.length; r++) {
      double standard = (expected[r] - mean) / Math.sqrt(variance);
      // 1e6 has steps of 1/16 in float32, an interval some 125.
      assertThat((double) made[r][input]).isCloseTo(standard, within(column == 1 ? 5e-2 : 1e-3));
    }
  }

  @Test
  void columnsOfFewNumbersHaveNone() {
    float[][] table = new float[50][1];
    for (int r = 0; r < 50; r++) {
      table[r][0] = r % 4;
    }
    assertThat(PiecewiseLinear.fit(FloatTable.of(table), 1, true)).isNull();
    table[3][0] = 17;
    assertThat(PiecewiseLinear.fit(FloatTable.of(table), 1, true)).isNotNull();
    // States of a category are never cut into intervals, however many numbers there are.
    assertThat(PiecewiseLinear.fit(FloatTable.of(table), 0, true)).isNull();
  }

  @Test
  void aColumnOfWhichOneIntervalIsLeftHasNone() {
    float[][] table = new float[1000][1];
    for (int r = 0; r < 6; r++) {
      table[r][0] = r;
    }
    assertThat(PiecewiseLinear.fit(FloatTable.of(table), 1, true)).isNull();
  }

  @Test
  void theLargestNumbersAndTheSmallestStepsStayFinite() {
    float[][] table = new float[100][2];
    for (int r = 0; r < 100; r++) {
      table[r][0] = r % 2 == 0 ? Float.MAX_VALUE : -Float.MAX_VALUE / (r + 1);
      table[r][1] = r * Float.MIN_VALUE;
    }
    FloatTable features = FloatTable.of(table);
    PiecewiseLinear pieces = PiecewiseLinear.fit(features, 2, true);
    for (float value : all(inputs(features, Objects.requireNonNull(pieces)))) {
      assertThat(value).isFinite();
    }
  }

  private static FeatureTable inputs(FloatTable features, PiecewiseLinear pieces) {
    List<String> names = List.of("a", "b");
    return new Preprocessing(
            Schema.numbers(names), new float[] {Float.NaN, Float.NaN}, null, pieces)
        .inputsOf(features);
  }

  @Test
  void aLargeTableIsCutByRowsSpreadOverAllOfIt() {
    int rows = 300_001;
    FeatureTable counting =
        new FeatureTable() {
          @Override
          public long rows() {
            return rows;
          }

          @Override
          public int columns() {
            return 1;
          }

          @Override
          public void read(long first, int count, float[] destination, int offset) {
            for (int r = 0; r < count; r++) {
              destination[offset + r] = first + r;
            }
          }
        };
    PiecewiseLinear pieces = Objects.requireNonNull(PiecewiseLinear.fit(counting, 1, false));
    assertThat(pieces.inputs()).isEqualTo(8);
    for (int i = 0; i < 8; i++) {
      assertThat((double) pieces.starts()[i]).isCloseTo(i * rows / 8.0, within(3.0));
    }
  }

  @Test
  void plainInputsAreTheSameBitsWithPiecesBehindThem() {
    float[][] table = rows(200, new Random(3));
    Dataset data =
        new Dataset(
            List.of("a", "b", "c", "d", "e"),
            FloatTable.of(table),
            "y",
            new Target.Numbers(new double[200]));
    Preprocessing plain = Preprocessing.fit(data, true, warning -> {});
    Preprocessing both = plain.withPieces(data);
    assertThat(both.inputs()).isGreaterThan(5 + 8);
    assertThat(both.withoutPieces()).isEqualTo(plain);
    float[] small = all(plain.inputsOf(data.features()));
    float[] large = all(both.inputsOf(data.features()));
    for (int r = 0; r < 200; r++) {
      assertThat(Arrays.copyOfRange(large, r * both.inputs(), r * both.inputs() + 5))
          .isEqualTo(Arrays.copyOfRange(small, r * 5, r * 5 + 5));
    }
  }
}
