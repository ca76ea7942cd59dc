package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.data.Table;
import org.shallownet.data.Target;

/**
 * Tables of mixed columns in any dialect read back as what they were meant to be, however they are
 * cut into blocks. To see one that fails again, make it by its seed.
 */
class GeneratedTablesTest {
  private static final int TABLES = 300;
  private static final int ONE_BLOCK = 1 << 22;

  @TempDir Path folder;

  private Path write(GeneratedTable table) throws IOException {
    return Files.write(folder.resolve("t.csv"), table.bytes);
  }

  private static String about(long seed, GeneratedTable table) {
    return String.format("new GeneratedTable(%dL): %s", seed, table.dialect);
  }

  private static void check(Table read, GeneratedTable meant) {
    assertThat(read.schema().columns())
        .isEqualTo(meant.features().stream().map(MeantColumn::column).toList());
    assertThat(read.notes().stream().map(note -> note.name() + ": " + note.kind()))
        .isEqualTo(
            meant.columns.stream()
                .filter(each -> !each.kind().equals("ignored"))
                .map(each -> each.name() + ": " + each.kind())
                .toList());
    assertThat(all(read.features())).isEqualTo(meant.values());
    assertThat(read.dropped()).isEqualTo(meant.rows - meant.labels.size());
    assertThat(labels(read)).isEqualTo(numbersAsSuch(meant));
  }

  private static List<Object> numbersAsSuch(GeneratedTable meant) {
    List<Object> labels = new ArrayList<>();
    meant.labels.forEach(
        label -> labels.add(meant.regression ? (Object) Double.parseDouble(label) : label));
    return labels;
  }

  private static List<Object> labels(Table read) {
    Target target = read.dataset().target();
    List<Object> labels = new ArrayList<>();
    for (long row = 0; row < target.rows(); row++) {
      labels.add(
          target instanceof Target.Classes classes
              ? classes.names().get(classes.code(row))
              : (Object) ((Target.Numbers) target).value(row));
    }
    return labels;
  }

  @Test
  void tablesReadBackAsMeant() throws IOException {
    Map<String, Integer> kinds = new TreeMap<>();
    for (long seed = 0; seed < TABLES; seed++) {
      GeneratedTable table = new GeneratedTable(seed);
      Path file = write(table);
      try {
        Table read = Table.read(file, table.options);
        check(read, table);
        // For a model of these columns the same table is the same again.
        Table again =
            Table.read(
                file,
                table.options.forModel(read.schema(), table.options.columns().targets().get(0)));
        assertThat(all(again.features())).isEqualTo(table.values());
        Map<String, Long> rare = new TreeMap<>();
        for (MeantColumn column : table.features()) {
          if (column.rare() > 0) {
            rare.put(column.name(), column.rare());
          }
        }
        assertThat(again.unknown()).isEqualTo(rare);
      } catch (Throwable e) {
        throw new AssertionError(about(seed, table), e);
      }
      table.columns.forEach(column -> kinds.merge(column.kind(), 1, Integer::sum));
    }
    assertThat(kinds)
        .containsOnlyKeys(
            "boolean",
            "category",
            "constant",
            "date",
            "empty",
            "identifier",
            "ignored",
            "index",
            "number");
    assertThat(kinds.values()).allSatisfy(count -> assertThat(count).isGreaterThan(20));
  }

  /** Read in one go it is all FastCSV's; in blocks what is plain takes the fast way. */
  @Test
  void blocksMakeNoDifference() throws IOException {
    for (long seed = 1000; seed < 1100; seed++) {
      GeneratedTable table = new GeneratedTable(seed);
      Path file = write(table);
      String at = "";
      try {
        for (int blockBytes : table.rows > 100 ? new int[] {700, ONE_BLOCK} : BLOCKS) {
          for (int threads : new int[] {0, 1, 3}) {
            at = ", blocks of " + blockBytes + " bytes, " + threads + " threads: ";
            check(CsvTableReader.read("t", file, table.options, blockBytes, threads), table);
          }
        }
      } catch (Throwable e) {
        throw new AssertionError(about(seed, table) + at, e);
      }
    }
  }

  private static final int[] BLOCKS = {1, 100, 800, ONE_BLOCK};

  @Test
  void standardInputReadsTheSame() throws IOException {
    InputStream before = System.in;
    try {
      for (long seed = 2000; seed < 2020; seed++) {
        GeneratedTable table = new GeneratedTable(seed);
        System.setIn(new ByteArrayInputStream(table.bytes));
        try {
          check(Table.read(Path.of("-"), table.options), table);
        } catch (Throwable e) {
          throw new AssertionError(about(seed, table), e);
        }
      }
    } finally {
      System.setIn(before);
    }
  }
}
