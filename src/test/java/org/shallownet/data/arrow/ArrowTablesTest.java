package org.shallownet.data.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.KeptCells;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;

/** Arrow files against the same tables as Parquet and CSV. */
class ArrowTablesTest {
  private static final TableOptions STATUS = TableOptions.target("status");
  private static final TableOptions LABEL = TableOptions.target("label");

  @TempDir Path folder;

  private static Path resource(String name) {
    try {
      return Path.of(ArrowTablesTest.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static void requireSameTable(Table table, Table expected) {
    assertThat(table.schema()).isEqualTo(expected.schema());
    assertThat(all(table.features())).containsExactly(all(expected.features()));
    Target.Classes classes = (Target.Classes) table.dataset().target();
    Target.Classes others = (Target.Classes) expected.dataset().target();
    assertThat(classes.names()).isEqualTo(others.names());
    for (int i = 0; i < table.rows(); i++) {
      assertThat(classes.code(i)).isEqualTo(others.code(i));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"customers.feather", "customers.arrow", "customers.arrows", "deltas.arrow"})
  void theSameTableAsFromParquet(String name) throws IOException {
    Table parquet = Table.read(resource("../sql/customers.parquet"), STATUS);
    Table table = Table.read(resource(name), STATUS);
    requireSameTable(table, parquet);
    assertThat(table.fingerprint()).startsWith("sha256:").isNotEqualTo(parquet.fingerprint());
    assertThat(table.notes())
        .extracting(ColumnNote::name)
        .isEqualTo(parquet.notes().stream().map(ColumnNote::name).toList());
  }

  @Test
  void theSameCellsAsFromCsv() throws IOException {
    Table csv = Table.read(resource("../sql/customers.csv"), STATUS);
    Table table = Table.read(resource("customers.feather"), STATUS);
    assertThat(table.featureNames()).isEqualTo(csv.featureNames());
    assertThat(all(table.features())).containsExactly(all(csv.features()));
    Table other = Table.read(resource("customers.arrows"), STATUS.forModel(csv.schema(), "status"));
    assertThat(all(other.features())).containsExactly(all(csv.features()));
    assertThat(other.unknown()).isEmpty();
  }

  @Test
  void everyTypeIsWhatItIsInParquet() throws IOException {
    Table parquet = Table.read(resource("types.parquet"), LABEL);
    Table table = Table.read(resource("types.arrow"), LABEL);
    requireSameTable(table, parquet);
    assertThat(table.featureNames())
        .contains(
            "int8",
            "int16",
            "int32",
            "int64",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "float16",
            "float32",
            "float64",
            "decimal",
            "wide",
            "truth",
            "word",
            "large",
            "digits",
            "category",
            "code");
    assertThat(table.notes())
        .filteredOn(note -> !note.used())
        .extracting(ColumnNote::name, ColumnNote::kind)
        .isEqualTo(
            parquet.notes().stream()
                .filter(note -> !note.used())
                .map(note -> tuple(note.name(), note.kind()))
                .toList());
    assertThat(table.notes())
        .filteredOn(note -> note.name().equals("stamp"))
        .extracting(ColumnNote::detail)
        .containsExactly(
            "left out: its type TIMESTAMP can't be used; make a number of it where the file is"
                + " written");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "int8",
        "int64",
        "uint8",
        "uint64",
        "float16",
        "float32",
        "float64",
        "decimal",
        "truth",
        "word",
        "large",
        "digits",
        "category",
        "code",
        "nothing",
        "date",
        "date64",
        "time",
        "stamp"
      })
  void aCellIsKeptAsTheTextThatItIsInParquet(String column) throws IOException {
    TableOptions options =
        TableOptions.of(Columns.training("label", List.of("float64"))).withKept(List.of(column));
    try (KeptCells parquet = Table.read(resource("types.parquet"), options).kept();
        KeptCells arrow = Table.read(resource("types.arrow"), options).kept()) {
      for (int i = 0; i < 42; i++) {
        assertThat(arrow.next()).as("row " + i).isEqualTo(parquet.next());
      }
    }
  }

  @Test
  void aTimeWithAZoneIsKeptInUtc() throws IOException {
    TableOptions options =
        TableOptions.of(Columns.training("label", List.of("float64"))).withKept(List.of("zoned"));
    try (KeptCells kept = Table.read(resource("types.arrow"), options).kept()) {
      assertThat(kept.next()).containsExactly("");
      assertThat(kept.next()).containsExactly("2023-04-08T12:00Z");
    }
  }

  @Test
  void aColumnThatIsNeitherNumbersNorWordsIsRefusedByName() throws IOException {
    Path file = resource("types.arrow");
    assertThat(
            messageOf(
                () ->
                    Table.read(file, TableOptions.of(Columns.training("label", List.of("list"))))))
        .isEqualTo(
            file
                + ", column 'list': its type LIST is neither a number nor a word; leave it out, or"
                + " make a number of it where the file is written");
    assertThat(messageOf(() -> Table.read(file, LABEL.withKept(List.of("structure")))))
        .isEqualTo(
            file
                + ", column 'structure': what it holds can't be written as text; keep other"
                + " columns");
  }

  @Test
  void textsInViewsAreWords() throws IOException {
    Table table =
        Table.read(
            resource("views.feather"),
            TableOptions.of(Columns.training(null, null)).withKept(List.of("length")));
    assertThat(table.schema().columns()).extracting(Column::name).containsExactly("view", "x");
    assertThat(((Column.Category) table.schema().columns().get(0)).levels())
        .containsExactly("a", "a word that is longer than twelve letters");
    try (KeptCells kept = table.kept()) {
      assertThat(kept.next()).containsExactly("PT5S");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"customers.feather", "customers.arrow", "customers.arrows", "deltas.arrow"})
  void aFileThatIsCutOffIsRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(resource(name));
    Path file = folder.resolve(name);
    for (int length = 8; length < whole.length - 8; length += 61) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(messageOf(() -> Table.read(file, STATUS)))
          .as("of " + length + " bytes")
          .matches("[^\n]* is damaged or [^\n]*");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"customers.feather", "types.arrow", "customers.arrows"})
  void aDamagedFileIsReadOrRefusedWithASentence(String name) throws IOException {
    byte[] whole = Files.readAllBytes(resource(name));
    Random random = new Random(5);
    int refused = 0;
    for (int trial = 0; trial < 150; trial++) {
      byte[] damaged = whole.clone();
      for (int i = 0; i < 4; i++) {
        damaged[8 + random.nextInt(whole.length - 8)] = (byte) random.nextInt();
      }
      Path file = Files.write(folder.resolve(name), damaged);
      Throwable thrown =
          catchThrowable(() -> Table.read(file, TableOptions.of(Columns.training(null, null))));
      if (thrown != null) {
        assertThat(thrown).as("trial " + trial).isInstanceOf(DataException.class);
        assertThat(thrown.getMessage()).doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(10);
  }

  @Test
  void nothingMayFollowAStream() throws IOException {
    byte[] once = Files.readAllBytes(resource("customers.arrows"));
    ByteArrayOutputStream twice = new ByteArrayOutputStream();
    twice.write(once);
    twice.write(once);
    Path file = Files.write(folder.resolve("twice.arrows"), twice.toByteArray());
    assertThat(messageOf(() -> Table.read(file, STATUS)))
        .isEqualTo(
            file
                + " is damaged or is not Arrow as this version reads it (more follows behind the"
                + " end of its stream); save it again");
  }

  /** What a program sees that has the library and not Arrow. */
  @Test
  void withoutArrowItIsAskedForAndOtherFilesAreRead() throws Exception {
    List<URL> classPath = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!Path.of(entry).getFileName().toString().startsWith("arrow-")) {
        classPath.add(Path.of(entry).toUri().toURL());
      }
    }
    try (URLClassLoader loader =
        new URLClassLoader(classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Class<?> columns = loader.loadClass(Columns.class.getName());
      Object status =
          columns.getMethod("training", String.class, List.class).invoke(null, "status", null);
      Method read = loader.loadClass(Table.class.getName()).getMethod("read", Path.class, columns);
      assertThat(read.invoke(null, resource("../sql/customers.csv"), status)).isNotNull();
      assertThat(catchThrowable(() -> read.invoke(null, resource("customers.feather"), status)))
          .isInstanceOf(InvocationTargetException.class)
          .cause()
          .hasMessage(
              "Apache Arrow is not on the class path; ./shallownet fetches it by itself, elsewhere"
                  + " add arrow-vector, arrow-compression and arrow-memory-unsafe,"
                  + " org.apache.arrow 19.0.0, from Maven Central");
    }
  }
}
