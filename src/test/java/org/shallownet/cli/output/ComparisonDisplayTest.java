package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.TimeLeft;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.ComparisonListener;

class ComparisonDisplayTest {
  private static final Candidate TANH =
      new Candidate(
          NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(4, Activation.TANH),
          Optimizer.Adam.of(0.01),
          0);
  private static final ComparisonListener.Start START =
      new ComparisonListener.Start(6, 1000, 100, 0, 10, "a device", "layered", "samples resident");

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private ComparisonDisplay display(boolean quiet) {
    PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(err, err, true, 200, false);
    return new ComparisonDisplay(terminal, quiet, "accuracy", List.of(TANH, TANH, TANH));
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static final ComparisonListener.Leader LEADER =
      new ComparisonListener.Leader(TANH, 0.25, 0.75);

  private static NetworksProgress progress(int training, int over, double seconds) {
    TimeLeft.Estimate left =
        training + over < 6 ? TimeLeft.Estimate.NONE : new TimeLeft.Estimate(11, 7);
    return new NetworksProgress(4, 500, training, over, seconds, left);
  }

  @Test
  void saysNothingOfTheTimeLeftBeforeJavaIsWarm() {
    ComparisonDisplay display = display(false);
    display.onStart(START);
    display.onProgress(progress(5, 1, 2), null);
    assertThat(text()).contains("epoch 4/10  5 in training").doesNotContain("left");
  }

  @Test
  void showsTheBestSoFarInALineThatIsRemovedInTheEnd() {
    ComparisonDisplay display = display(false);
    display.onStart(START);
    display.onProgress(progress(5, 1, 9), LEADER);
    display.finish();
    assertThat(text())
        .startsWith("Comparing 6 networks (3 candidates × 2 seeds) on 1000 rows, judged by 100")
        // 2 × 2·4 and 3 × 4·1, for 10 epochs of 1,000 rows and 6 networks.
        .contains("At most 10 epochs each: up to 1.68M multiply-adds")
        .contains(
            "epoch 4/10  5 in training  about 7.0 s left, at most 11 s  best tanh 4, rate 0.01: dev cost")
        .contains("dev cost 0.2500, accuracy 0.7500")
        .endsWith("\r\u001b[2K");
  }

  @Test
  void beforeThereIsABestAndWhileSomeWait() {
    ComparisonDisplay display = display(false);
    display.onStart(START);
    display.onProgress(progress(2, 1, 9), null);
    assertThat(text()).contains("2 in training, 3 waiting").doesNotContain("best", "left");
  }

  @Test
  void byFoldsSaysHowManyTrainingsThereAreAndWhatEachSees() {
    ComparisonDisplay display = display(false);
    display.onStart(
        new ComparisonListener.Start(12, 1000, 0, 4, 10, "a device", "tiled", "samples resident"));
    display.onProgress(progress(12, 0, 9), LEADER);
    assertThat(text())
        .startsWith(
            "Comparing 12 networks (3 candidates × 1 seed × 4 folds) on 1000 rows, judged by the"
                + " fold that each has not learned from, a device")
        // 2 × 2·4 and 3 × 4·1, for 10 epochs of 750 rows and 12 networks.
        .contains("up to 2.52M multiply-adds")
        .contains("epoch 4/10  12 in training  about 7.0 s left, at most 11 s")
        .contains("best tanh 4, rate 0.01: cost on folds 0.2500, accuracy 0.7500");
  }

  @Test
  void quietShowsWarningsOnly() {
    ComparisonDisplay display = display(true);
    display.onStart(START);
    display.onProgress(progress(5, 1, 9), LEADER);
    display.onWarning("something is odd");
    assertThat(text()).isEqualTo("warning: something is odd\n");
  }
}
