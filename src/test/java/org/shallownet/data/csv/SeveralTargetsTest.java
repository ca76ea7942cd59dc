package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.data.Columns;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** Several targets and weights beside them. */
class SeveralTargetsTest {
  @TempDir Path folder;

  private Table read(String text, TableOptions options) throws IOException {
    return Table.read(Files.writeString(folder.resolve("t.csv"), text), options);
  }

  private static TableOptions targets(String... names) {
    return TableOptions.of(Columns.training(null, null).withTargets(List.of(names)));
  }

  private static TableOptions weighted(String target, String weights) {
    return TableOptions.of(Columns.training(target, null).withWeights(weights));
  }

  private String message(String text, TableOptions options) {
    return messageOf(() -> read(text, options).dataset())
        .replace(folder.resolve("t.csv").toString(), "t.csv");
  }

  @Test
  void numbersAreLearnedTogetherInTheOrderAskedFor() throws IOException {
    Table table = read("b,x,a\n1,2,30\n4,5,60.5\n", targets("a", "b"));
    assertThat(table.featureNames()).containsExactly("x");
    Dataset data = table.dataset();
    assertThat(data.task()).isEqualTo(Task.REGRESSION);
    assertThat(data.targetNames()).containsExactly("a", "b");
    Target.Several several = (Target.Several) data.target();
    assertThat(((Target.Numbers) several.columns().get(0)).value(1)).isEqualTo(60.5);
    assertThat(((Target.Numbers) several.columns().get(1)).value(1)).isEqualTo(4);
    assertThat(data.network()).isEqualTo(NetworkSpec.of(1, Output.IDENTITY_SQUARED_ERROR, 2));
  }

