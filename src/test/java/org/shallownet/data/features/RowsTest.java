package org.shallownet.data.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shallownet.data.TableTesting.all;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.data.Target;

class RowsTest {
  private static FloatTable table(int rows, int columns, int blockFloats) {
    FloatTable.Builder builder = new FloatTable.Builder(columns, blockFloats);
    for (int r = 0; r < rows; r++) {
      float[] row = new float[columns];
      for (int c = 0; c < columns; c++) {
        row[c] = r * 10 + c;
      }
      builder.add(row);
    }
    return builder.build();
  }

  @Test
  void blocksMakeNoDifference() {
    for (int blockFloats : new int[] {1, 3, 4, 7, 1024}) {
      FloatTable table = table(1000, 3, blockFloats);
      assertThat(table.rows()).isEqualTo(1000);
      for (int first : new int[] {0, 1, 255, 256, 257, 999}) {
        int count = Math.min(300, 1000 - first);
        float[] read = new float[count * 3 + 2];
        table.read(first, count, read, 2);
        for (int i = 0; i < count * 3; i++) {
          assertThat(read[i + 2]).isEqualTo((first + i / 3) * 10 + i % 3);
        }
      }
    }
    FloatTable table = table(3, 1, 2);
    assertThatThrownBy(() -> table.read(2, 2, new float[2], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> table.read(-1, 1, new float[2], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  /** Counts how often a table is read. */
  private static final class CountingTable implements FeatureTable {
    private int reads;

    @Override
    public long rows() {
      return 10_000_000_000L;
    }

    @Override
    public int columns() {
      return 1;
    }

    @Override
    public void read(long first, int count, float[] destination, int offset) {
      reads++;
      for (int i = 0; i < count; i++) {
        destination[offset + i] = (first + i) % 1000;
      }
    }
  }

  @Test
  void runsOfRowsAreReadAtOnceAndRowsMayBeBeyondAnInt() {
    CountingTable table = new CountingTable();
    FeatureTable selected =
        table.select(
            RowIndex.of(5_000_000_007L, 5_000_000_008L, 5_000_000_009L, 3, 2, 9_999_999_999L));
    float[] read = new float[6];
    selected.read(0, 6, read, 0);
    assertThat(read).containsExactly(7, 8, 9, 3, 2, 999);
    assertThat(table.reads).isEqualTo(4);
    read = new float[3];
    selected.select(RowIndex.of(5, 0, 1)).read(0, 3, read, 0);
    assertThat(read).containsExactly(999, 7, 8);
    assertThatThrownBy(() -> table.select(RowIndex.of(10_000_000_000L)))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> RowIndex.of(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> RowIndex.of(1).get(1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void selectionsOfSelectionsKeepRowsTogether() {
    int rows = 20_000;
    FloatTable table = table(rows, 2, 100);
    Target target = new Target.Numbers(IntStream.range(0, rows).asDoubleStream().toArray());
    Dataset data = new Dataset(List.of("a", "b"), table, "t", target);
    Random random = new Random(1);
    for (int round = 0; round < 3; round++) {
      long size = data.rows();
      data = data.select(random.longs(size / 2, 0, size).sorted().toArray());
    }
    float[] read = all(data.features());
    for (int i = 0; i < data.rows(); i++) {
      double row = ((Target.Numbers) data.target()).value(i);
      assertThat(read[2 * i]).isEqualTo((float) row * 10);
      assertThat(read[2 * i + 1]).isEqualTo((float) row * 10 + 1);
    }
  }

  private static Dataset classes(int... codes) {
    return new Dataset(
        List.of("x"),
        table(codes.length, 1, 1024),
        "t",
        new Target.Classes(List.of("a", "b", "c"), codes));
  }

  private static List<Integer> rows(Dataset data) {
    List<Integer> rows = new ArrayList<>();
    for (float x : all(data.features())) {
      rows.add((int) x / 10);
    }
    return rows;
  }

  private static long count(Dataset data, int code) {
    Target.Classes classes = (Target.Classes) data.target();
    return IntStream.range(0, (int) data.rows()).filter(i -> classes.code(i) == code).count();
  }

  @Test
  void splitsKeepSharesAndOrderAndAreSeeded() {
    int[] codes = new int[1000];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = i % 10 == 0 ? 2 : i % 3 == 0 ? 1 : 0;
    }
    Dataset data = classes(codes);
    Split split = data.split(0.15, 7);
    assertThat(split.dev().rows()).isEqualTo(150);
    for (int c = 0; c < 3; c++) {
      assertThat((double) count(split.dev(), c))
          .isBetween(0.15 * count(data, c) - 1, 0.15 * count(data, c) + 1);
    }
    assertThat(rows(split.train())).isSorted().doesNotHaveDuplicates();
    assertThat(rows(split.dev())).isSorted().doesNotContainAnyElementsOf(rows(split.train()));
    assertThat(split.train().rows() + split.dev().rows()).isEqualTo(1000);
    assertThat(rows(data.split(0.15, 7).dev())).isEqualTo(rows(split.dev()));
    assertThat(rows(data.split(0.15, 8).dev())).isNotEqualTo(rows(split.dev()));
  }

  /** Shares of 2.4, 1.6 and 0.8 rows of 5: the largest remainders are rounded up. */
  @Test
  void sharesAreRoundedToTheNearestWholeRows() {
    Dataset data = classes(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2);
    Dataset dev = data.split(0.4, 3).dev();
    assertThat(dev.rows()).isEqualTo(5);
    assertThat(count(dev, 0)).isEqualTo(2);
    assertThat(count(dev, 1)).isEqualTo(2);
    assertThat(count(dev, 2)).isEqualTo(1);
    // Of 9 rows 1.35 are asked for, of 10 rows 1.5.
    assertThat(classes(new int[9]).split(0.15, 3).dev().rows()).isEqualTo(1);
    assertThat(classes(new int[10]).split(0.15, 3).dev().rows()).isEqualTo(2);
  }

  @Test
  void everyRowIsAsLikelyInTheDevSet() {
    Dataset data = classes(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    int[] drawn = new int[10];
    for (int seed = 0; seed < 2000; seed++) {
      rows(data.split(0.3, seed).dev()).forEach(row -> drawn[row]++);
    }
    // Binomial with mean 600 and deviation 20.
    assertThat(IntStream.of(drawn)).allMatch(n -> n > 500 && n < 700);
  }

  @Test
  void smallClassesKeepARowForTraining() {
    for (int seed = 0; seed < 50; seed++) {
      Split split = classes(0, 0, 0, 0, 1, 2, 2).split(0.9, seed);
      assertThat(count(split.train(), 0)).isEqualTo(1);
      assertThat(count(split.train(), 1)).isEqualTo(1);
      assertThat(count(split.train(), 2)).isEqualTo(1);
      assertThat(classes(0, 1, 1, 2).split(0.01, seed).dev().rows()).isEqualTo(1);
    }
  }

  @Test
  void regressionIsSplitAtRandom() {
    Dataset data =
        new Dataset(List.of("x"), table(10, 1, 4), "t", new Target.Numbers(new double[10]));
    assertThat(data.split(0.2, 1).dev().rows()).isEqualTo(2);
    assertThat(data.split(0.999, 1).dev().rows()).isEqualTo(9);
  }

  @Test
  void tooFewRowsToSplit() {
    assertThatThrownBy(() -> classes(0).split(0.5, 1))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "one row can't be split into a training and a dev set; add rows or do without a dev set"
                + " (--dev-fraction 0)");
    assertThatThrownBy(() -> classes(0, 1, 2).split(0.5, 1))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "no class has more than one row, so none can be spared for a dev set; add rows or do"
                + " without a dev set (--dev-fraction 0)");
    for (double fraction : new double[] {0, 1, -0.1, Double.NaN}) {
      assertThatThrownBy(() -> classes(0, 0).split(fraction, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
