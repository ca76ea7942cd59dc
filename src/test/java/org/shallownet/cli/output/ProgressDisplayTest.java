package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.training.EpochReport;
import org.shallownet.training.TrainingListener;

class ProgressDisplayTest {
  private static final TrainingListener.Start START =
      new TrainingListener.Start(
          NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1),
          1000,
          100,
          10,
          4,
          "a device",
          "layered",
          "rows resident");

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private ProgressDisplay display(boolean interactive, int columns, boolean quiet) {
    PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(err, err, interactive, columns, false);
    return new ProgressDisplay(terminal, quiet, "accuracy");
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static EpochReport epoch(int epoch, double seconds) {
    return new EpochReport(epoch, 0.5, 0.6, seconds, 0.9, 0.8, true);
  }

  @Test
  void aTerminalGetsOneLineThatIsOverwrittenAndRemovedInTheEnd() {
    ProgressDisplay display = display(true, 200, false);
    display.onStart(START);
    display.onEpoch(epoch(1, 1));
    display.onEpoch(epoch(2, 1.01));
    display.onEpoch(epoch(5, 5));
    display.finish();
    String[] lines = text().split("\r", -1);
    assertThat(lines[0])
        .startsWith("Training 2-1 on 1000 rows (100 more for dev)")
        .endsWith(", engine layered, rows resident\n");
    assertThat(lines).hasSize(4);
    assertThat(lines[2])
        .contains("epoch 5/10", "cost 0.5000", "dev cost 0.6000", "dev accuracy 0.8000")
        .contains("1000 rows/s", "  about 6.7 s left");
    assertThat(lines[3]).isEqualTo("\u001b[2K");
  }

  @Test
  void theLineFitsTheTerminal() {
    ProgressDisplay display = display(true, 40, false);
    display.onStart(START);
    display.onEpoch(epoch(1, 1));
    String line = text().substring(text().lastIndexOf("\u001b[2K") + 4);
    assertThat(line).hasSize(39);
  }

  @Test
  void elsewhereAPlainLineNowAndThen() {
    ProgressDisplay display = display(false, 80, false);
    display.onStart(START);
    for (int i = 1; i <= 10; i++) {
      display.onEpoch(epoch(i, i));
    }
    display.finish();
    assertThat(text()).doesNotContain("\r", "\u001b");
    assertThat(text().lines().filter(line -> line.startsWith("epoch "))).hasSize(2);
  }

  @Test
  void quietShowsWarningsOnly() {
    ProgressDisplay display = display(true, 80, true);
    display.onStart(START);
    display.onEpoch(epoch(1, 1));
    display.onProgress(new TrainingListener.Progress(2, 500, 9));
    display.onWarning("something is odd");
    display.finish();
    assertThat(text()).isEqualTo("warning: something is odd\n");
  }

  @Test
  void progressWithinAnEpochCounts() {
    ProgressDisplay display = display(true, 200, false);
    display.onStart(START);
    display.onProgress(new TrainingListener.Progress(1, 500, 4));
    // Epochs may still become faster.
    assertThat(text()).endsWith("epoch 0/10  125 rows/s");
    display.onProgress(new TrainingListener.Progress(2, 250, 10));
    display.onProgress(new TrainingListener.Progress(2, 750, 14));
    assertThat(text()).contains("epoch 1/10  125 rows/s  about 27 s left, at most 66 s");
  }
}
