package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.Dataset;
import org.shallownet.data.Schema;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;

class CsvErrorsTest {
  @TempDir Path folder;

  private String message(byte[] bytes, Columns wanted) throws IOException {
    Path file = Files.write(folder.resolve("t.csv"), bytes);
    return messageOf(() -> Table.read(file, wanted)).replace(file.toString(), "t.csv");
  }

  private String message(String text, Columns wanted) throws IOException {
    return message(text.getBytes(StandardCharsets.UTF_8), wanted);
  }

  private String message(String text) throws IOException {
    return message(text, Columns.training("t", null));
  }

  @Test
  void emptyFile() throws IOException {
    String expected = "t.csv is empty; its first line must name the columns, rows follow";
    assertThat(message("")).isEqualTo(expected);
    assertThat(message("\uFEFF")).isEqualTo(expected);
    assertThat(message("\n\n")).isEqualTo(expected);
  }

  @Test
  void headerOnly() throws IOException {
    String expected =
        "t.csv has a header but no rows; add rows, or if its first line is one, read it with"
            + " --no-header";
    assertThat(message("x,t")).isEqualTo(expected);
    assertThat(message("x,t\n\n")).isEqualTo(expected);
  }

  @Test
  void raggedRows() throws IOException {
    assertThat(message("x,t\n1,a\n2\n3,b\n"))
        .isEqualTo(
            "t.csv, line 3: the row has 1 field but the header has 2; add those that lack, empty if"
                + " nothing is known, or remove the row");
    assertThat(message("x,t\n\"1\n\",a\n2,b,c\n"))
        .isEqualTo(
            "t.csv, line 4: the row has 3 fields but the header has 2; put fields with separators"
                + " in quotes");
  }

  @Test
  void unclosedQuote() throws IOException {
    String advice =
        ": the field that begins here has no proper end; close its quote right before the next comma"
            + " or the line's end, and double quotes inside it";
    assertThat(message("x,t\n1,a\n2,\"b\n3,a\n4,b\n"))
        .isEqualTo("t.csv, line 3, column 't'" + advice);
    assertThat(message("x,t\n1,\"a\n2,b\n3,\"c\"\n"))
        .isEqualTo("t.csv, line 2, column 't'" + advice);
    assertThat(message("x,\"t\n1,a\n")).isEqualTo("t.csv, line 1" + advice);
    assertThat(message("n,x,t\n\"two\nlines\",1,\"a\n", Columns.training("t", List.of("x"))))
        .isEqualTo("t.csv, line 2, column 't'".replace("2", "3") + advice);
  }

  @Test
  void aCommentThatIsTakenForTheHeader() throws IOException {
    String advice = "; if the first line is a comment, read the file with --comment '#'";
    assertThat(message("# made by hand\nx,t\n1,a\n2,b\n", all()))
        .isEqualTo(
            "t.csv, line 2: the row has 2 fields but the header has 1; put fields with separators in"
                + " quotes"
                + advice);
    assertThat(message("# made by hand\nx,t\n1,a\n2,b\n"))
        .startsWith("t.csv has no column 't'")
        .endsWith(advice);
    assertThat(message("# x, y, z\nx,t\n1,a\n")).endsWith(advice);
    assertThat(message("x,t\n1,2,3\n")).doesNotContain("comment");
    CsvFormat comments = CsvFormat.AUTO.withComment('#');
    Path file = Files.writeString(folder.resolve("t.csv"), "# made by hand\nx,t\n1,a\n2\n");
    TableOptions options = TableOptions.target("t").withFormat(comments);
    assertThat(messageOf(() -> Table.read(file, options))).doesNotContain("--comment");
  }

  @Test
  void aFieldThatIsTooLong() throws IOException {
    String expected =
        ": the field that begins here is longer than 1048576 characters, the most that one may have;"
            + " shorten it, or check that the separator is right";
    String cell = "x".repeat(3_000_000);
    String rows = "2,b\n".repeat(50_000);
    for (String quote : List.of("", "\"")) {
      assertThat(message("n,t\n1,a\n" + quote + cell + quote + ",a\n" + rows))
          .isEqualTo("t.csv, line 3, column 'n'" + expected);
      assertThat(message("n,t\n1,a\n2," + quote + cell.substring(1_940_000) + quote + "\n" + rows))
          .isEqualTo("t.csv, line 3, column 't'" + expected);
    }
    assertThat(message("n,t\n1,\"a\nb\"\n2," + cell + "\n" + rows))
        .isEqualTo("t.csv, line 4, column 't'" + expected);
  }

  @Test
  void unclosedQuoteIsFoundBeforeTheEndOfALargeFile() throws IOException {
    StringBuilder text = new StringBuilder("x,t\n1,\"a\n");
    while (text.length() < 3_000_000) {
      text.append("2,b\n");
    }
    text.append("3,b\0\n");
    // The NUL at the end was not reached.
    assertThat(message(text.toString())).startsWith("t.csv, line 2, column 't': the field that");
  }

