package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.network.Activation;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.TimeLeft;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.ensemble.EnsembleListener;
import org.shallownet.training.ensemble.EnsembleSettings;
import org.shallownet.training.ensemble.Family;

class EnsembleDisplayTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private EnsembleDisplay display(boolean interactive, boolean quiet) {
    PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return new EnsembleDisplay(new Terminal(err, err, interactive, 200, false), quiet);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Two families, each on so many of five folds. */
  private static EnsembleListener.Start start(int members, double frontRate) {
    List<Family> families =
        List.of(new Family(Activation.TANH, false), new Family(Activation.RELU, true));
    EnsembleSettings settings =
        new EnsembleSettings(families, 5, members, 64, frontRate, TrainingSettings.defaults(), 0);
    return new EnsembleListener.Start(
        settings, 200, 7, 31, "a device", "tiled", "samples resident");
  }

  private static NetworksProgress progress(int training, int over, double seconds) {
    return new NetworksProgress(12, 40, training, over, seconds, new TimeLeft.Estimate(11, 7));
  }

  @Test
  void saysInTheBeginningWhatIsTrained() {
    display(true, false).onStart(start(5, 6));
    assertThat(text())
        .startsWith(
            "Ensemble: tanh and relu networks of 64 units with 7 inputs and with 31,"
                + " piecewise-linear ones among them; 2 families × 5 folds = 10 networks\n"
                + "Settings: Adam, learning rate 0.003, ")
        .contains(
            ", batches of 32, L2 0, at most 1000 epochs, patience 100, seed 0, a factor for each"
                + " input at 6 × the rate\n")
        .endsWith(
            "Training on 200 rows, each network on all but the fold that judges it; a device,"
                + " engine tiled, samples resident\n");
  }

  @Test
  void ofSomeFoldsOnlyTheNetworksAreFewer() {
    EnsembleDisplay display = display(true, false);
    display.onStart(start(3, 0));
    assertThat(text())
        .contains("; 2 families × 3 of 5 folds = 6 networks\n")
        .doesNotContain("a factor for each input");
    display.onProgress(progress(6, 0, 9), Double.NaN);
    assertThat(text()).contains("0 of 6 networks trained  epoch 12/1000");
  }

  /** The line is of all networks, whatever the families and folds. */
  @Test
  void theLineCountsAllNetworksAndIsRemovedInTheEnd() {
    EnsembleDisplay display = display(true, false);
    display.onStart(start(5, 6));
    display.onProgress(progress(10, 0, 4), 0.5);
    display.onProgress(progress(6, 3, 4.01), 0.375);
    display.onProgress(progress(6, 3, 9), 0.25);
    display.finish();
    String[] lines = text().split("\r", -1);
    // The second came too soon after the first.
    assertThat(lines).hasSize(4);
    assertThat(lines[1])
        .isEqualTo(
            "\u001b[2K0 of 10 networks trained  epoch 12/1000  about 7.0 s left, at most 11 s  cost"
                + " on folds left out 0.5000");
    assertThat(lines[2])
        .isEqualTo(
            "\u001b[2K3 of 10 networks trained, 1 waiting  epoch 12/1000  about 7.0 s left, at most"
                + " 11 s  cost on folds left out 0.2500");
    assertThat(lines[3]).isEqualTo("\u001b[2K");
  }

  @Test
  void saysNothingThatIsNotKnownYet() {
    EnsembleDisplay display = display(true, false);
    display.onProgress(progress(10, 0, 1), Double.NaN);
    assertThat(text()).isEmpty();
    display.onStart(start(5, 6));
    display.onProgress(progress(10, 0, 2), Double.NaN);
    assertThat(text())
        .endsWith("\u001b[2K0 of 10 networks trained  epoch 12/1000")
        .doesNotContain(" left, at most", "cost on folds");
  }

  @Test
  void elsewhereAPlainLineNowAndThen() {
    EnsembleDisplay display = display(false, false);
    display.onStart(start(5, 6));
    for (int i = 1; i <= 10; i++) {
      display.onProgress(progress(10 - i, i, i), 0.25);
    }
    display.finish();
    assertThat(text()).doesNotContain("\r", "\u001b");
    assertThat(text().lines().filter(line -> line.contains(" of 10 networks trained")))
        .hasSize(2)
        .last()
        .asString()
        .startsWith("10 of 10 networks trained  epoch");
  }

  @Test
  void quietShowsWarningsOnly() {
    EnsembleDisplay display = display(true, true);
    display.onStart(start(5, 6));
    display.onProgress(progress(6, 3, 9), 0.25);
    display.onWarning("something is odd");
    display.finish();
    assertThat(text()).isEqualTo("warning: something is odd\n");
  }
}
