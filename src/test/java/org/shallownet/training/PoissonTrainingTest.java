package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.data.Target;
import org.shallownet.model.TargetScale;
import org.shallownet.model.metrics.RegressionMetrics;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.training.checkpoint.CheckpointSchedule;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.Comparison;

/** Networks with an exponential output and Poisson's cost. */
class PoissonTrainingTest {
  private static final Dataset DATA = data(300, 20);
  private static final Split SPLIT = DATA.split(0.2, 1);
  private static final NetworkSpec SPEC =
      DATA.network().withOutput(Output.EXPONENTIAL_POISSON).withHidden(6, Activation.TANH);
  private static final TrainingSettings SETTINGS =
      TrainingSettings.defaults()
          .withOptimizer(Optimizer.Adam.of(0.03))
          .withBatchSize(33)
          .withEpochs(12)
          .withSeed(5);

  @TempDir private Path folder;
  private Backend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  /** Whole numbers from 0 on, whose mean is about this times e to the power of a. */
  private static Dataset data(int rows, double size) {
    Random random = new Random(3);
    float[][] x = new float[rows][2];
    double[] y = new double[rows];
    for (int i = 0; i < rows; i++) {
      x[i][0] = (float) random.nextGaussian();
      x[i][1] = (float) random.nextGaussian();
      y[i] = Math.floor(size * Math.exp(x[i][0]) * random.nextDouble() * 2);
    }
    return Dataset.of(List.of("a", "b"), x, "y", y);
  }

  @Test
  void targetsAreDividedByTheirMean() {
    Target.Numbers target = new Target.Numbers(new double[] {0, 2, 7});
    assertThat(TargetScale.of(target, Output.EXPONENTIAL_POISSON)).isEqualTo(new TargetScale(0, 3));
    Target.Numbers zeros = new Target.Numbers(new double[] {0, 0});
    assertThat(TargetScale.of(zeros, Output.EXPONENTIAL_POISSON)).isEqualTo(new TargetScale(0, 1));
  }

  @Test
  void scoresAreOfAnswersInTheirUnits() {
    TrainingResult result = new Trainer(backend, SETTINGS).fit(SPEC, SPLIT.train(), SPLIT.dev());
    RegressionMetrics dev = (RegressionMetrics) result.model().evaluate(backend, SPLIT.dev());
    EpochReport best = result.history().get(result.bestEpoch() - 1);
    assertThat(best.devScore()).isCloseTo(dev.rmse(), within(1e-4 * dev.rmse()));
    // Half the deviance, in units of the mean, and the cost differ by what the targets alone say.
    TargetScale scale = result.model().targetScale();
    assertThat(scale).isNotNull();
    double mean = scale.deviations().get(0);
    Target.Numbers targets = (Target.Numbers) SPLIT.dev().target();
    double least = 0;
    for (long row = 0; row < targets.rows(); row++) {
      double y = targets.value(row) / mean;
      least += (y == 0 ? 0 : y - y * Math.log(y)) / targets.rows();
    }
    Double deviance = dev.poissonDeviance();
    assertThat(deviance).isNotNull();
    assertThat(best.devCost()).isCloseTo(deviance / 2 / mean + least, within(1e-5));
    // It has learned something: a constant answer has the most.
    double constant = 0;
    double average = targets.mean();
    for (long row = 0; row < targets.rows(); row++) {
      double y = targets.value(row);
      constant += 2 * ((y == 0 ? 0 : y * Math.log(y / average)) - y + average) / targets.rows();
    }
    assertThat(deviance).isLessThan(0.7 * constant);
  }

  @Test
  void goesOnToTheSameBits() {
    TrainingResult whole = new Trainer(backend, SETTINGS).fit(SPEC, SPLIT.train(), SPLIT.dev());
    Path file = folder.resolve("a.checkpoint");
    AtomicInteger calls = new AtomicInteger();
    new Trainer(backend, SETTINGS)
        .stopWhen(() -> calls.incrementAndGet() >= 4)
        .checkpoint(file, CheckpointSchedule.everyEpochs(1000))
        .fit(SPEC, SPLIT.train(), SPLIT.dev());
    TrainingResult resumed =
        new Trainer(backend, SETTINGS).resume(file).fit(SPEC, SPLIT.train(), SPLIT.dev());
    assertThat(resumed.model()).isEqualTo(whole.model());
    NetworkSpec squared = SPEC.withOutput(Output.IDENTITY_SQUARED_ERROR);
    assertThatThrownBy(
            () ->
                new Trainer(backend, SETTINGS)
                    .resume(file)
                    .fit(squared, SPLIT.train(), SPLIT.dev()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("exponential");
  }

  @Test
  void negativeTargetsAreRefusedInTheDevSet() {
    Dataset negative =
        Dataset.of(List.of("a", "b"), new float[][] {{1, 2}, {3, 4}}, "y", new double[] {1, -0.5});
    assertThatThrownBy(() -> new Trainer(backend, SETTINGS).fit(SPEC, DATA, negative))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("column 'y' holds -0.5");
  }

  @Test
  void outputsOfDifferentCostsAreNotCompared() {
    Candidate counting = new Candidate(SPEC, SETTINGS.optimizer(), 0);
    Candidate squared =
        new Candidate(SPEC.withOutput(Output.IDENTITY_SQUARED_ERROR), SETTINGS.optimizer(), 0);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Comparison(backend, SETTINGS)
                    .run(List.of(counting, squared), 1, SPLIT.train(), SPLIT.dev()))
        .withMessage(
            "networks with an exponential output and others can't be trained side by side");
  }

  /** Also with activations left out; what tiles and layers make of it, the engines' tests say. */
  @Test
  void tilesTakeThem() {
    TrainingSettings dropping = SETTINGS.withRefinements(SETTINGS.refinements().withDropout(0.1));
    for (TrainingSettings settings : List.of(SETTINGS, dropping)) {
      TrainingResult result = new Trainer(backend, settings).fit(SPEC, SPLIT.train(), null);
      assertThat(result.engine()).isEqualTo("tiled");
      assertThat(result.model().weights().isFinite()).isTrue();
    }
  }

  /** Costs of large counts lie far below 0, from the first step on. */
  @Test
  void goingOnFromACostBelowZeroIsNoDivergence() throws Exception {
    Dataset large = data(99, 1000);
    TrainingSettings settings = SETTINGS.withStandardize(false).withEpochs(200);
    TrainingResult first = new Trainer(backend, settings).fit(SPEC, large, null);
    assertThat(first.best().orElseThrow().trainCost()).isLessThan(-1);
    TrainingResult second =
        new Trainer(backend, settings.withEpochs(2)).fit(first.model(), large, null);
    assertThat(second.epochs()).isEqualTo(2);
  }
}
