package org.shallownet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shallownet.data.TableTesting.messageOf;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.shallownet.data.features.FloatTable;

class ClassWeightsTest {
  private static Dataset data(Target target) {
    float[][] rows = new float[(int) target.rows()][1];
    return new Dataset(List.of("x"), FloatTable.of(rows), "y", target);
  }

  private static final Dataset FOUR =
      data(new Target.Classes(List.of("a", "b"), new int[] {0, 0, 1, 0}));

  @Test
  void balancedClassesCountTheSame() {
    // scikit-learn's balanced: n / (classes × count).
    assertThat(ClassWeights.balanced(FOUR).byClass()).isEqualTo(Map.of("a", 4 / 6.0, "b", 2.0));
    Dataset weighed = FOUR.withWeights(SampleWeights.of(1, 3, 2, 0));
    assertThat(ClassWeights.balanced(weighed).byClass()).isEqualTo(Map.of("a", 0.75, "b", 1.5));
    SampleWeights weights = ClassWeights.balanced(weighed).on(weighed).weights();
    assertThat(List.of(weights.get(0), weights.get(1), weights.get(2), weights.get(3)))
        .containsExactly(0.75f, 2.25f, 3f, 0f);
  }

  @Test
  void classesThatAreNotNamedKeepTheirWeight() {
    SampleWeights weights = new ClassWeights(Map.of("b", 5.0)).on(FOUR).weights();
    assertThat(weights.get(0)).isEqualTo(1);
    assertThat(weights.get(2)).isEqualTo(5);
  }

  @Test
  void whatCannotBeWeighedIsRefused() {
    assertThat(messageOf(() -> new ClassWeights(Map.of("c", 5.0)).on(FOUR)))
        .isEqualTo("'c' is none of the classes 'a', 'b'; correct the class weights");
    assertThat(messageOf(() -> new ClassWeights(Map.of("a", 0.0, "b", 0.0)).on(FOUR)))
        .isEqualTo("with these class weights no row counts; give one class more than 0");
    Dataset numbers = data(new Target.Numbers(new double[] {1, 2}));
    assertThat(messageOf(() -> ClassWeights.balanced(numbers)))
        .isEqualTo(
            "classes can't be weighted: the task is regression; weigh rows with a column of weights"
                + " instead");
    assertThat(
            messageOf(() -> ClassWeights.balanced(FOUR.withWeights(SampleWeights.of(1, 1, 0, 1)))))
        .startsWith("the class 'b' has no row to learn from");
    assertThatThrownBy(() -> new ClassWeights(Map.of("a", -1.0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the weight of class 'a' must be a finite number that is not negative, not -1.0");
  }

  @Test
  void theOtherClassMayBeThePositiveOne() {
    Target.Classes swapped = ((Target.Classes) FOUR.target()).withPositive("a");
    assertThat(swapped.names()).containsExactly("b", "a");
    assertThat(swapped.code(0)).isEqualTo(1);
    assertThat(swapped.code(2)).isZero();
    assertThat(((Target.Classes) FOUR.withPositive("b").target()).names())
        .containsExactly("a", "b");
    assertThat(messageOf(() -> FOUR.withPositive("A")))
        .isEqualTo("'A' is none of the classes 'a', 'b'; name one of them with --positive");
    Dataset three = data(new Target.Classes(List.of("a", "b", "c"), new int[] {0, 1, 2}));
    assertThat(messageOf(() -> three.withPositive("b")))
        .isEqualTo("there are 3 classes, of which none is the positive one; leave --positive out");
    assertThat(messageOf(() -> data(new Target.Numbers(new double[2])).withPositive("b")))
        .isEqualTo("there is no positive class: the task is regression; leave --positive out");
  }
}
