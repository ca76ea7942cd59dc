package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.network.Activation;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** What the course notes claim about initialisation and activations, seen in our own training. */
class NotesClaimsTest {
  private static final Dataset DATA = Planar.data();
  private static final NetworkSpec FOUR_TANH =
      NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(4, Activation.TANH);

  private static TrainingResult train(NetworkSpec spec, TrainingSettings settings) {
    return train(spec, DATA, settings);
  }

  private static TrainingResult train(NetworkSpec spec, Dataset data, TrainingSettings settings) {
    try (Backend backend = Backends.open("cpu")) {
      return new Trainer(backend, settings).fit(spec, data, null);
    }
  }

  private static void assertUnitsIdentical(Weights weights) {
    for (int unit = 1; unit < 4; unit++) {
      for (int input = 0; input < 2; input++) {
        assertThat(weights.weight(1, unit, input)).isEqualTo(weights.weight(1, 0, input));
      }
      assertThat(weights.bias(1, unit)).isEqualTo(weights.bias(1, 0));
      assertThat(weights.weight(2, 0, unit)).isEqualTo(weights.weight(2, 0, 0));
    }
  }

  @Test
  void zeroInitialisationKeepsHiddenUnitsIdenticalForEver() {
    List<String> warnings = new ArrayList<>();
    TrainingSettings settings = Planar.settings(500).withInitializer(new Initializer.Zeros());
    try (Backend backend = Backends.open("cpu")) {
      TrainingResult result =
          new Trainer(backend, settings)
              .listen(
                  new TrainingListener() {
                    @Override
                    public void onEpoch(EpochReport report) {}

                    @Override
                    public void onWarning(String warning) {
                      warnings.add(warning);
                    }
                  })
              .fit(FOUR_TANH, DATA, null);
      assertUnitsIdentical(result.model().weights());
    }
    assertThat(warnings).singleElement().asString().contains("stay identical for ever");
  }

  /**
   * With tanh all zeros are a saddle that nothing leaves; sigmoid moves, but as one unit. The
   * classes are not equally large: with as many samples of each, zeros are a saddle for sigmoid
   * too.
   */
  @Test
  void zerosWithSigmoidLearnAsOneUnit() {
    Dataset unbalanced = DATA.select(LongStream.range(0, 300).toArray());
    NetworkSpec sigmoid =
        NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(4, Activation.SIGMOID);
    TrainingResult result =
        train(sigmoid, unbalanced, Planar.settings(500).withInitializer(new Initializer.Zeros()));
    Weights weights = result.model().weights();
    assertUnitsIdentical(weights);
    assertThat(weights.weight(1, 0, 0)).isNotZero();
  }

  @Test
  void identityAsHiddenActivationIsOnlyALinearModel() {
    NetworkSpec linear =
        NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(4, Activation.IDENTITY);
    double hidden = lastCost(train(linear, Planar.settings(3_000)));
    double logistic =
        lastCost(
            train(DATA.network(), Planar.settings(3_000).withInitializer(new Initializer.Zeros())));
    // Both reach the one minimum of the convex problem.
    assertThat(hidden).isCloseTo(logistic, within(1e-4));
  }

  @Test
  void largeFirstWeightsSaturateTanhAndSlowLearning() {
    TrainingSettings settings = Planar.settings(1_000);
    double small =
        lastCost(train(FOUR_TANH, settings.withInitializer(new Initializer.Normal(0.01))));
    double large =
        lastCost(train(FOUR_TANH, settings.withInitializer(new Initializer.Normal(100))));
    assertThat(large).isGreaterThan(small + 0.1);
  }

  private static double lastCost(TrainingResult result) {
    return result.history().get(result.history().size() - 1).trainCost();
  }
}
