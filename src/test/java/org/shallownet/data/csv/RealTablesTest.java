package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.Dataset;
import org.shallownet.data.Schema;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;
import org.shallownet.data.features.FeatureTable;

/** Tables as people have them: how they are written, what their columns are. */
class RealTablesTest {
  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("t.csv"), text);
  }

  private Table read(String text, TableOptions options) throws IOException {
    return Table.read(file(text), options);
  }

  private Table read(String text) throws IOException {
    return read(text, TableOptions.target("t"));
  }

  private String message(String text, TableOptions options) throws IOException {
    Path file = file(text);
    return messageOf(() -> Table.read(file, options).dataset()).replace(file.toString(), "t.csv");
  }

  private static TableOptions format(CsvFormat format) {
    return TableOptions.target("t").withFormat(format);
  }

  private static float[] values(FeatureTable table) {
    float[] values = new float[(int) table.rows() * table.columns()];
    table.read(0, (int) table.rows(), values, 0);
    return values;
  }

  /** Rows {@code i,f(i),t}. */
  private static String rows(
      String header, int rows, java.util.function.IntFunction<String> cells) {
    StringBuilder text = new StringBuilder(header).append('\n');
    for (int i = 0; i < rows; i++) {
      text.append(cells.apply(i)).append(i % 2 == 0 ? ",a\n" : ",b\n");
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"True/False", "true/false", "yes/no", "Y/N", "t/f", "ON/off"})
  void booleans(String words) throws IOException {
    String[] both = words.split("/", -1);
    Table table = read(rows("x,t", 6, i -> both[i % 2]));
    assertThat(table.schema().columns())
        .containsExactly(new Column.Category("x", List.of(both[1], both[0]), false, false, true));
    assertThat(values(table.features())).containsExactly(1, 0, 1, 0, 1, 0);
    // Other rows may spell it in other cases.
    Table again =
        read(
            "x\n" + both[0].toUpperCase(java.util.Locale.ROOT) + "\n\n",
            TableOptions.of(Columns.training(null, null)).forModel(table.schema(), null));
    assertThat(values(again.features())).containsExactly(1);
    assertThat(again.unknown()).isEmpty();
  }

  @Test
  void identifiersDatesConstantsAndEmptyColumnsAreLeftOutAndTold() throws IOException {
    Table table =
        read(
            rows(
                "id,day,time,same,none,x,t",
                20,
                i -> "id" + i + ",2024-01-" + (10 + i % 3) + ",12:0" + i % 5 + ",k,," + i % 7));
    assertThat(table.schema()).isEqualTo(Schema.numbers(List.of("x")));
    assertThat(table.notes().stream().map(note -> note.name() + " " + note.kind()))
        .containsExactly(
            "id identifier", "day date", "time date", "same constant", "none empty", "x number");
    assertThat(table.notes()).filteredOn(ColumnNote::used).hasSize(1);
    assertThat(values(table.features())).startsWith(0, 1, 2, 3);
  }

  @Test
  void rareWordsBecomeOther() throws IOException {
    Table table = read(rows("x,t", 100, i -> i < 3 ? "rare" + i : i % 2 == 0 ? "u" : "v"));
    assertThat(table.schema().columns())
        .containsExactly(new Column.Category("x", List.of("u", "v"), true, false, false));
    assertThat(Arrays.copyOf(values(table.features()), 5)).containsExactly(2, 2, 2, 1, 0);
  }

  @Test
  void atMost255Levels() throws IOException {
    Table table = read(rows("x,t", 2000, i -> "w" + (i % 400)));
    Column.Category column = (Column.Category) table.schema().columns().get(0);
    assertThat(column.levels()).hasSize(255);
    assertThat(column.other()).isTrue();
    assertThat(column.inputs()).isEqualTo(256);
  }

  @Test
  void missingMarkersAreKnownAndReplaced() throws IOException {
    StringBuilder text = new StringBuilder("x,w,t\n");
    List<String> markers = new ArrayList<>(TableOptions.MISSING);
    markers.add("");
    for (String marker : markers) {
      text.append(marker).append(',').append(marker).append(",a\n1,u,b\n2,v,a\n3,u,b\n");
    }
    Table table = read(text.toString());
    assertThat(table.schema().columns())
        .containsExactly(
            new Column.Numeric("x", true),
            new Column.Category("w", List.of("u", "v"), false, true, false));
    float[] values = values(table.features());
    for (int i = 0; i < values.length; i++) {
      assertThat(Float.isNaN(values[i])).isEqualTo(i / 2 % 4 == 0);
    }
    Table told =
        read(
            rows("x,w,t", 8, i -> (i == 2 ? "-9" : i) + "," + (i < 4 ? "NA" : "ZA")),
            TableOptions.target("t").withMissing(Set.of("-9")));
    assertThat(told.schema().columns())
        .containsExactly(
            new Column.Numeric("x", true),
            new Column.Category("w", List.of("NA", "ZA"), false, false, false));
    // What was a level in training is one afterwards, whatever usually stands for missing cells.
    Table again = read("x,w\n1,NA\n2,ZA\n", TableOptions.target("t").forModel(told.schema(), null));
    assertThat(values(again.features())).containsExactly(1, 0, 2, 1);
  }

  /** A number that stands for a missing cell does so however it is written. */
  @Test
  void missingNumbersHoweverWritten() throws IOException {
    TableOptions options =
        TableOptions.target("t").withMissing(Set.of("-999")).droppingUnlabelled();
    String text = "x,t\n-999,1\n-999.0,2\n-9.99e2,3\n-999.5,-999.0\n-998,5.5\n";
    Table table = read(text, options);
    assertThat(table.schema().columns()).containsExactly(new Column.Numeric("x", true));
    Dataset data = table.dataset();
    assertThat(data.rows()).isEqualTo(4);
    assertThat(values(data.features())).containsExactly(Float.NaN, Float.NaN, Float.NaN, -998f);
  }

  /** {@code 1.500} among numbers with a decimal comma is no number for a target either. */
  @Test
  void pointsAmongDecimalCommasInATarget() {
    StringBuilder text = new StringBuilder("x;y\n");
    for (int i = 0; i < 60; i++) {
      text.append(i).append(",5;").append(i == 40 ? "1.500" : i + ",25").append('\n');
    }
    TableOptions options =
        TableOptions.target("y").withFormat(new CsvFormat(';', ',', null, null, null));
    assertThatThrownBy(() -> read(text.toString(), options).dataset())
        .hasMessageContaining("column 'y': '1.500' is not a number");
  }

  @Test
  void unnamedColumns() throws IOException {
    Table index = read(rows(",x,,t", 12, i -> i + "," + i % 5 + "," + (i * i) % 7));
    assertThat(index.featureNames()).containsExactly("x", "column 3");
    assertThat(index.notes().get(0).kind()).isEqualTo("index");
    // Not an index: it doesn't count.
    assertThat(read(rows(",x,t", 12, i -> (i * i) % 7 + "," + i % 5)).featureNames())
        .containsExactly("column 1", "x");
  }

  @Test
  void patternsAndChoices() throws IOException {
    String text = rows("id_a,id_b,code,x,t", 12, i -> i + "," + i + "," + i % 3 + "," + i % 5);
    TableOptions options = TableOptions.target("t");
    Table table = read(text, options.withIgnored(List.of("id_*")).withCategorical(List.of("code")));
    assertThat(table.schema().columns())
        .containsExactly(
            new Column.Category("code", List.of("0", "1", "2"), false, false, false),
            new Column.Numeric("x", false));
    assertThat(
            read(text, options.withColumns(Columns.training("t", List.of("?d_*", "x"))))
                .featureNames())
        .containsExactly("id_a", "id_b", "x");
    assertThat(message(text, options.withIgnored(List.of("z*"))))
        .isEqualTo("t.csv has no column like 'z*'; it has 'id_a', 'id_b', 'code', 'x', 't'");
    assertThat(message(text, options.withIgnored(List.of("coda"))))
        .isEqualTo("t.csv has no column 'coda'; did you mean 'code'?");
    assertThat(
            message(
                rows("x,t", 20, i -> i < 9 ? "w" + i % 2 : "" + i),
                options.withNumeric(List.of("x"))))
        .isEqualTo("t.csv, line 2, column 'x': 'w0' is not a number; correct it or remove the row");
  }

  @Test
  void unusedColumnsMayBeAnything() throws IOException {
    String text = rows("x,x,,y,t", 6, i -> "?,oops,z," + i);
    Table table = read(text, TableOptions.of(Columns.training("t", List.of("y"))));
    assertThat(values(table.features())).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(message(text, TableOptions.target("t")))
        .isEqualTo(
            "t.csv: two columns are named 'x'; rename one, or leave both out with --ignore x");
  }

  @ParameterizedTest
  @ValueSource(strings = {",", ";", "\t", "|"})
  void separatorsAreFound(String separator) throws IOException {
    for (String quote : List.of("", "\"")) {
      String text = rows("x,w,t", 8, i -> i + ".5," + (i < 5 ? "u" : "v"));
      StringBuilder quoted = new StringBuilder();
      for (String line : text.strip().split("\n", -1)) {
        String[] cells = line.split(",", -1);
        quoted.append(quote + String.join(quote + separator + quote, cells) + quote + "\n");
      }
      Table table = read(quoted.toString());
      assertThat(table.format().separator()).isEqualTo(separator.charAt(0));
      assertThat(values(table.features())).startsWith(0.5f, 0, 1.5f, 0).endsWith(7.5f, 1);
    }
  }

  /** Its blank lines are none of its rows; quotes or a marker say that a cell is empty. */
  @Test
  void missingCellsOfAFileOfOneColumn() throws IOException {
    Table table = read("x\n1\n\n\"\"\n3\nNA\n\n", TableOptions.of(Columns.training(null, null)));
    assertThat(values(table.features())).containsExactly(1, Float.NaN, 3, Float.NaN);
  }

  /** Read with commas each row would have three fields, too. */
  @Test
  void decimalCommasDoNotSeparate() throws IOException {
    TableOptions options = TableOptions.target("last").withFormat(CsvFormat.AUTO.withHeader(false));
    Table table = read("1,5;2,25;a\n3,5;4,75;b\n".repeat(3), options);
    assertThat(table.format().separator()).isEqualTo(';');
    assertThat(Arrays.copyOf(values(table.features()), 4))
        .containsExactly(1.5f, 2.25f, 3.5f, 4.75f);
    // Commas besides those of decimals do separate.
    Table commas = read("1,5;2,25 kg;a\n3,5;4,75 kg;b\n".repeat(3), options);
    assertThat(commas.format().separator()).isEqualTo(',');
  }

  /** Read with commas the rows before the quoted word would be a table. */
  @Test
  void aSeparatorThatBreaksTheGrammarIsNotTaken() throws IOException {
    TableOptions options = TableOptions.target("last").withFormat(CsvFormat.AUTO.withHeader(false));
    Table table = read("1|x, y|a\n2|x, z|b\n\"3\"|x, y|a\n4|x, z|b\n", options);
    assertThat(table.format().separator()).isEqualTo('|');
    assertThat(table.featureNames()).containsExactly("c0", "c1");
  }

  @Test
  void decimalCommasAndThousands() throws IOException {
    Table comma = read("x;y;t\n1,5;-2,25;a\n2;1000,5;b\n3,25;1e2;a\n");
    assertThat(comma.format().decimal()).isEqualTo(',');
    assertThat(values(comma.features())).containsExactly(1.5f, -2.25f, 2, 1000.5f, 3.25f, 100);
    Table told =
        read(
            "x;t\n1.234,5;a\n-12.345.678;b\n7;a\n",
            format(CsvFormat.AUTO.withDecimal(',').withThousands('.')));
    assertThat(values(told.features())).containsExactly(1234.5f, -12345678, 7);
    TableOptions thousands = TableOptions.target("y").withFormat(CsvFormat.AUTO.withThousands(','));
    String prices = "x,y\n1,\"160,000\"\n2,\"1,180,000.5\"\n3,900\n";
    Dataset data = Dataset.read(file(prices), thousands);
    assertThat(((Target.Numbers) data.target()).value(1)).isEqualTo(1180000.5);
    assertThat(message(prices.replace(",900", ",\"900,100\""), TableOptions.target("y")))
        .isEqualTo(
            "t.csv, line 2, column 'y': '160,000' has a comma between its digits; read it with"
                + " --thousands , or, if that is a decimal comma, with --decimal ,");
    // Between semicolons 160,000 is not taken for 160 either.
    assertThat(message("x;y\n1;160,000\n2;1,200\n3;950\n", TableOptions.target("y")))
        .contains("line 2, column 'y': '160,000' has a comma between its digits");
    // Not groups of three digits.
    assertThat(message(prices.replace("900", "\"90,0\""), thousands)).contains("'90,0'");
  }

  @Test
  void aFirstRowThatHoldsTheNamedColumnsIsAHeader() throws IOException {
    // Each column holds its own name.
    String text = "a,b,label\na,y,no\nx,b,yes\nx,y,no\na,b,yes\n";
    Table table = read(text, TableOptions.target("label"));
    assertThat(table.featureNames()).containsExactly("a", "b");
    assertThat(table.rows()).isEqualTo(4);
    assertThat(message(text, TableOptions.target("last"))).contains("--no-header");
    assertThat(message(text, TableOptions.of(Columns.training(null, null))))
        .contains("--no-header");
    Columns model = Columns.model(List.of("b"), null);
    assertThat(read(text, TableOptions.of(model)).featureNames()).containsExactly("b");
  }

  @Test
  void aHeaderThatStandsInTheFileAgain() throws IOException {
    String text = "x,label\n1,no\n\n2,yes\nx,label\n3,no\n";
    assertThat(message(text, TableOptions.target("label")))
        .isEqualTo(
            "t.csv, line 5: the row that names the columns stands here again; take it out, or if the"
                + " first row does not name them, read the file with --no-header");
  }

  @Test
  void anEmptyColumnIsNeverKept() throws IOException {
    TableOptions all = TableOptions.target("t");
    TableOptions listed = TableOptions.of(Columns.training("t", List.of("x", "y")));
    for (TableOptions options : List.of(all, listed, all.withNumeric(List.of("x")))) {
      Table table = read("x,y,t\n,1,a\n,1,b\n,1,a\n", options);
      assertThat(table.featureNames()).containsExactly("y");
      assertThat(table.notes())
          .extracting(ColumnNote::name, ColumnNote::kind, ColumnNote::detail)
          .containsExactly(
              tuple("x", "empty", "left out: every cell is missing"), tuple("y", "number", ""));
    }
    assertThat(message("x,t\n,a\n,b\n", TableOptions.target("t")))
        .isEqualTo(
            "t.csv: there is no column to learn from: 'x' is left out: every cell is missing");
  }

  @Test
  void oneMissingCellIsOne() throws IOException {
    StringBuilder text = new StringBuilder("x,c,t\n");
    for (int i = 0; i < 30; i++) {
      text.append(i == 3 ? "," : i % 7 + ".5,").append(i == 4 ? "" : i % 2 == 0 ? "u" : "v");
      text.append(i % 2 == 0 ? ",a\n" : ",b\n");
    }
    assertThat(read(text.toString(), TableOptions.target("t")).notes())
        .extracting(ColumnNote::detail, ColumnNote::notable)
        .containsExactly(
            tuple("1 missing becomes the median", true),
            tuple("2 levels, 1 missing is a level", true));
  }

  @Test
  void aFirstRowLikeAnyOtherIsNoHeader() throws IOException {
    String numbers = "5.1,3.5,0\n4.9,3.0,0\n6.2,2.9,1\n";
    assertThat(message(numbers, TableOptions.target("0")))
        .startsWith("t.csv, line 1: the first row holds numbers only")
        .contains("--no-header");
    String words = "A11,6,x1\nA12,48,x2\nA11,12,x1\n";
    assertThat(message(words, TableOptions.target("last")))
        .startsWith("t.csv, line 1: the first row holds words that stand in their columns again");
    CsvFormat none = CsvFormat.AUTO.withHeader(false);
    for (String target : List.of("last", "2", "c2")) {
      Table table = read(numbers, TableOptions.target(target).withFormat(none));
      assertThat(table.featureNames()).containsExactly("c0", "c1");
      assertThat(table.rows()).isEqualTo(3);
      assertThat(values(table.features())).startsWith(5.1f, 3.5f);
      assertThat(((Target.Classes) table.dataset().target()).code(2)).isEqualTo(1);
    }
    assertThat(
            read(numbers, TableOptions.target("0").withFormat(CsvFormat.AUTO.withHeader(true)))
                .rows())
        .isEqualTo(2);
  }

  @Test
  void blankLinesAndCommentsAreSkippedAndLinesArePhysical() throws IOException {
    Table table = read("\n\nx,t\n\n1,a\r\n\n2,b\n");
    assertThat(values(table.features())).containsExactly(1, 2);
    TableOptions commented = format(CsvFormat.AUTO.withComment('#'));
    Table other = read("# made \"by hand\nx,t\n1,a\n#2,b\n3,b\n", commented);
    assertThat(values(other.features())).containsExactly(1, 3);
    StringBuilder many = new StringBuilder("# a,\"b\nx,w,t\n");
    for (int i = 0; i < 30_000; i++) {
      many.append(i).append(i % 2 == 0 ? ",\"u\nu\",a\n" : ",v,b\n");
    }
    assertThat(read(many.toString(), commented).rows()).isEqualTo(30_000);
    assertThat(message("# c\nx,t\n\n1,a\n#\ninf,b\n", commented))
        .startsWith("t.csv, line 6, column 'x': 'inf'");
  }

  @Test
  void gzipIsToldByItsFirstBytes() throws IOException {
    String text = rows("x,w,t", 3000, i -> i + "," + (i % 3 == 0 ? "u" : "v"));
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    Path file = Files.write(folder.resolve("t.csv"), packed.toByteArray());
    float[] expected = values(read(text.replace("\r", "")).features());
    Files.write(file, packed.toByteArray());
    assertThat(values(Table.read(file, TableOptions.target("t")).features())).isEqualTo(expected);
  }

  @Test
  void rowsWithoutATargetAreLeftOutWhenAsked() throws IOException {
    String text = "x,t\n1,a\n2,?\n3,b\n4,\n5,a\n";
    assertThat(message(text, TableOptions.target("t"))).contains("as it is in 2 rows");
    Table table = read(text, TableOptions.target("t").droppingUnlabelled());
    Dataset data = table.dataset();
    assertThat(table.dropped()).isEqualTo(2);
    assertThat(values(data.features())).containsExactly(1, 3, 5);
    Target.Classes classes = (Target.Classes) data.target();
    assertThat(new int[] {classes.code(0), classes.code(1), classes.code(2)})
        .containsExactly(0, 1, 0);
    Dataset kept =
        read(text.replace("4,\n", ""), TableOptions.target("t").withMissing(Set.of())).dataset();
    assertThat(((Target.Classes) kept.target()).names()).containsExactly("?", "a", "b");
  }

  /** Any table, in any dialect, in small and large blocks, is the same table. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void dialectsAndBlocksMakeNoDifference(long seed) throws IOException {
    Random random = new Random(seed);
    int rows = 200 + random.nextInt(300);
    int columns = 2 + random.nextInt(5);
    String[][] cells = new String[rows][columns];
    boolean[] words = new boolean[columns];
    for (int c = 0; c < columns; c++) {
      words[c] = random.nextBoolean();
      for (String[] row : cells) {
        row[c] =
            random.nextInt(9) == 0
                ? ""
                : words[c]
                    ? List.of("a b", "ü", "x;y", "\"q\"", "l\nm", "p,q").get(random.nextInt(6))
                    : Float.toString((float) random.nextGaussian());
      }
    }
    float[] expected = null;
    Schema schema = null;
    for (char separator : new char[] {',', ';', '\t', '|'}) {
      for (String end : List.of("\n", "\r\n")) {
        StringBuilder text = new StringBuilder();
        for (int c = 0; c < columns; c++) {
          text.append("name").append(c).append(separator);
        }
        text.append("t").append(end);
        for (int r = 0; r < rows; r++) {
          for (String cell : cells[r]) {
            boolean quoted = cell.matches("(?s).*[,;|\t\"\n].*") || random.nextInt(20) == 0;
            text.append(quoted ? '"' + cell.replace("\"", "\"\"") + '"' : cell).append(separator);
          }
          text.append(r % 2).append(end);
        }
        Path file = file(text.toString());
        TableOptions options =
            TableOptions.target("t").withFormat(CsvFormat.AUTO.withSeparator(separator));
        for (int block : new int[] {300, 1 << 20}) {
          Table table = CsvTableReader.read("t", file, options, block, 2);
          if (expected == null) {
            expected = values(table.features());
            schema = table.schema();
          }
          assertThat(table.schema()).isEqualTo(schema);
          assertThat(values(table.features())).isEqualTo(expected);
        }
      }
    }
    for (int c = 0; c < columns; c++) {
      assertThat(schema.columns().get(c) instanceof Column.Category).isEqualTo(words[c]);
    }
  }

  /** No text takes more than linear time or a deep stack. */
  @Test
  void longCellsAreRefusedSoon() throws IOException {
    String cell = "1,".repeat(100_000) + "1";
    assertThat(message("x,t\n\"" + cell + "\",a\n2,b\n3,a\n4,b\n", TableOptions.target("t")))
        .contains("is not a number");
  }
}
