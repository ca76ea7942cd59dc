package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableSource;
import org.shallownet.data.Target;

/** Several CSV files that are read as one table. */
class SeveralFilesTest {
  @TempDir Path folder;

  private final List<Path> files = new ArrayList<>();

  private void file(String name, String text) throws IOException {
    files.add(Files.writeString(folder.resolve(name), text));
  }

  private Table read(TableOptions options) throws IOException {
    return Table.read(new TableSource.Files(files), options);
  }

  private String message(TableOptions options) {
    return messageOf(() -> read(options).dataset()).replace(folder.toString() + "/", "");
  }

  private static final TableOptions OPTIONS = TableOptions.target("t");

  @Test
  void rowsFollowOneAnother() throws IOException {
    file("a.csv", "x,c,t\n1,red,0\n2,blue,1"); // the last line has no end
    Path packed = folder.resolve("b.csv.gz");
    try (OutputStream stream = new GZIPOutputStream(Files.newOutputStream(packed))) {
      stream.write("x,c,t\r\n\r\n3,red,1\r\n".getBytes(StandardCharsets.UTF_8));
    }
    files.add(packed);
    file("c.csv", "\uFEFFx,\"c\",t\n4,\"bl\nue\",0\n5,blue,1\n");
    Dataset data = read(OPTIONS).dataset();
    assertThat(data.rows()).isEqualTo(5);
    float[] cells = all(data.features());
    assertThat(new float[] {cells[0], cells[2], cells[4], cells[6], cells[8]})
        .containsExactly(1, 2, 3, 4, 5);
    assertThat(cells[5]).isEqualTo(cells[1]);
    Target.Classes target = (Target.Classes) data.target();
    assertThat(List.of(target.code(0), target.code(1), target.code(2), target.code(3)))
        .containsExactly(0, 1, 1, 0);
    Table first = Table.read(files.get(0), OPTIONS);
    assertThat(first.fingerprint()).isNotEqualTo(read(OPTIONS).fingerprint());
  }

  @Test
  void wordsMayBeginInALaterFile() throws IOException {
    file("a.csv", "x,t\n1,0\n2,1\n3,0\n");
    file("b.csv", "x,t\nred,0\nred,1\nblue,1\nblue,0\n");
    assertThat(message(OPTIONS.withNumeric(List.of("x"))))
        .startsWith("b.csv, line 2, column 'x': 'red' is not a number");
  }

  @Test
  void errorsNameTheFileAndItsOwnLine() throws IOException {
    file("a.csv", "x,t\n1,0\n2,1\n");
    file("b.csv", "x,t\n1,0\n\n2\n");
    assertThat(message(OPTIONS)).startsWith("b.csv, line 4: the row has 1 field");
    files.set(1, Files.writeString(folder.resolve("c.csv"), "x,t\n1,0\n5,\n"));
    assertThat(message(OPTIONS)).startsWith("c.csv, line 3, column 't': the target is missing");
    files.set(1, Files.writeString(folder.resolve("d.csv"), "x,t\n1,0\n5,\0\n"));
    assertThat(message(OPTIONS)).startsWith("d.csv, line 3: there is a NUL character");
    files.set(0, Files.writeString(folder.resolve("e.csv"), "x,t\n1,0\n5,\n"));
    assertThat(message(OPTIONS)).startsWith("d.csv, line 3: there is a NUL character");
    files.set(1, Files.writeString(folder.resolve("f.csv"), "x,t\n1,0\n"));
    assertThat(message(OPTIONS)).startsWith("e.csv, line 3, column 't': the target is missing");
  }

