package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
