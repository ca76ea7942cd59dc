package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Made-up tables in the layouts of much used public ones, with the same traps: each trains at the
 * first try, its columns become what they are, and the model takes the same file.
 */
class LookAlikesTest {
  private static final int ROWS = 60;

  @TempDir Path folder;

  /** Rows, each made of its number. */
  private static String rows(int count, IntFunction<String> row) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(row.apply(i)).append('\n');
    }
    return text.toString();
  }

  /** One of some words, by chance that is always the same. */
  private static String pick(int row, int column, String... words) {
    return words[number(row, column, words.length)];
  }

  /** A number from 0 to below the end, by chance that is always the same. */
  private static int number(int row, int column, int end) {
    return new SplittableRandom(1000L * column + row).nextInt(end);
  }

  /**
   * Trains, predicts and compares the columns.
   *
   * @param columns the kinds of all columns but the target in the file's order
   */
  private void check(String text, String columns, Object... options) throws Exception {
    Path file = Files.writeString(folder.resolve("raw.csv"), text);
    Path model = folder.resolve("m.onnx");
    List<Object> command = new ArrayList<>(List.of("train", file, "--json", "--out", model));
    command.addAll(List.of("--epochs", 5, "--hidden", 4));
    command.addAll(List.of(options));
    Cli.Result trained = Cli.run(command.toArray());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    JsonObject json = JsonParser.object().from(trained.out());
    List<String> kinds = new ArrayList<>();
    json.getArray("columns").forEach(column -> kinds.add(((JsonObject) column).getString("kind")));
    assertThat(String.join(" ", kinds)).isEqualTo(columns);

    List<Object> predict = new ArrayList<>(List.of("predict", model, file));
    if (List.of(options).contains("--no-header")) {
      predict.add("--no-header");
    }
    Cli.Result predicted = Cli.run(predict.toArray());
    assertThat(predicted.exitCode()).as(predicted.err()).isZero();
    assertThat(predicted.lines()).hasSize(ROWS + 1).noneMatch(line -> line.contains("NaN"));
  }

  private JsonObject info() throws Exception {
    return JsonParser.object().from(Cli.run("info", folder.resolve("m.onnx"), "--json").out());
  }

  private JsonObject column(String name) throws Exception {
    return info().getArray("columns").stream()
        .map(JsonObject.class::cast)
        .filter(column -> column.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void assertRefusedWithoutOptions(Path file, String... options) throws IOException {
    List<Object> command = new ArrayList<>(List.of("train", file));
    command.addAll(List.of(options));
    Cli.Result result = Cli.run(command.toArray());
    assertThat(result.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(result.err()).contains("--no-header");
  }

  /** No header, a blank after each comma, {@code ?} for missing words, labels with signs. */
  @Test
  void census() throws Exception {
    String text =
        rows(
            ROWS,
            i ->
                String.join(
                    ", ",
                    Integer.toString(18 + number(i, 1, 50)),
                    i % 9 == 4 ? "?" : pick(i, 2, "Private", "State-gov", "Self-emp-not-inc"),
                    Integer.toString(50_000 + 1_237 * i),
                    pick(i, 3, "HS-grad", "11th", "Bachelors", "Some-college"),
                    Integer.toString(7 + number(i, 4, 7)),
                    pick(i, 5, "Never-married", "Divorced", "Married-civ-spouse"),
                    i % 9 == 4 ? "?" : pick(i, 6, "Adm-clerical", "Handlers-cleaners"),
                    pick(i, 7, "Male", "Female"),
                    i % 6 == 0 ? "2174" : "0",
                    pick(i, 8, "United-States", "United-States", "Cuba"),
                    number(i, 9, 3) == 0 ? ">50K" : "<=50K"));
    check(
        text,
        "number category number category number category category category number category",
        "--target",
        "last",
        "--no-header");
    assertThat(info().getArray("classes")).containsExactly("<=50K", ">50K");
    assertThat(column("c1").getArray("levels"))
        .containsExactly("Private", "Self-emp-not-inc", "State-gov");
    assertThat(column("c1").getBoolean("missing")).isTrue();
    assertRefusedWithoutOptions(folder.resolve("raw.csv"), "--target", "last");
  }

  /** No header, {@code ?} among numbers, a price as target. */
  @Test
  void cars() throws Exception {
    String text =
        rows(
            ROWS,
            i ->
                String.join(
                    ",",
                    Integer.toString(number(i, 1, 6) - 2),
                    i % 4 == 0 ? "?" : Integer.toString(65 + number(i, 2, 190)),
                    pick(i, 3, "audi", "bmw", "alfa-romero", "volvo"),
                    pick(i, 4, "gas", "gas", "diesel"),
                    pick(i, 5, "two", "four"),
                    88 + number(i, 6, 20) + ".60",
                    i == 7 ? "?" : number(i, 7, 3) + ".47",
                    Integer.toString(5_000 + 173 * number(i, 8, 200))));
    check(
        text,
        "number number category category category number number",
        "--target",
        "last",
        "--no-header");
    assertThat(info().getString("task")).isEqualTo("regression");
    assertThat(column("c1").getBoolean("missing")).isTrue();
    assertThat(column("c0").getBoolean("missing")).isFalse();
  }

  /** No header, words that are codes, classes 1 and 2. */
  @Test
  void credit() throws Exception {
    String text =
        rows(
            ROWS,
            i ->
                String.join(
                    ",",
                    pick(i, 1, "A11", "A12", "A13", "A14"),
                    Integer.toString(6 + number(i, 2, 42)),
                    pick(i, 3, "A30", "A34", "A32"),
                    Integer.toString(250 + 97 * number(i, 4, 150)),
                    pick(i, 5, "A191", "A192"),
                    Integer.toString(1 + number(i, 6, 4)),
                    number(i, 7, 3) == 0 ? "2" : "1"));
    check(
        text, "category number category number category number", "--target", "last", "--no-header");
    assertThat(info().getString("task")).isEqualTo("binary");
    assertThat(info().getArray("classes")).containsExactly("1", "2");
  }

  /** No header, {@code ?} in most columns and in the target, ids, codes with leading zeros. */
  @Test
  void horses() throws Exception {
    String text =
        rows(
            ROWS,
            i ->
                String.join(
                    ",",
                    pick(i, 1, "1", "2"),
                    Integer.toString(527_000 + 31 * number(i, 2, 600)),
                    i % 5 == 1 ? "?" : 37 + number(i, 3, 3) + "." + number(i, 4, 10) + "0",
                    i % 3 == 0 ? "?" : Integer.toString(28 + number(i, 5, 90)),
                    i % 13 == 6 ? "?" : pick(i, 6, "1", "2", "3"),
                    pick(i, 7, "00000", "02208", "03205"),
                    "00000",
                    pick(i, 8, "1", "2")));
    check(
        text,
        "number number number number number constant number",
        "--target",
        "4",
        "--no-header",
        "--drop-unlabelled");
    assertThat(info().getString("task")).isEqualTo("multiclass");
    assertThat(info().getArray("classes")).containsExactly("1", "2", "3");
    Cli.Result refused =
        Cli.run("train", folder.resolve("raw.csv"), "--target", "4", "--no-header");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(refused.err()).contains("line 7, column 'c4'").contains("--drop-unlabelled");
  }

  /** A name in each row, some empty numbers, also with tabs for separators. */
  @Test
  void mileage() throws Exception {
    for (String separator : List.of(",", "\t")) {
      String text =
          "mpg,cylinders,horsepower,weight,origin,name\n".replace(",", separator)
              + rows(
                  ROWS,
                  i ->
                      String.join(
                          separator,
                          12 + number(i, 1, 25) + ".0",
                          pick(i, 2, "4", "6", "8"),
                          i % 17 == 3 ? "" : 60 + number(i, 3, 120) + ".0",
                          Integer.toString(1_800 + 41 * number(i, 4, 80)),
                          pick(i, 5, "usa", "japan", "europe"),
                          pick(i, 6, "ford", "vw") + " model " + i));
      check(text, "number number number category identifier", "--target", "mpg");
      assertThat(info().getString("task")).isEqualTo("regression");
      assertThat(column("horsepower").getBoolean("missing")).isTrue();
    }
  }

  /** Three classes; words and numbers missing in the same rows. */
  @Test
  void birds() throws Exception {
    String text =
        "species,island,bill_length_mm,body_mass_g,sex\n"
            + rows(
                ROWS,
                i ->
                    pick(i, 1, "Adelie", "Gentoo", "Chinstrap")
                        + pick(i, 2, ",Torgersen,", ",Biscoe,", ",Dream,")
                        + (i % 20 == 3
                            ? ",,"
                            : (35 + number(i, 3, 15))
                                + "."
                                + number(i, 4, 10)
                                + ","
                                + (2_700 + 25 * number(i, 5, 100))
                                + pick(i, 6, ",MALE", ",FEMALE")));
    check(text, "category number number category", "--target", "species");
    assertThat(info().getString("task")).isEqualTo("multiclass");
    assertThat(column("sex").getArray("levels")).containsExactly("FEMALE", "MALE");
    assertThat(column("sex").getBoolean("missing")).isTrue();
    assertThat(column("body_mass_g").getBoolean("missing")).isTrue();
  }

  /** Numbers only, no header, classes 0 and 1. */
  @Test
  void diabetes() throws Exception {
    String text =
        rows(
            ROWS,
            i ->
                number(i, 1, 12)
                    + ","
                    + (i % 20 == 5 ? 0 : 80 + number(i, 2, 100))
                    + ","
                    + (20 + number(i, 3, 20))
                    + "."
                    + number(i, 4, 10)
                    + ",0."
                    + (100 + number(i, 5, 800))
                    + ","
                    + number(i, 6, 2));
    check(text, "number number number number", "--target", "last", "--no-header");
    assertThat(info().getArray("classes")).containsExactly("0", "1");
    Cli.Result last = Cli.run("info", folder.resolve("m.onnx"));
    assertThat(last.out()).contains("c0, c1, c2, c3");
    assertRefusedWithoutOptions(folder.resolve("raw.csv"), "--target", "last");
  }

  /** Customer ids, yes/no columns, words of which some say no twice, a blank among numbers. */
  @Test
  void customers() throws Exception {
    String text =
        "customerID,SeniorCitizen,Partner,MultipleLines,Contract,PaymentMethod,TotalCharges,Churn\n"
            + rows(
                ROWS,
                i ->
                    String.join(
                        ",",
                        (1000 + number(i, 1, 9000)) + "-X" + i + "QZ",
                        pick(i, 2, "0", "0", "1"),
                        pick(i, 3, "Yes", "No"),
                        pick(i, 4, "Yes", "No", "No phone service"),
                        pick(i, 5, "Month-to-month", "One year", "Two year"),
                        pick(i, 6, "Mailed check", "Bank transfer (automatic)"),
                        i % 25 == 8 ? " " : (20 + 13 * i) + "." + number(i, 7, 100),
                        pick(i, 8, "No", "No", "Yes")));
    check(text, "identifier number boolean category category category number", "--target", "Churn");
    assertThat(info().getArray("classes")).containsExactly("No", "Yes");
    assertThat(column("TotalCharges").getBoolean("missing")).isTrue();
    assertThat(column("MultipleLines").getArray("levels"))
        .containsExactly("No", "No phone service", "Yes");
  }

  /** Names with commas in quotes, True and False, a column that is mostly empty. */
  @Test
  void passengers() throws Exception {
    String text =
        "survived,pclass,name,sex,age,fare,embarked,adult_male,deck,alive\n"
            + rows(
                ROWS,
                i -> {
                  String survived = pick(i, 1, "0", "1");
                  return String.join(
                      ",",
                      survived,
                      pick(i, 2, "1", "2", "3"),
                      "\"Roe, Mr. J. " + i + (i % 7 == 0 ? " (\"\"Jo\"\")\"" : "\""),
                      pick(i, 3, "male", "female"),
                      i % 6 == 2 ? "" : 1 + number(i, 4, 70) + ".0",
                      7 + number(i, 5, 80) + ".25",
                      i == 9 ? "" : pick(i, 6, "S", "S", "C", "Q"),
                      pick(i, 7, "True", "False"),
                      i % 5 == 0 ? pick(i, 8, "B", "C") : "",
                      survived.equals("1") ? "yes" : "no");
                });
    check(
        text,
        "number identifier category number number category boolean category boolean",
        "--target",
        "survived");
    assertThat(column("age").getBoolean("missing")).isTrue();
    assertThat(column("deck").getArray("levels")).containsExactly("B", "C");
    assertThat(column("deck").getBoolean("missing")).isTrue();
    Cli.Result kept =
        Cli.run("predict", folder.resolve("m.onnx"), folder.resolve("raw.csv"), "--keep", "name");
    assertThat(kept.lines().get(1)).startsWith("\"Roe, Mr. J. 0 (\"\"Jo\"\")\",");
  }
}
