package org.shallownet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetsTest {
  @TempDir Path folder;

  private Table table(String... labels) throws IOException {
    StringBuilder text = new StringBuilder("x,t\n");
    for (String label : labels) {
      text.append("1,").append(label).append('\n');
    }
    return Table.read(
        Files.writeString(folder.resolve("t.csv"), text), Columns.training("t", null));
  }

  private String message(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return messageOf(call).replace(folder.resolve("t.csv").toString(), "t.csv");
  }

  private static String[] numbers(int count) {
    return IntStream.range(0, count).mapToObj(i -> i + ".5").toArray(String[]::new);
  }

  private static List<String> names(Table table) {
    return ((Target.Classes) table.dataset().target()).names();
  }

  private static List<Integer> codes(Dataset data) {
    Target.Classes classes = (Target.Classes) data.target();
    return IntStream.range(0, (int) data.rows()).mapToObj(classes::code).toList();
  }

  @Test
  void numbersAreSortedAsNumbers() throws IOException {
    assertThat(names(table("10", "9", "-1", "9"))).containsExactly("-1", "9", "10");
  }

  @Test
  void equalNumbersAreOneClassNamedAsFirstSpelled() throws IOException {
    Table table = table("1.0", "0", "1", "-0.0", "1e0");
    assertThat(names(table)).containsExactly("0", "1.0");
    assertThat(codes(table.dataset())).containsExactly(1, 0, 1, 0, 1);
  }

  @Test
  void numbersTooSmallForDoubleAreZero() throws IOException {
    assertThat(names(table("1", "1e-99999999999", "0"))).containsExactly("1e-99999999999", "1");
  }

  @Test
  void largeNumbersThatDifferStayApart() throws IOException {
    assertThat(names(table("9007199254740993", "9007199254740992")))
        .containsExactly("9007199254740992", "9007199254740993");
  }

  @Test
  void textIsSortedByCodePoint() throws IOException {
    // In UTF-16 the emoji would come before U+FF5E.
    assertThat(names(table("😀", "～", "b", "a", "B"))).containsExactly("B", "a", "b", "～", "😀");
    assertThat(names(table("10", "9", "x", "1.0", "1")))
        .containsExactly("1", "1.0", "10", "9", "x");
  }

  @Test
  void infersTheTask() throws IOException {
    assertThat(table("no", "yes").inferTask())
        .isEqualTo(new TaskChoice(Task.BINARY, "the target 't' has 2 different labels"));
    assertThat(table("a", "b", "c").inferTask().task()).isEqualTo(Task.MULTICLASS);
    assertThat(table("0.25", "0.75", "0.25").inferTask())
        .isEqualTo(new TaskChoice(Task.BINARY, "the target 't' has 2 different numbers"));
    assertThat(table("1", "2", "3.0").inferTask())
        .isEqualTo(
            new TaskChoice(
                Task.MULTICLASS,
                "the target 't' has 3 different whole numbers; --task regression learns them as numbers"));
    assertThat(table("1", "2", "3.5").inferTask())
        .isEqualTo(new TaskChoice(Task.REGRESSION, "the target 't' has 3 different numbers"));
    assertThat(integers(20).inferTask().task()).isEqualTo(Task.MULTICLASS);
    assertThat(integers(21).inferTask().task()).isEqualTo(Task.REGRESSION);
  }

  private Table integers(int count) throws IOException {
    return table(IntStream.range(0, count).mapToObj(Integer::toString).toArray(String[]::new));
  }

  @Test
  void regressionTargetsAreDoubles() throws IOException {
    Dataset data = table("0.1", "0.2", "0.1").dataset(Task.REGRESSION);
    Target.Numbers numbers = (Target.Numbers) data.target();
    assertThat(numbers.value(1)).isEqualTo(0.2);
    assertThat(numbers.mean()).isCloseTo(0.4 / 3, within(1e-16));
    assertThat(numbers.deviation()).isCloseTo(Math.sqrt(0.02) / 3, within(1e-16));
    assertThat(new Target.Numbers(new double[] {0.1, 0.1, 0.1}).deviation()).isZero();
  }

  @Test
  void manyDifferentNumbersAreKept() throws IOException {
    Table table = table(numbers(10_050));
    assertThat(table.inferTask().task()).isEqualTo(Task.REGRESSION);
    Target.Numbers target = (Target.Numbers) table.dataset().target();
    assertThat(target.rows()).isEqualTo(10_050);
    assertThat(target.value(10_049)).isEqualTo(10_049.5);
    assertThat(message(() -> table.dataset(Task.MULTICLASS)))
        .isEqualTo(
            "t.csv, column 't': there are more than 10,000 different labels, too many for classes;"
                + " use --task regression");
    assertThat(message(() -> table.dataset(List.of("0.5", "1.5"))))
        .isEqualTo(
            "t.csv, line 4, column 't': '2.5' is none of the known classes '0.5', '1.5'; correct it"
                + " or train with it");
  }

  @Test
  void tooManyLabels() {
    String[] labels = IntStream.range(0, 10_001).mapToObj(i -> "id" + i).toArray(String[]::new);
    assertThat(message(() -> table(labels)))
        .isEqualTo(
            "t.csv, column 't': there are more than 10,000 different labels, too many for classes;"
                + " choose another target");
  }

  @Test
  void strayTextAmongNumbers() throws IOException {
    String expected =
        "t.csv, line 9, column 't': 'oops' is not a number; correct it or remove the row";
    String[] few = numbers(30);
    few[7] = "oops";
    Table table = table(few);
    assertThat(message(table::inferTask)).isEqualTo(expected);
    assertThat(message(() -> table.dataset(Task.REGRESSION))).isEqualTo(expected);
    String[] many = numbers(10_100);
    many[7] = "oops";
    assertThat(message(() -> table(many))).isEqualTo(expected);
    many[7] = "7";
    many[10_080] = "1,5".replace(",", "/");
    assertThat(message(() -> table(many)))
        .contains("line 10082, column 't': '1/5' is not a number");
  }

  @Test
  void wrongNumbersOfClasses() throws IOException {
    Table three = table("a", "b", "c");
    assertThat(message(() -> three.dataset(Task.BINARY)))
        .isEqualTo(
            "t.csv, column 't': there are 3 classes, 'a', 'b', 'c', but a binary task has two; use"
                + " --task multiclass");
    Table two = table("a", "b");
    assertThat(message(() -> two.dataset(Task.MULTICLASS)))
        .isEqualTo(
            "t.csv, column 't': there are two classes, 'a', 'b', but a multiclass task has three or"
                + " more; use --task binary");
    Table one = table("a", "a");
    assertThat(message(one::dataset))
        .isEqualTo("t.csv, column 't': there is one class only, 'a'; at least two are needed");
    assertThat(message(() -> table("1", "1.0").dataset())).contains("one class only, '1'");
  }

  @Test
  void missingTargets() {
    assertThat(message(() -> table("a", "", "b").inferTask()))
        .isEqualTo(
            "t.csv, line 3, column 't': the target is missing; leave such rows out with"
                + " --drop-unlabelled");
    assertThat(message(() -> table("a", "?", "b", "NA").inferTask()))
        .isEqualTo(
            "t.csv, line 3, column 't': the target is missing ('?'), as it is in 2 rows; leave such"
                + " rows out with --drop-unlabelled, or if it is a class, say so with --missing"
                + " '#N/A,-,.,<NA>,N/A,NA,NULL,NaN,None,\\N,n/a,nan,null'");
    assertThat(message(() -> table("1", "inf")))
        .isEqualTo(
            "t.csv, line 3, column 't': 'inf' is not a finite number; correct it or remove the row");
  }

  @Test
  void matchesAModelsClasses() throws IOException {
    List<String> classes = List.of("0", "1", "2");
    Dataset data = table("2.0", "0", "2").dataset(classes);
    assertThat(codes(data)).containsExactly(2, 0, 2);
    assertThat(data.task()).isEqualTo(Task.MULTICLASS);
    assertThat(codes(table("b", "b").dataset(List.of("a", "b")))).containsExactly(1, 1);
    assertThat(codes(table("1", "1.0").dataset(List.of("1", "1.0", "x")))).containsExactly(0, 1);
    Table other = table("0", "1", "3");
    assertThat(message(() -> other.dataset(classes)))
        .isEqualTo(
            "t.csv, line 4, column 't': '3' is none of the known classes '0', '1', '2'; correct it or"
                + " train with it");
  }

  @Test
  void withoutTarget() throws IOException {
    Table table =
        Table.read(
            Files.writeString(folder.resolve("t.csv"), "x\n1\n"),
            Columns.model(List.of("x"), null));
    assertThatThrownBy(table::dataset).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void targetsCheckTheirValues() {
    assertThatThrownBy(() -> new Target.Classes(List.of("a", "b"), new int[] {0, 2}))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new Target.Numbers(new double[] {1, Double.NaN}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Target.Numbers(new double[] {1e39}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
