package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.Columns;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.Target;
import org.shallownet.data.Task;

class CsvTest {
  @TempDir Path folder;

  private Table read(String text, Columns wanted) throws IOException {
    return Table.read(Files.writeString(folder.resolve("t.csv"), text), wanted);
  }

  @Test
  void readsFeaturesAndTarget() throws IOException {
    Table table = read("x,y,label\n1,2,a\n3,-4.5e1,b\n", Columns.training("label", null));
    assertThat(table.featureNames()).containsExactly("x", "y");
    assertThat(all(table.features())).containsExactly(1, 2, 3, -45);
    assertThat(table.rows()).isEqualTo(2);
    assertThat(table.hasTarget()).isTrue();
    Target.Classes target = (Target.Classes) table.dataset().target();
    assertThat(target.names()).containsExactly("a", "b");
    assertThat(target.code(1)).isEqualTo(1);
    assertThat(table.dataset().targetName()).isEqualTo("label");
  }

  @Test
  void fingerprintIsTheSha256OfTheBytes() throws IOException {
    // printf 'x\n1\n' | sha256sum
    assertThat(read("x\n1\n", Columns.training(null, null)).fingerprint())
        .isEqualTo("sha256:" + "daff832f802000e645771a60983c76c963f6ee602a6230e45237bd360e91cc1a");
  }

  @Test
  void trainingFeaturesComeInFileOrder() throws IOException {
    Table table = read("c,b,a,t\n1,2,3,0\n4,5,6,1\n", Columns.training("t", List.of("a", "c")));
    assertThat(table.featureNames()).containsExactly("c", "a");
    assertThat(all(table.features())).containsExactly(1, 3, 4, 6);
  }

  @Test
  void modelFeaturesComeInTheModelsOrderAndOtherColumnsMayBeText() throws IOException {
    Table table =
        read("c,note,a\n1,hello,3\n4,\"x,\ny\",6\n", Columns.model(List.of("a", "c"), null));
    assertThat(table.featureNames()).containsExactly("a", "c");
    assertThat(all(table.features())).containsExactly(3, 1, 6, 4);
    assertThat(table.hasTarget()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x,t\n1,a\n2,b\n",
        "x,t\n1,a\n2,b",
        "x,t\r\n1,a\r\n2,b\r\n",
        "x,t\r1,a\r2,b\r",
        "\uFEFFx,t\n1,a\n2,b\n",
        "\uFEFF\"x\",\"t\"\n\"1\",\"a\"\n\"2\",\"b\"\n",
        "x,t\n1,a\n2,b\n\n\n",
        "x,t\r\n1,a\r\n2,b\r\n\r\n",
        " x , t \n 1 , a\n2 ,b \n"
      })
  void acceptsWhatToolsWrite(String text) throws IOException {
    Table table = read(text, Columns.training("t", null));
    assertThat(table.featureNames()).containsExactly("x");
    assertThat(all(table.features())).containsExactly(1, 2);
    assertThat(((Target.Classes) table.dataset().target()).names()).containsExactly("a", "b");
  }

  @Test
  void headersAreUtf8() throws IOException {
    Table table = read("größe,\"a,\"\"b\"\"\",体重,😀\n1,2,3,4\n", Columns.training(null, null));
    assertThat(table.featureNames()).containsExactly("größe", "a,\"b\"", "体重", "😀");
  }

  @Test
  void readsExtremesConstantsAndSubnormals() throws IOException {
    Table table =
        read(
            "x\n1e38\n-1e38\n3.4028235e38\n1e-45\n-1.17549435e-38\n0\n-0\n5\n5\n1e-60\n",
            Columns.training(null, null));
    assertThat(all(table.features()))
        .containsExactly(
            1e38f,
            -1e38f,
            Float.MAX_VALUE,
            Float.MIN_VALUE,
            -Float.MIN_NORMAL,
            0f,
            -0f,
            5f,
            5f,
            0f);
  }

  @Test
  void numbersAreRoundedOnce() throws IOException {
    // Just above the middle of two floats; by way of double it would become the lower one.
    Table table = read("x\n1.00000005960464477540\n", Columns.training(null, null));
    assertThat(all(table.features())).containsExactly(Math.nextUp(1f));
  }