  @Test
  void invalidUtf8() throws IOException {
    String advice = " is not valid UTF-8; save the file as UTF-8 text";
    assertThat(message("x,t\n1,a\n2,\u00e9\n".getBytes(StandardCharsets.ISO_8859_1), x()))
        .isEqualTo("t.csv, line 3: the byte 0xE9" + advice);
    assertThat(message("x,t\r\n1,\"\r\n\"\r\n2,\u00ff".getBytes(StandardCharsets.ISO_8859_1), x()))
        .isEqualTo("t.csv, line 4: the byte 0xFF" + advice);
    // Cut off within a character at the end of the file.
    assertThat(message(new byte[] {'x', '\n', '1', '\n', (byte) 0xE2, (byte) 0x82}, all()))
        .isEqualTo("t.csv, line 3: the byte 0xE2" + advice);
    // UTF-16.
    assertThat(message("x,t\n1,a\n".getBytes(StandardCharsets.UTF_16), x()))
        .isEqualTo("t.csv, line 1: the byte 0xFE" + advice);
    ByteArrayOutputStream far = new ByteArrayOutputStream();
    far.writeBytes("x,t\n".getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 100_000; i++) {
      far.writeBytes("1,ä\n".getBytes(StandardCharsets.UTF_8));
    }
    far.write(0x80);
    assertThat(message(far.toByteArray(), x()))
        .isEqualTo("t.csv, line 100002: the byte 0x80" + advice);
  }

  private static Columns x() {
    return Columns.training(null, List.of("x"));
  }

  private static Columns all() {
    return Columns.training(null, null);
  }

  @Test
  void nul() throws IOException {
    assertThat(message("x,t\n1,a\n2,\0\n"))
        .isEqualTo(
            "t.csv, line 3: there is a NUL character, which no text has; save the table as CSV in"
                + " UTF-8");
  }

  @Test
  void earlierErrorsComeFirst() throws IOException {
    assertThat(message("x,t\n1,a\n2,b\ninf,a\n1\n")).contains("line 4, column 'x': 'inf'");
    assertThat(message("x,t\n1,a\ninf,b\n2,\0\n")).contains("line 3, column 'x': 'inf'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "abc|'abc' is not a number; correct it or remove the row",
        "12d|'12d' is not a number; correct it or remove the row",
        "1f|'1f' is not a number; correct it or remove the row",
        "0x1p3|'0x1p3' is not a number; correct it or remove the row",
        "1_000|'1_000' is not a number; correct it or remove the row",
        "1 2|'1 2' is not a number; correct it or remove the row",
        "\"1,5\"|'1,5' has a comma; write numbers with a decimal point and without thousands separators",
        "\"1,234,567\"|'1,234,567' has a comma; write numbers with a decimal point and without thousands"
            + " separators",
        "NaN|'NaN' is a missing value; fill it in or remove the row",
        "-nan|'-nan' is a missing value; fill it in or remove the row",
        "NA|'NA' is a missing value; fill it in or remove the row",
        "N/A|'N/A' is a missing value; fill it in or remove the row",
        "NULL|'NULL' is a missing value; fill it in or remove the row",
        "``|the value is missing; fill it in or remove the row",
        "` `|the value is missing; fill it in or remove the row",
        "\"\"|the value is missing; fill it in or remove the row",
        "Infinity|'Infinity' is not a finite number; correct it or remove the row",
        "-inf|'-inf' is not a finite number; correct it or remove the row",
        "3.5e38|'3.5e38' is too large for float32 (at most 3.4e38); use another unit",
        "-1e400|'-1e400' is too large for float32 (at most 3.4e38); use another unit"
      })
  void aBadCellForAModel(String cell, String expected) throws IOException {
    String where = "t.csv, line 5, column 'y': ";
    Path file =
        Files.writeString(
            folder.resolve("t.csv"), "x,y,t\n1,2,\"two\nlines\"\n2,3,b\n3," + cell + ",b\n4,5,b\n");
    TableOptions options =
        TableOptions.target("t").forModel(Schema.numbers(List.of("x", "y")), "t");
    assertThat(messageOf(() -> Table.read(file, options)).replace(file.toString(), "t.csv"))
        .isEqualTo(where + expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "abc|'abc' is not a number, as most of the column is; correct it, or if it stands for a missing"
            + " value, name it with --missing '#N/A,-,.,<NA>,?,N/A,NA,NULL,NaN,None,\\N,abc,n/a,nan,null'",
        "0x1p3|'0x1p3' is not a number, as most of the column is; correct it, or if it stands for a"
            + " missing value, name it with --missing '#N/A,-,.,0x1p3,<NA>,?,N/A,NA,NULL,NaN,None,\\N,n/a,nan,null'",
        "1 2|'1 2' is not a number, as most of the column is; correct it, or if it stands for a missing"
            + " value, name it with --missing '#N/A,-,.,1 2,<NA>,?,N/A,NA,NULL,NaN,None,\\N,n/a,nan,null'",
        "\"1,5\"|'1,5' has a decimal comma; read it with --decimal ,",
        "\"1,234,567\"|'1,234,567' has a comma between its digits; read it with --thousands , or, if that"
            + " is a decimal comma, with --decimal ,",
        "$12|'$12' is a number with a sign around it; write the number alone, or read the column as"
            + " words with --categorical y",
        "45%|'45%' is a number with a sign around it; write the number alone, or read the column as"
            + " words with --categorical y",
        "Infinity|'Infinity' is not a finite number; correct it or remove the row",
        "3.5e38|'3.5e38' is too large for float32 (at most 3.4e38); use another unit"
      })
  void aStrayCellInTraining(String cell, String expected) throws IOException {
    String where = "t.csv, line 5, column 'y': ";
    assertThat(message("x,y,t\n1,2,\"two\nlines\"\n2,3,b\n3," + cell + ",b\n4,5,b\n"))
        .isEqualTo(where + expected);
  }

