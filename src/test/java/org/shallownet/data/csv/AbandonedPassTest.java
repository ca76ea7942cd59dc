package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.data.Columns;
import org.shallownet.data.TableOptions;

/**
 * A column that turns out to hold words makes that all is read again. What is wrong in the pass
 * that is given up for that is not said, since how far that pass came depends on blocks.
 */
class AbandonedPassTest {
  private static final String NUMBERS = "1,2,3\n".repeat(2000);
  private static final TableOptions WANTED = TableOptions.of(Columns.training(null, null));

  @TempDir Path folder;

  /** What is said of a table, which is the same for every block size. */
  private String said(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("t.csv"), text);
    CsvOutcome whole = CsvOutcome.of(file, WANTED, 1 << 20, 1);
    for (int blockBytes : new int[] {8, 20, 64, 1000, 20_000}) {
      assertThat(CsvOutcome.of(file, WANTED, blockBytes, 2)).isEqualTo(whole);
    }
    return whole.error() == null ? "" : whole.error().replace(file.toString(), "t.csv");
  }

  @Test
  void anInfiniteNumberIsAWordInAColumnOfWords() throws IOException {
    assertThat(said("a,b,c\n1,2,red\n1,2,inf\n" + "1,2,red\n4,5,inf\n".repeat(2000))).isEmpty();
    assertThat(said("a,b,c\n1,2,inf\n1,2,red\n" + "1,2,red\n4,5,inf\n".repeat(2000))).isEmpty();
  }

  @Test
  void theFirstRowOfAnotherLengthIsReported() throws IOException {
    assertThat(said("a,b,c\n1,inf,2\n1,2\n1,2,red\n"))
        .isEqualTo(
            "t.csv, line 2, column 'b': 'inf' is not a finite number; correct it or remove the row");
    assertThat(said("a,b,c\n1,2,red\n3,4,blue\n1,2\n5,inf,red\n"))
        .startsWith("t.csv, line 4: the row has 2 fields but the header has 3; ");
    assertThat(said("a,b,c\n1,2,inf\n1,2,red\n1,2\n"))
        .startsWith("t.csv, line 4: the row has 2 fields but the header has 3; ");
  }

  /** Whether a word so far behind is seen in the first pass depends on blocks. */
  @Test
  void aWordLongAfterAnInfiniteNumberDoesNotExcuseIt() throws IOException {
    String infinite =
        "t.csv, line 3, column 'b': 'inf' is not a finite number; correct it or remove the row";
    assertThat(said("a,b,c\n1,2,red\n1,inf,red\n" + NUMBERS + "1,word,3\n" + NUMBERS))
        .isEqualTo(infinite);
    assertThat(said("a,b,c\n1,2,red\n1,inf,blue\n4,5\n")).isEqualTo(infinite);
  }

  @Test
  void aBadLabelIsReported() throws IOException {
    TableOptions wanted = TableOptions.target("b");
    Path file = Files.writeString(folder.resolve("t.csv"), "a,b,c\n1,2,red\n1,inf,red\n");
    assertThat(CsvOutcome.of(file, wanted, 8, 1).error())
        .isEqualTo(CsvOutcome.of(file, wanted, 1 << 20, 1).error())
        .contains("line 3, column 'b': 'inf' is not a finite number");
  }

  /** The second file is not looked at before the first is read again. */
  @Test
  void furtherFilesWait() throws IOException {
    Path first =
        Files.writeString(
            folder.resolve("1.csv"), "a,b,c\n1,2,red\n" + NUMBERS.repeat(3) + "1,inf,blue\n");
    Path second = Files.writeString(folder.resolve("2.csv"), "a,b,c\n" + NUMBERS + "1,word,3\n");
    assertThat(messageOf(() -> new CsvTables().readAll(List.of(first, second), WANTED)))
        .endsWith(
            "1.csv, line 6003, column 'b': 'inf' is not a finite number; correct it or remove the row");
  }
}
