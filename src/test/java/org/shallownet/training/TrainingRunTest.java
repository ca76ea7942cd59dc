package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendException;
import org.shallownet.backend.Backends;
import org.shallownet.backend.Matrix;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Optimizer;
import org.shallownet.backend.Samples;
import org.shallownet.backend.Scope;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.data.Task;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** The loop over epochs, with an engine whose costs are written down beforehand. */
class TrainingRunTest {
  private static final NetworkSpec SPEC = NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1);

  private Backend backend;
  private Scope scope;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
    scope = backend.newScope();
  }

  @AfterEach
  void close() {
    scope.close();
    backend.close();
  }

  /** Costs a sample has in each step and after each epoch; the weight is the number of steps. */
  private static final class Script implements TrainingEngine {
    private final double[] costs;
    private final double[] devCosts;
    private int steps;
    private int judged;
    private long pauseNanos;
    private int brokenAfter = Integer.MAX_VALUE;
    private Progress progress = Progress.NONE;

    Script(double[] costs, double... devCosts) {
      this.costs = costs;
      this.devCosts = devCosts;
    }

    @Override
    public String name() {
      return "script";
    }

    @Override
    public void advance(long count) {
      if (steps + count > brokenAfter) {
        throw new BackendException("advance: broken", new IllegalStateException());
      }
      long end = System.nanoTime() + pauseNanos;
      for (long i = 0; i < count; i++, steps++) {
        double cost = costs[Math.min(steps, costs.length - 1)];
        progress =
            new Progress(progress.samples() + 1, progress.lossSum() + cost, 0, progress.hits() + 1);
      }
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(pauseNanos);
      }
    }

    @Override
    public void retire(int model) {}

    @Override
    public Progress progress(int model) {
      return progress;
    }

    @Override
    public Progress takeProgress(int model) {
      Progress taken = progress;
      progress = Progress.NONE;
      return taken;
    }

    @Override
    public Progress evaluate(int model, Samples samples) {
      return new Progress(1, devCosts[judged++], 0, 0);
    }

    @Override
    public Weights weights(int model) {
      return weightsAfter(steps);
    }

    @Override
    public void close() {}
  }

  private static Weights weightsAfter(int steps) {
    return Weights.of(SPEC, new float[] {steps, 0});
  }

  private TrainingRun run(Script script, int rows, int epochs, int patience, BooleanSupplier stop) {
    Matrix features = backend.allocate(scope, rows, 1);
    Matrix targets = backend.allocate(scope, rows, 1);
    ModelPlan model = new ModelPlan(weightsAfter(0), Optimizer.Adam.of(0.1), 0, 0);
    Samples dev = script.devCosts.length == 0 ? null : Samples.resident(features, targets);
    return new TrainingRun(
        script,
        new TrainingPlan(features, targets, 1, List.of(model)),
        dev,
        TrainingSettings.defaults().withEpochs(epochs).withPatience(patience),
        1,
        weights ->
            new Model(
                weights, Task.BINARY, List.of("x"), "y", List.of("a", "b"), null, null, Map.of()),
        new ArrayList<>(),
        stop);
  }

  private DivergedException diverges(Script script, int rows, int epochs) {
    return catchThrowableOfType(
        DivergedException.class, () -> run(script, rows, epochs, 3, () -> false).toTheEnd());
  }

  @Test
  void stopsAfterAsManyEpochsWithoutANewLowestCostAsPatienceSays() {
    // Equal is not lower.
    Script script = new Script(new double[] {1}, 5, 3, 4, 3, 3.5, 1);
    TrainingResult result = run(script, 2, 100, 3, () -> false).toTheEnd();
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.STOPPED_EARLY);
    assertThat(result.history())
        .extracting(EpochReport::best)
        .containsExactly(true, true, false, false, false);
    assertThat(result.bestEpoch()).isEqualTo(2);
    assertThat(result.model().weights()).isEqualTo(weightsAfter(4));
  }

  @Test
  void goesOnWhileTheCostFallsInTime() {
    Script script = new Script(new double[] {1}, 5, 6, 6, 4, 6, 6);
    TrainingResult result = run(script, 1, 6, 3, () -> false).toTheEnd();
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.COMPLETED);
    assertThat(result.bestEpoch()).isEqualTo(4);
    assertThat(result.model().weights()).isEqualTo(weightsAfter(4));
  }

  /** The cost of an epoch is measured on the way; its end may already be beyond saving. */
  @Test
  void withoutADevSetTheWeightsBeforeTheLastSoundEpochSurviveADivergence() {
    DivergedException e = diverges(new Script(new double[] {1, 1, 1, 1, 1, 1e30}), 2, 9);
    assertThat(e.epoch()).isEqualTo(3);
    assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(2));
  }

  @Test
  void inTheFirstEpochsThereIsNothingToSurvive() {
    assertThat(diverges(new Script(new double[] {1, Double.NaN}), 2, 9).best()).isEmpty();
    assertThat(diverges(new Script(new double[] {1, 1, Double.NaN}), 2, 9).best()).isEmpty();
  }

  @Test
  void aDevCostThatIsNoNumberIsADivergence() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      DivergedException e = diverges(new Script(new double[] {1}, 2, bad, 1), 3, 9);
      assertThat(e.epoch()).isEqualTo(2);
      assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(3));
    }
  }

  private TrainingFaultException breaks(Script script, int steps) {
    script.brokenAfter = steps;
    return catchThrowableOfType(
        TrainingFaultException.class, () -> run(script, 2, 9, 3, () -> false).toTheEnd());
  }

  @Test
  void whatWasLearnedBeforeAFaultIsKept() {
    TrainingFaultException e = breaks(new Script(new double[] {1}), 5);
    assertThat(e.epoch()).isEqualTo(3);
    assertThat(e).hasMessage("training ended in epoch 3: advance: broken");
    assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(4));
    // With a dev set, the best.
    e = breaks(new Script(new double[] {1}, 1, 2, 3), 5);
    assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(2));
    assertThat(breaks(new Script(new double[] {1}), 1).best()).isEmpty();
  }

  @Test
  void theLimitIsAMillionTimesTheFirstCostAndOne() {
    // The mean of the second epoch is just below, then just above 10⁶ (3 + 1).
    double limit = 4e6;
    Script below = new Script(new double[] {3, 3, 0, 2 * limit, 1});
    assertThat(run(below, 2, 4, 3, () -> false).toTheEnd().history()).hasSize(4);
    DivergedException e = diverges(new Script(new double[] {3, 3, 0, 2 * limit + 4, 1}), 2, 4);
    assertThat(e.epoch()).isEqualTo(2);
    assertThat(e).hasMessageContaining("the cost rose from 3.0 to 4000002.0");
  }

  /** Not only when a long epoch has ended. */
  @Test
  void aDivergenceIsFoundWithinTheEpoch() {
    Script script = new Script(new double[] {1, 1e12});
    DivergedException e = diverges(script, 100_000, 9);
    assertThat(e.epoch()).isEqualTo(1);
    assertThat(script.steps).isLessThanOrEqualTo(5);
  }

  @Test
  void anEpochCutShortIsNotInTheHistory() {
    Script script = new Script(new double[] {1});
    // So slow that each slice is one step.
    script.pauseNanos = 60_000_000;
    TrainingResult result = run(script, 3, 9, 3, () -> script.steps >= 4).toTheEnd();
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.INTERRUPTED);
    assertThat(result.history()).hasSize(1);
    assertThat(script.steps).isEqualTo(4);
    assertThat(result.model().weights()).isEqualTo(weightsAfter(4));
  }

  /** Slices end wherever the time is up; nobody may see that in the history. */
  @Test
  void theCostOfAnEpochHasTheSameBitsHoweverLongTheSlicesWere() {
    double[] costs = new Random(1).doubles(2000).toArray();
    double sum = 0;
    for (double cost : costs) {
      sum += cost;
    }
    double inOneGo = sum / costs.length;
    Random random = new Random(2);
    for (int round = 0; round < 3; round++) {
      Script script = new Script(costs);
      TrainingResult result =
          run(script, costs.length, 1, 3, () -> random.nextInt(4) == 0 && pause()).toTheEnd();
      assertThat(result.history().get(0).trainCost()).isEqualTo(inOneGo);
    }
  }

  /** Long enough to shorten the next slice; false. */
  private static boolean pause() {
    LockSupport.parkNanos(100_000);
    return false;
  }

  @Test
  void theRateCountsAllSamplesSeen() {
    TrainingResult result = run(new Script(new double[] {1}), 50, 4, 3, () -> false).toTheEnd();
    assertThat(result.samplesPerSecond() * result.seconds()).isCloseTo(200, within(1e-6));
  }
}