  @Test
  void yesNoColumnsAreQuestionsOfTheirOwn() throws IOException {
    String text = "x,spam,Big,late\n1,0,Yes,F\n2,1,no,F\n3,1.0,YES,F\n";
    Dataset data = read(text, targets("spam", "Big", "late")).dataset();
    assertThat(data.task()).isEqualTo(Task.MULTILABEL);
    assertThat(data.network()).isEqualTo(NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 3));
    List<Target> columns = ((Target.Several) data.target()).columns();
    Target.Classes big = (Target.Classes) columns.get(1);
    assertThat(big.names()).containsExactly("no", "Yes");
    assertThat(List.of(big.code(0), big.code(1), big.code(2))).containsExactly(1, 0, 1);
    // Nobody was late: what yes would look like is known all the same.
    assertThat(((Target.Classes) columns.get(2)).names()).containsExactly("F", "t");
    assertThat(((Target.Classes) columns.get(0)).code(2)).isEqualTo(1);
    Dataset numbers = read(text, targets("x", "spam").withIgnored(List.of("late"))).dataset();
    assertThat(numbers.task()).isEqualTo(Task.REGRESSION);
  }

  @Test
  void patternsNameTargetsToo() throws IOException {
    Table table = read("y1,x,y2\n1,2,3\n4,5,7\n", targets("y*"));
    assertThat(table.dataset().targetNames()).containsExactly("y1", "y2");
    assertThat(table.featureNames()).containsExactly("x");
  }

  @Test
  void rowsThatLackATargetAreLeftOutTogether() throws IOException {
    String text = "x,a,b,w\n1,10,,1\n2,20,2,2\n3,,3,3\n4,40,4,4\n";
    assertThat(message(text, targets("a", "b")))
        .isEqualTo(
            "t.csv, line 4, column 'a': the target is missing; leave such rows out with"
                + " --drop-unlabelled");
    TableOptions options =
        TableOptions.of(
                Columns.training(null, List.of("x"))
                    .withTargets(List.of("a", "b"))
                    .withWeights("w"))
            .droppingUnlabelled();
    Table table = read(text, options);
    assertThat(table.dropped()).isEqualTo(2);
    Dataset data = table.dataset();
    assertThat(data.rows()).isEqualTo(2);
    Target.Several several = (Target.Several) data.target();
    assertThat(((Target.Numbers) several.columns().get(0)).value(0)).isEqualTo(20);
    assertThat(((Target.Numbers) several.columns().get(0)).value(1)).isEqualTo(40);
    assertThat(((Target.Numbers) several.columns().get(1)).value(0)).isEqualTo(2);
    assertThat(data.weights().get(0)).isEqualTo(2);
    assertThat(data.weights().get(1)).isEqualTo(4);
  }

  @Test
  void otherWordsAreRefused() {
    assertThat(message("x,a,b\n1,2,red\n2,3,green\n", targets("a", "b")))
        .isEqualTo(
            "t.csv, column 'b': several targets must all be numbers, or all be 0/1 or yes/no"
                + " columns, but this one has the labels 'red', 'green'; learn it alone with"
                + " --target b");
    assertThat(messageOf(() -> targets("a", "a")))
        .isEqualTo("the target 'a' is listed twice; list it once");
    assertThat(messageOf(() -> read("x,a\n1,2\n2,3\n", targets("a")).dataset(Task.MULTILABEL)))
        .endsWith("--task multilabel needs two targets or more, such as --target a,b");
    assertThat(
            messageOf(() -> read("x,a,b\n1,0,1\n2,1,1\n", targets("a", "b")).dataset(Task.BINARY)))
        .endsWith(
            "--task binary has one target, but 2 were named; use --task multilabel for yes/no"
                + " columns");
  }

  @Test
  void weightsAreNoFeature() throws IOException {
    Table table = read("x,w,y\n1,0.5,a\n2,0,b\n", weighted("y", "w"));
    assertThat(table.featureNames()).containsExactly("x");
    assertThat(table.dataset().weights().get(0)).isEqualTo(0.5f);
    assertThat(table.dataset().weights().get(1)).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-1 | line 3, column 'w': the weight -1 is negative; a weight is 0 or more",
        "'' | line 3, column 'w': the weight is missing; fill it in, 0 to leave the row out",
        "NA | line 3, column 'w': the weight is missing; fill it in, 0 to leave the row out",
        "ten | line 3, column 'w': 'ten' is not a number",
        "1e99 | line 3, column 'w': '1e99' is too large for float32",
      })
  void badWeightsAreRefused(String cell, String expected) {
    String text = "x,w,y\n1,1,a\n2," + cell + ",b\n3,1,b\n";
    assertThat(message(text, weighted("y", "w"))).startsWith("t.csv, " + expected);
  }

  @Test
  void weightsOfZeroAloneAreRefused() {
    assertThat(message("x,w,y\n1,0,a\n2,0,b\n", weighted("y", "w")))
        .isEqualTo(
            "t.csv, column 'w': all weights are 0, so that no row counts; choose another column");
    assertThat(message("x,y\n1,a\n2,b\n", weighted("y", "w")))
        .isEqualTo("t.csv has no column 'w'; it has 'x', 'y'");
    assertThat(messageOf(() -> weighted("y", "y")))
        .isEqualTo("the column 'y' can't be both a target and the weights");
  }

  @Test
  void blocksAgreeWithOneReading() throws IOException {
    StringBuilder text = new StringBuilder("a,x,w,b\n");
    for (int i = 0; i < 3000; i++) {
      text.append(i % 7).append(',').append(i).append(',').append(i % 3).append(".5,");
      text.append(i % 5 == 0 ? "\"" + i + "\"" : i).append('\n');
    }
    Path file = Files.writeString(folder.resolve("blocks.csv"), text);
    TableOptions options =
        TableOptions.of(
            Columns.training(null, null).withTargets(List.of("b", "a")).withWeights("w"));
    for (int block : new int[] {64, 1000, 1 << 20}) {
      Dataset data = CsvTableReader.read("t", file, options, block, 2).dataset();
      Target.Several several = (Target.Several) data.target();
      for (int row = 0; row < 3000; row += 37) {
        assertThat(((Target.Numbers) several.columns().get(0)).value(row)).isEqualTo(row);
        assertThat(((Target.Numbers) several.columns().get(1)).value(row)).isEqualTo(row % 7);
        assertThat(data.weights().get(row)).isEqualTo(row % 3 + 0.5f);
      }
    }
  }
}
