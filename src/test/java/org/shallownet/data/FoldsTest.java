package org.shallownet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.features.RowIndex;

class FoldsTest {
  private static Dataset data(int[] classes, float @Nullable [] weights) {
    float[][] rows = new float[classes.length][1];
    List<String> names =
        IntStream.range(0, 1 + IntStream.of(classes).max().orElse(1))
            .mapToObj(Integer::toString)
            .toList();
    Dataset data =
        new Dataset(List.of("x"), FloatTable.of(rows), "y", new Target.Classes(names, classes));
    return weights == null ? data : data.withWeights(SampleWeights.of(weights));
  }

  private static int[] randomClasses(int rows, int classes, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, rows)
        .map(i -> i < classes ? i : (int) (classes * Math.pow(random.nextDouble(), 3)))
        .toArray();
  }

  private static List<Long> list(RowIndex rows) {
    return LongStream.range(0, rows.size()).mapToObj(rows::get).toList();
  }

  @Test
  void everyRowIsInOneFoldAndTheOthersAreTheRest() {
    for (int seed = 0; seed < 30; seed++) {
      int rows = 7 + 13 * seed;
      int count = 2 + seed % 6;
      Folds folds = Folds.stratified(data(randomClasses(rows, 3, seed), null), count, seed, 0);
      List<Long> all = new ArrayList<>();
      for (int f = 0; f < count; f++) {
        List<Long> own = list(folds.rows(f));
        List<Long> others = list(folds.others(f));
        assertThat(own).isSorted().doesNotContainAnyElementsOf(others);
        assertThat(others).isSorted().hasSize(rows - own.size());
        all.addAll(own);
      }
      assertThat(all).hasSize(rows).doesNotHaveDuplicates();
      assertThat(list(folds.rows(List.of(1, 0))))
          .startsWith(folds.rows(1).get(0))
          .endsWith(folds.rows(0).get(folds.rows(0).size() - 1));
    }
  }

  @Test
  void foldsAndClassesDifferByOneRowAtMost() {
    for (int seed = 0; seed < 20; seed++) {
      int[] classes = randomClasses(11 + 31 * seed, 4, seed);
      Folds folds = Folds.stratified(data(classes, null), 5, seed, 0);
      List<Map<Integer, Integer>> counts = new ArrayList<>();
      List<Integer> sizes = new ArrayList<>();
      for (int f = 0; f < 5; f++) {
        Map<Integer, Integer> ofFold = new HashMap<>();
        list(folds.rows(f)).forEach(row -> ofFold.merge(classes[row.intValue()], 1, Integer::sum));
        counts.add(ofFold);
        sizes.add((int) folds.rows(f).size());
      }
      assertThat(sizes.stream().mapToInt(n -> n).max().getAsInt())
          .isLessThanOrEqualTo(sizes.stream().mapToInt(n -> n).min().getAsInt() + 1);
      for (int k = 0; k < 4; k++) {
        int ofClass = k;
        int[] each = counts.stream().mapToInt(map -> map.getOrDefault(ofClass, 0)).toArray();
        assertThat(IntStream.of(each).max().getAsInt())
            .isLessThanOrEqualTo(IntStream.of(each).min().getAsInt() + 1);
      }
    }
  }

  @Test
  void eachRowComesToEachFoldEquallyOften() {
    Dataset data = data(new int[] {0, 0, 0, 1, 1, 1, 1, 1}, null);
    int[][] found = new int[8][4];
    int draws = 4000;
    for (int seed = 0; seed < draws; seed++) {
      Folds folds = Folds.stratified(data, 4, seed, 0);
      for (int f = 0; f < 4; f++) {
        for (long row : list(folds.rows(f))) {
          found[(int) row][f]++;
        }
      }
    }
    // Class 0 has a row in the folds 0, 1 and 2, class 1 two in fold 3.
    for (int row = 0; row < 8; row++) {
      for (int f = 0; f < 4; f++) {
        double expected = row < 3 ? (f < 3 ? 1 / 3.0 : 0) : f == 3 ? 0.4 : 0.2;
        assertThat(found[row][f])
            .isBetween(
                (int) (draws * expected - 5 * Math.sqrt(draws * 0.25)),
                (int) (draws * expected + 5 * Math.sqrt(draws * 0.25)));
      }
    }
  }

  @Test
  void foldsAreAFunctionOfSeedAndRepeat() {
    Dataset data = data(randomClasses(100, 2, 1), null);
    List<Long> first = list(Folds.stratified(data, 5, 3, 0).rows(0));
    assertThat(list(Folds.stratified(data, 5, 3, 0).rows(0))).isEqualTo(first);
    assertThat(list(Folds.stratified(data, 5, 4, 0).rows(0))).isNotEqualTo(first);
    assertThat(list(Folds.stratified(data, 5, 3, 1).rows(0))).isNotEqualTo(first);
  }

  @Test
  void rowsThatDoNotCountAreDealtOutApart() {
    int[] classes = randomClasses(60, 2, 5);
    float[] weights = new float[60];
    for (int row = 0; row < 10; row++) {
      weights[row * 6] = 1;
    }
    Folds folds = Folds.stratified(data(classes, weights), 5, 0, 0);
    for (int f = 0; f < 5; f++) {
      assertThat(list(folds.rows(f)).stream().filter(row -> weights[row.intValue()] > 0))
          .hasSize(2);
    }
    assertThatThrownBy(() -> Folds.stratified(data(classes, weights), 11, 0, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("10 rows can't be dealt out to 11 folds");
  }
}