  @Test
  void headersMustAgree() throws IOException {
    file("a.csv", "x,y,t\n1,2,0\n2,2,1\n");
    file("b.csv", "x,z,t\n1,2,0\n");
    assertThat(message(OPTIONS))
        .isEqualTo(
            "b.csv has other columns than the files before it: column 2 is 'z' and not 'y'; give"
                + " both the same header, or read them one by one");
    files.set(1, Files.writeString(folder.resolve("c.csv"), "x,y,t,u\n1,2,0,4\n"));
    assertThat(message(OPTIONS)).contains("c.csv has other columns", "4 columns and not 3");
    files.set(1, Files.writeString(folder.resolve("d.csv"), ""));
    assertThat(message(OPTIONS)).startsWith("d.csv is empty; its first line must name the columns");
    files.add(files.get(0));
    assertThat(message(OPTIONS)).startsWith("d.csv is empty; its first line must name the columns");
  }

  @Test
  void filesWithoutHeaders() throws IOException {
    file("a.csv", "1,0\n2,1\n");
    file("b.csv", "3,1\n4,0\n");
    TableOptions options = TableOptions.target("last");
    Dataset data = read(options.withFormat(options.format().withHeader(false))).dataset();
    assertThat(all(data.features())).containsExactly(1, 2, 3, 4);
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    file("a.csv", "x,t\n1,0\n2,1\n");
    files.add(Path.of("-"));
    assertThat(message(OPTIONS))
        .isEqualTo("standard input can't be read together with files; save it in a file first");
    byte[] header =
        ("\u0093NUMPY\u0001\0v\0"
                + "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }"
                + " ".repeat(58)
                + "\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    files.set(1, Files.write(folder.resolve("b.npy"), header));
    assertThat(message(OPTIONS))
        .isEqualTo("b.npy is of another format than a.csv; read them one by one");
    files.set(0, files.get(1));
    assertThat(message(OPTIONS))
        .isEqualTo(
            "b.npy and other files can't be read as one table, which CSV files alone can; join them"
                + " first");
  }

  @Test
  void manyBlocksOfSeveralFiles() throws IOException {
    StringBuilder first = new StringBuilder("x,c,t\n");
    StringBuilder second = new StringBuilder("x,c,t\n");
    for (int i = 0; i < 40_000; i++) {
      first.append(i).append(",w").append(i % 5).append(",0\n");
      second.append(40_000 + i).append(",w").append(i % 7).append(",1\n");
    }
    file("a.csv", first.toString());
    file("b.csv", second.toString());
    Dataset data = read(OPTIONS).dataset();
    assertThat(data.rows()).isEqualTo(80_000);
    float[] row = new float[2];
    for (int i = 0; i < 80_000; i += 77) {
      data.features().read(i, 1, row, 0);
      assertThat(row[0]).isEqualTo(i);
      assertThat(row[1]).isEqualTo(i < 40_000 ? i % 5 : (i - 40_000) % 7);
      assertThat(((Target.Classes) data.target()).code(i)).isEqualTo(i < 40_000 ? 0 : 1);
    }
  }

  @Test
  void aFirstRowThatCannotBeReadIsASentence() throws IOException {
    TableOptions options = TableOptions.target("last");
    TableOptions plain = options.withFormat(options.format().withHeader(false));
    for (String text : List.of("", "x,\"t\n1,2\n")) {
      Path file = Files.writeString(folder.resolve("t.csv"), text);
      assertThat(messageOf(() -> Table.read(file, plain)))
          .isEqualTo(
              file
                  + ": there is no first row that shows how many columns there are; give it rows,"
                  + " and close every quote");
    }
  }

  @Test
  void aGzipFileThatIsCutOffIsASentence() throws IOException {
    Path file = folder.resolve("t.csv.gz");
    try (OutputStream stream = new GZIPOutputStream(Files.newOutputStream(file))) {
      stream.write("x,t\n1,0\n2,1\n".repeat(500).getBytes(StandardCharsets.UTF_8));
    }
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 12));
    assertThat(messageOf(() -> Table.read(file, OPTIONS)))
        .isEqualTo(file + " is a damaged gzip file, cut off or changed; pack it again");
  }
}
