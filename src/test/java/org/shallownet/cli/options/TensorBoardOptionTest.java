package org.shallownet.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.cli.tensorboard.EventFiles;
import picocli.CommandLine;

class TensorBoardOptionTest {
  @TempDir private Path folder;

  private final List<String> warnings = new ArrayList<>();

  private EventFiles open() {
    TensorBoardOption option = new TensorBoardOption();
    new CommandLine(option).parseArgs("--tensorboard", folder.toString());
    return option.open(null, "accuracy", warnings::add);
  }

  @Test
  void foldersAreNamedByTheTimeInUtc() {
    assertThat(TensorBoardOption.name(Instant.parse("2026-11-28T23:15:01.9Z")))
        .isEqualTo("20261128-231501Z");
  }

  /** Of ten that begin at once some do so in the same second; none has written anything yet. */
  @Test
  void trainingsThatBeginInTheSameSecondHaveAFolderEach() throws IOException {
    List<String> names =
        IntStream.range(0, 10).parallel().mapToObj(i -> open().training()).toList();
    assertThat(names).doesNotHaveDuplicates();
    try (Stream<Path> folders = Files.list(folder)) {
      assertThat(folders.map(each -> String.valueOf(each.getFileName())))
          .containsExactlyInAnyOrderElementsOf(names)
          .allMatch(name -> name.matches("[0-9]{8}-[0-9]{6}Z(-[0-9]+)?"));
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void thatThereCanBeNoFolderIsSaid() throws IOException {
    Files.delete(folder);
    assertThat(open()).isNull();
    assertThat(warnings)
        .containsExactly(
            "can't make a folder for TensorBoard in "
                + folder
                + ": it does not exist any more; training goes on without events");
    Files.createDirectory(folder);
  }
}
