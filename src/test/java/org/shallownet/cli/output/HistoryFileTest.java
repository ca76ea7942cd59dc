package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.network.Activation;
import org.shallownet.training.EpochReport;
import org.shallownet.training.ensemble.EnsembleListener.Member;
import org.shallownet.training.ensemble.Family;

class HistoryFileTest {
  private static final Member FIRST = new Member(new Family(Activation.TANH, false), 0);
  private static final Member SECOND = new Member(new Family(Activation.TANH, false), 1);

  @TempDir private Path folder;

  private static EpochReport epoch(int epoch) {
    return new EpochReport(epoch, 0.5, 0.6, epoch, 0.9, 0.8, true);
  }

  private List<String> epochs(Path file) throws IOException {
    return Files.readAllLines(file).stream().skip(1).map(row -> row.split(",0[.]", 2)[0]).toList();
  }

  /** The memory does not hold all networks: some go on when others have ended. */
  @Test
  void networksThatGoOnLaterKeepTheirRows() throws IOException {
    Path file = folder.resolve("history.csv");
    try (HistoryFile history = new HistoryFile(file, "accuracy", warning -> {})) {
      history.onResume(FIRST, List.of(epoch(1), epoch(2)));
      history.onEpoch(FIRST, epoch(3));
      history.onResume(SECOND, List.of(epoch(1), epoch(2)));
      history.onEpoch(SECOND, epoch(3));
    }
    assertThat(epochs(file))
        .containsExactly("tanh,0,1", "tanh,0,2", "tanh,0,3", "tanh,1,1", "tanh,1,2", "tanh,1,3");
  }

  @Test
  void theRowsOfThoseThatGoOnTogetherAreInOrderOfEpochs() throws IOException {
    Path file = folder.resolve("history.csv");
    try (HistoryFile history = new HistoryFile(file, "accuracy", warning -> {})) {
      history.onResume(FIRST, List.of(epoch(1), epoch(2)));
      history.onResume(SECOND, List.of(epoch(1), epoch(2)));
      history.onEpoch(FIRST, epoch(3));
    }
    assertThat(epochs(file))
        .containsExactly("tanh,0,1", "tanh,1,1", "tanh,0,2", "tanh,1,2", "tanh,0,3");
  }

  /** Tells whether another process can lock a file. */
  static final class Locking {
    private Locking() {}

    public static void main(String[] args) throws IOException {
      try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
        System.out.print(channel.tryLock() == null ? "locked" : "free");
      }
    }
  }

  private static String asAnotherProcessSees(Path file) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Locking.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aTrainingLocksItsHistory() throws IOException {
    Path file = folder.resolve("history.csv");
    try (HistoryFile history = new HistoryFile(file, "accuracy", warning -> {})) {
      history.onEpoch(epoch(1));
      history.onEpoch(epoch(2));
      assertThat(asAnotherProcessSees(file)).isEqualTo("locked");
      assertThatThrownBy(() -> new HistoryFile(file, "accuracy", warning -> {}))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("it is being written by another training; name another file");
      assertThatThrownBy(() -> HistoryFile.requireUnused(file))
          .isInstanceOf(FileSystemException.class);
    }
    assertThat(asAnotherProcessSees(file)).isEqualTo("free");
    assertThat(epochs(file)).containsExactly("1", "2");
  }

  /** Which reads what is there. */
  @Test
  void aTrainingThatGoesOnLocksItsHistory() throws IOException {
    Path file = folder.resolve("history.csv");
    try (HistoryFile history = new HistoryFile(file, "accuracy", warning -> {})) {
      for (int epoch = 1; epoch <= 4; epoch++) {
        history.onEpoch(epoch(epoch));
      }
    }
    try (HistoryFile history = new HistoryFile(file, "accuracy", warning -> {})) {
      history.onResume(List.of(epoch(1), epoch(2)));
      history.onEpoch(epoch(3));
      assertThat(asAnotherProcessSees(file)).isEqualTo("locked");
    }
    assertThat(epochs(file)).containsExactly("1", "2", "3");
  }

  @Test
  void aHistoryWithoutAnEpochChangesNothing() throws IOException {
    Path none = folder.resolve("none.csv");
    new HistoryFile(none, "accuracy", warning -> {}).close();
    assertThat(none).doesNotExist();
    Path there = Files.writeString(folder.resolve("there.csv"), "what was there");
    new HistoryFile(there, "accuracy", warning -> {}).close();
    assertThat(there).hasContent("what was there");
  }
}
