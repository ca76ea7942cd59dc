package org.shallownet.data.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.data.Column;
import org.shallownet.data.Schema;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.FloatTable;

class TruthWordsTest {
  private static final FeatureTable CODES = FloatTable.of(new float[][] {{1}, {Float.NaN}, {0}});

  private static Schema words(String no, String yes, boolean isBoolean) {
    return new Schema(List.of(new Column.Category("a", List.of(no, yes), false, false, isBoolean)));
  }

  @Test
  void levelsAreTruthValuesOnceEach() {
    assertThat(TruthWords.are(List.of("False", "True"))).isTrue();
    assertThat(TruthWords.are(List.of("TRUE", "f"))).isTrue();
    assertThat(TruthWords.are(List.of("0", "1"))).isTrue();
    assertThat(TruthWords.are(List.of("true"))).isTrue();
    assertThat(TruthWords.are(List.of("t"))).isFalse();
    assertThat(TruthWords.are(List.of("1"))).isFalse();
    assertThat(TruthWords.are(List.of("True", "true"))).isFalse();
    assertThat(TruthWords.are(List.of("no", "yes"))).isFalse();
    assertThat(TruthWords.are(List.of("0", "2"))).isFalse();
    assertThat(TruthWords.are(List.of("False", "True", "true"))).isFalse();
    assertThat(TruthWords.are(List.of("tRUE", "False"))).isFalse();
    assertThat(TruthWords.are(List.of())).isFalse();
  }

  @Test
  void aDatasetOfNumbersFitsAModelOfWords() {
    Schema numbers = new Schema(List.of(new Column.Numeric("a", true)));
    for (String yes : List.of("True", "TRUE", "t")) {
      Schema model = words("False", yes, true);
      assertThat(all(model.select(numbers, CODES))).containsExactly(1, Float.NaN, 0);
    }
    // Levels need not be in this order.
    assertThat(all(words("True", "False", false).select(numbers, CODES)))
        .containsExactly(0, Float.NaN, 1);
    FeatureTable others =
        words("False", "True", true).select(numbers, FloatTable.of(new float[][] {{2}}));
    assertThat(messageOf(() -> all(others)))
        .isEqualTo(
            "the feature 'a' holds the number 2.0, but the model learned truth values; write 0 and"
                + " 1, or false and true");
    assertThat(messageOf(() -> words("no", "yes", true).select(numbers, CODES)))
        .contains("holds numbers, but the model learned words");
  }

  @Test
  void aDatasetOfWordsFitsAModelOfNumbers() {
    Schema model = new Schema(List.of(new Column.Numeric("a", true)));
    assertThat(all(model.select(words("False", "True", true), CODES)))
        .containsExactly(1, Float.NaN, 0);
    assertThat(all(model.select(words("True", "False", false), CODES)))
        .containsExactly(0, Float.NaN, 1);
    assertThat(messageOf(() -> model.select(words("no", "yes", true), CODES)))
        .contains("holds words, but the model learned numbers");
  }

  @Test
  void aDatasetOfOtherAnswersIsRefused() {
    assertThat(messageOf(() -> words("no", "yes", true).select(words("f", "t", true), CODES)))
        .isEqualTo(
            "the feature 'a' holds 'f', 't', but the model learned 'no', 'yes'; write these words");
    assertThat(all(words("False", "True", true).select(words("f", "t", true), CODES)))
        .containsExactly(1, Float.NaN, 0);
  }
}
