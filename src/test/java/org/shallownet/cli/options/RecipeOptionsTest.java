package org.shallownet.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.training.ensemble.EnsembleSettings;
import picocli.CommandLine;

class RecipeOptionsTest {
  /** A command that has them. */
  @CommandLine.Command
  private static final class Training {
    @CommandLine.Mixin private RecipeOptions recipe = new RecipeOptions();
  }

  private static RecipeOptions recipe(String... words) {
    Training training = new Training();
    new CommandLine(training).parseArgs(words);
    return training.recipe;
  }

  /** So many rows of numbers, none of which is looked at. */
  private static Dataset numbers(int rows, int columns) {
    FeatureTable unread =
        new FeatureTable() {
          @Override
          public long rows() {
            return rows;
          }

          @Override
          public int columns() {
            return columns;
          }

          @Override
          public void read(long first, int count, float[] destination, int offset) {
            throw new UnsupportedOperationException("only the size is looked at");
          }
        };
    List<String> names = IntStream.range(0, columns).mapToObj(c -> "x" + c).toList();
    return new Dataset(names, unread, "y", new Target.Numbers(new double[rows]));
  }

  @ParameterizedTest
  @CsvSource({
    "normal, 1000, 20, 20, 5, 5",
    "high, 1000, 20, 40, 10, 10",
    "normal, 100000, 30, 16, 4, 5",
    "high, 100000, 30, 32, 8, 8",
    "normal, 1000000, 28, 2, 2, 5",
    "high, 1000000, 28, 4, 4, 5",
  })
  void theEffortDecidesTheNetworks(
      String effort, int rows, int columns, int networks, int members, int folds) {
    EnsembleSettings settings =
        Objects.requireNonNull(recipe("--effort", effort).ensemble(numbers(rows, columns), 11));
    assertThat(settings.networks()).isEqualTo(networks);
    assertThat(settings.members()).isEqualTo(members);
    assertThat(settings.folds()).isEqualTo(folds);
    assertThat(settings.foldSeed()).isEqualTo(11);
  }

  @Test
  void theFastOneIsNoEnsemble() {
    RecipeOptions fast = recipe("--effort", "fast");
    assertThat(fast.isOneNetwork()).isTrue();
    assertThat(fast.ensemble(numbers(1_000, 20), 0)).isNull();
    assertThat(fast.ensemble(numbers(100_000, 30), 0)).isNull();
    assertThat(fast.ensemble(numbers(1_000_000, 28), 0)).isNull();
  }
}