  @Test
  void aStrayWordIsFoundAmongManyRows() throws IOException {
    String text = "x,t\n1,a\nabc,b\n" + "1,a\n2,b\n".repeat(2000);
    assertThat(message(text))
        .startsWith("t.csv, line 3, column 'x': 'abc' is not a number, as most");
    assertThat(message("colour,t\nred,a\nred,b\n"))
        .isEqualTo(
            "t.csv: there is no column to learn from: 'colour' is left out: it is the same in every"
                + " row");
  }

  @Test
  void aTargetWithASignIsNoColumnOfWords() throws IOException {
    Path file = Files.writeString(folder.resolve("t.csv"), "x,t\n1,$12\n2,$13\n3,$14\n");
    assertThat(messageOf(() -> Dataset.read(file, TableOptions.target("t"))))
        .endsWith(
            "t.csv, line 2, column 't': '$12' is a number with a sign around it; write the"
                + " number alone");
  }

  @Test
  void theTargetIsNoFeatureToBeReadInAnotherWay() throws IOException {
    Path file = Files.writeString(folder.resolve("t.csv"), "x,t\n1,a\n2,b\n");
    for (TableOptions options :
        List.of(
            TableOptions.target("t").withNumeric(List.of("t")),
            TableOptions.target("t").withCategorical(List.of("t")))) {
      assertThat(messageOf(() -> Table.read(file, options)))
          .endsWith(
              "t.csv: 't' is the target; --numeric and --categorical are for features, --task says"
                  + " how a target is learned");
    }
  }

  @Test
  void headers() throws IOException {
    assertThat(message("x,y,x,t\n1,2,3,a\n"))
        .isEqualTo(
            "t.csv: two columns are named 'x'; rename one, or leave both out with --ignore x");
    assertThat(message("t,y,t\n1,2,3\n")).isEqualTo("t.csv: two columns are named 't'; rename one");
  }

  @Test
  void unknownColumns() throws IOException {
    String text = "height,weight,label\n1,2,a\n";
    assertThat(message(text, Columns.training("lable", null)))
        .isEqualTo("t.csv has no column 'lable'; did you mean 'label'?");
    assertThat(message(text, Columns.training("LABEL", null)))
        .isEqualTo("t.csv has no column 'LABEL'; did you mean 'label'?");
    assertThat(message(text, Columns.training("colour", null)))
        .isEqualTo("t.csv has no column 'colour'; it has 'height', 'weight', 'label'");
    assertThat(message(text, Columns.training("label", List.of("hight"))))
        .isEqualTo("t.csv has no column 'hight'; did you mean 'height'?");
    assertThat(message(text, Columns.model(List.of("height", "age", "sex"), null)))
        .isEqualTo("t.csv lacks the columns 'age', 'sex'; it has 'height', 'weight', 'label'");
    assertThat(message("label\na\n", Columns.training("label", null)))
        .isEqualTo("t.csv: there is no column besides the target 'label'; add a feature");
  }

  @Test
  void contradictoryColumns() {
    assertThat(messageOf(() -> Columns.training("t", List.of("x", "t"))))
        .isEqualTo("the target 't' is listed among the features; take it out");
    assertThat(messageOf(() -> Columns.training("t", List.of("x", "x"))))
        .isEqualTo("the feature 'x' is listed twice; list it once");
    assertThat(messageOf(() -> Columns.model(List.of(), null)))
        .isEqualTo("no feature is listed; name at least one column");
    assertThatThrownBy(() -> Columns.parseList("a,,b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the list of columns 'a,,b' has an empty name");
    assertThatThrownBy(() -> Columns.parseList(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the list of columns is empty; name at least one");
    assertThatThrownBy(() -> Columns.parseList("a,\"b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the list of columns 'a,\"b' has a quote that is not closed");
  }

  @Test
  void filesThatCannotBeRead() {
    Path missing = folder.resolve("missing.csv");
    assertThatThrownBy(() -> Table.read(missing, all()))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(missing + ": there is no such file");
    assertThatThrownBy(() -> Table.read(folder, all()))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(folder + ": it is a folder; name a file");
  }
}
