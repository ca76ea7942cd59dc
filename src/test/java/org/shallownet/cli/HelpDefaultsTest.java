package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.network.Optimizer;
import org.shallownet.training.Defaults;
import org.shallownet.training.TrainingSettings;

/** What {@code --help} says of defaults is what holds: the sentence, and the fields it is from. */
class HelpDefaultsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train   | (default: %s). | HIDDEN_UNITS",
        "train   | (default: %s for adam, %s momentum, %s gd) | ADAM_RATE MOMENTUM_RATE"
            + " GRADIENT_DESCENT_RATE",
        "train   | tanh below %s rows, else relu | SMALL_TABLE_ROWS",
        "train   | momentum (%s) or gd, plain gradient descent (default: %s) | MOMENTUM OPTIMIZER",
        "train   | (default: %s, more above %s rows) | BATCH_SIZE LARGER_BATCHES_ROWS",
        "train   | at most (default: %s) | EPOCHS",
        "train   | (default: %s features² / rows³, %s times that for a regression, at most %s)"
            + " | L2_SCALE L2_REGRESSION_FACTOR MOST_L2",
        "train   | order of rows (default: %s) | SEED",
        "train   | for this many epochs (default: %s) | PATIENCE",
        "train   | 0 for none (default: %s) | DEV_FRACTION",
        "compare | linear regression (default: %s; with --folds 4,16,64) | HIDDEN_UNITS",
        "compare | (default: %s for adam, %s momentum, %s gd; with --folds | ADAM_RATE MOMENTUM_RATE"
            + " GRADIENT_DESCENT_RATE",
        "train   | of an ensemble the cost on the fold left out (default: %s, for numbers %s)"
            + " | FOLDS_PATIENCE NUMBERS_PATIENCE",
        "train   | step:N[:F], times F (default: %s) | RATE_FALL",
        "train   | has not fallen for N epochs (default: %s) | PLATEAU_EPOCHS",
        "train   | a number of epochs (default: %ss) | CHECKPOINT_SECONDS",
        "cross-validate | by a model of all others (default: %s) | FOLDS",
        "cross-validate | are dealt out anew (default: %s) | REPEATS",
        "explain | each column is shuffled (default: %s) | SHUFFLES",
        "explain | so many are drawn (default: %s) | EXPLAINED_ROWS",
        "explain | how cells are shuffled (default: %s) | SHUFFLE_SEED",
        "train   | zeros (default: %s) | INITIALIZER",
        "train   | regression or multilabel (default: %s, by | TASK",
        "evaluate | regression or multilabel (default: %s, by | TASK",
        "train   | cuda or cuda:i (default: %s, a card | BACKEND",
        "train   | tf32 or bf16 (default: %s) | PRECISION",
        "train   | with --optimizer adam (default: %s). --beta2 | BETA1",
        "train   | of their squares, with --optimizer adam (default: %s) | BETA2",
        "serve   | any port that is free (default: %s) | PORT",
        "serve   | this one ask (default: %s) | HOST",
        "compare | from --seed upwards (default: %s; with --folds %s) | SEEDS SEEDS_BY_FOLDS",
      })
  void helpSaysWhatDefaultsSays(String command, String text, String fields) {
    Object[] values = Arrays.stream(fields.split(" ", -1)).map(HelpDefaultsTest::value).toArray();
    String help = Cli.run(command, "--help").out().replaceAll("\\s+", " ");
    assertThat(help).contains(String.format(text, values));
  }

  @Test
  void settingsAreThoseOfDefaults() {
    TrainingSettings settings = TrainingSettings.defaults();
    assertThat(settings.optimizer().id()).isEqualTo(Defaults.OPTIMIZER);
    assertThat(settings.optimizer().learningRate()).isEqualTo(Defaults.ADAM_RATE);
    assertThat(settings.batchSize()).isEqualTo(Defaults.BATCH_SIZE);
    assertThat(settings.epochs()).isEqualTo(Defaults.EPOCHS);
    assertThat(settings.patience()).isEqualTo(Defaults.PATIENCE);
    assertThat(settings.seed()).isEqualTo(Defaults.SEED);
    assertThat(Optimizer.Adam.of(1))
        .returns(Defaults.BETA1, Optimizer.Adam::beta1)
        .returns(Defaults.BETA2, Optimizer.Adam::beta2);
  }

  private static Object value(String field) {
    try {
      return Defaults.class.getField(field).get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