  @Test
  void readsThroughManyBuffersAndBlocks() throws IOException {
    int rows = 50_000;
    StringBuilder text = new StringBuilder("i,half,ümläut\n");
    for (int i = 0; i < rows; i++) {
      text.append(i).append(',').append(i / 2.0).append(",“€”\n");
    }
    Table table = read(text.toString(), Columns.training(null, List.of("i", "half")));
    assertThat(table.rows()).isEqualTo(rows);
    float[] values = all(table.features());
    for (int i = 0; i < rows; i++) {
      assertThat(values[2 * i]).isEqualTo(i);
      assertThat(values[2 * i + 1]).isEqualTo(i / 2f);
    }
  }

  @Test
  void agreesWithTheReferenceOnRandomTables() throws IOException {
    Random random = new Random(7);
    for (int round = 0; round < 60; round++) {
      int columns = 1 + random.nextInt(5);
      int rows = 1 + random.nextInt(40);
      String end = List.of("\n", "\r\n", "\r").get(random.nextInt(3));
      List<Float> expected = new ArrayList<>();
      List<String> expectedLabels = new ArrayList<>();
      StringBuilder text = new StringBuilder();
      StringJoiner header = new StringJoiner(",");
      for (int c = 0; c < columns; c++) {
        header.add(quote("x" + c + "\"" + end, true));
      }
      text.append(header.add("note").add("t")).append(end);
      for (int r = 0; r < rows; r++) {
        StringJoiner row = new StringJoiner(",");
        for (int c = 0; c < columns; c++) {
          float value = Float.intBitsToFloat(random.nextInt());
          value = Float.isFinite(value) ? value : 1;
          expected.add(value);
          row.add(quote(Float.toString(value), random.nextBoolean()));
        }
        String label = List.of("a", "b,", "c\"d", "e" + end + "f").get(random.nextInt(4));
        expectedLabels.add(label);
        row.add(quote(label + end + end, true)).add(quote(label, true));
        text.append(row).append(end);
      }
      // The line of a last, bad row is what counting line ends gives.
      Table table = read(text.toString(), Columns.training("t", names(columns, end)));
      float[] values = all(table.features());
      for (int i = 0; i < values.length; i++) {
        assertThat(values[i]).isEqualTo(expected.get(i));
      }
      if (expectedLabels.stream().distinct().count() > 1) {
        Target.Classes target = (Target.Classes) table.dataset().target();
        for (int r = 0; r < rows; r++) {
          assertThat(target.names().get(target.code(r))).isEqualTo(expectedLabels.get(r));
        }
      }
      long line = text.toString().split(end, -1).length;
      String bad = text + "bad" + ",".repeat(columns + 1) + "a" + end;
      assertThat(messageOf(() -> read(bad, Columns.training("t", names(columns, end)))))
          .contains(rows < 2 && columns == 1 ? "text" : "line " + line + ", column ");
    }
  }

  private static List<String> names(int columns, String end) {
    List<String> names = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      names.add(("x" + c + "\"" + end).strip());
    }
    return names;
  }

  private static String quote(String text, boolean quoted) {
    return quoted ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }

  @Test
  void readsTheExamples() throws IOException {
    Dataset planar = Dataset.read(Path.of("examples/planar.csv"), "label");
    assertThat(planar.rows()).isEqualTo(400);
    assertThat(planar.task()).isEqualTo(Task.BINARY);
    Dataset digits = Dataset.read(Path.of("examples/digits.csv"), "digit");
    assertThat(digits.rows()).isEqualTo(1797);
    assertThat(digits.task()).isEqualTo(Task.MULTICLASS);
    assertThat(((Target.Classes) digits.target()).names())
        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    Dataset cancer = Dataset.read(Path.of("examples/breast_cancer.csv"), "diagnosis");
    assertThat(cancer.rows()).isEqualTo(569);
    assertThat(cancer.featureNames()).hasSize(30);
    assertThat(((Target.Classes) cancer.target()).names()).containsExactly("benign", "malignant");
  }

  @Test
  void listsOfColumns() {
    assertThat(Columns.parseList("a,b,\"c,d\"")).containsExactly("a", "b", "c,d");
    assertThat(Columns.parseList(" a , b\"c")).containsExactly("a", "b\"c");
    assertThat(Columns.parseList(ColumnNames.argument(List.of("x", "y", "z1"))))
        .containsExactly("x", "y", "z1");
    assertThat(ColumnNames.argument(List.of("mean radius", "it's", "c,\"d")))
        .isEqualTo("'mean radius,it'\\''s,\"c,\"\"d\"'");
  }
}
