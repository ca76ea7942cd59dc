package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.data.Dataset;
import org.shallownet.data.Task;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;
import org.shallownet.network.Weights;
import org.shallownet.training.checkpoint.CheckpointSchedule;

/** The loop over epochs, with an engine whose costs are written down beforehand. */
class TrainingRunTest {
  private static final NetworkSpec SPEC = NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1);

  private static final double[] NOT_FINITE = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
  };

  private Backend backend;
  private Scope scope;

  private Refinements refinements = Refinements.NONE;
  private int mostReports = History.MOST;

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
  private static final class Script {
    private final double[] costs;
    private final double[] devCosts;
    private int steps;
    private int judged;
    private boolean retired;
    private TrainingEngine.Progress progress = TrainingEngine.Progress.NONE;

    private final List<Double> scales = new ArrayList<>();

    Script(double[] costs, double... devCosts) {
      this.costs = costs;
      this.devCosts = devCosts;
    }

    private void advance(long count) {
      for (long i = 0; i < count; i++, steps++) {
        double cost = costs[Math.min(steps, costs.length - 1)];
        progress =
            new TrainingEngine.Progress(
                progress.samples() + 1,
                progress.weight() + 1,
                progress.lossSum() + cost,
                0,
                progress.hits() + 1);
      }
    }
  }

  /** Plays a script for each network. */
  private static final class Player implements TrainingEngine {
    private final List<Script> scripts;
    private long pauseNanos;
    private int brokenAfter = Integer.MAX_VALUE;

    /** The steps of an epoch for one that takes epochs by itself; 0 for one that takes steps. */
    private int epochSteps;

    private final List<Integer> epochsAsked = new ArrayList<>();

    Player(Script... scripts) {
      this.scripts = List.of(scripts);
    }

    @Override
    public String name() {
      return "script";
    }

    @Override
    public void advance(long count) {
      if (scripts.get(0).steps + count > brokenAfter) {
        throw new BackendException("advance: broken", new IllegalStateException());
      }
      long end = System.nanoTime() + pauseNanos;
      scripts.stream().filter(script -> !script.retired).forEach(script -> script.advance(count));
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(pauseNanos);
      }
    }

    @Override
    public void scaleRate(int model, double factor) {
      scripts.get(model).scales.add(factor);
    }

    @Override
    public void retire(int model) {
      scripts.get(model).retired = true;
    }

    @Override
    public List<Progress> progress(List<Integer> models) {
      return models.stream().map(model -> scripts.get(model).progress).toList();
    }

    @Override
    public List<Progress> takeProgress(List<Integer> models) {
      List<Progress> taken = progress(models);
      models.forEach(model -> scripts.get(model).progress = Progress.NONE);
      return taken;
    }

    @Override
    public List<Progress> evaluate(List<Integer> models, Samples samples) {
      return models.stream()
          .map(scripts::get)
          .map(script -> new Progress(1, 1, script.devCosts[script.judged++], 0, 0))
          .toList();
    }

    @Override
    public boolean takesEpochs(@Nullable Samples dev) {
      return epochSteps > 0;
    }

    @Override
    public List<Epochs> takeEpochs(int most, List<Watch> watches, @Nullable Samples dev) {
      epochsAsked.add(most);
      List<Epochs> taken = new ArrayList<>();
      for (Watch watch : watches) {
        taken.add(takeEpochs(most, watch, dev));
      }
      return taken;
    }

    private Epochs takeEpochs(int most, Watch watch, @Nullable Samples dev) {
      Script script = scripts.get(watch.model());
      List<Epoch> epochs = new ArrayList<>();
      Weights best = null;
      double lowest = watch.bestCost();
      int left = watch.left();
      while (epochs.size() < most && left > 0) {
        if (script.steps + epochSteps > brokenAfter) {
          throw new BackendException("takeEpochs: broken", new IllegalStateException());
        }
        script.advance(epochSteps);
        Progress seen = takeProgress(watch.model());
        if (!Double.isFinite(seen.cost()) || seen.costSum() > watch.mostCostSum()) {
          epochs.add(new Epoch(seen, new Progress(1, 1, Double.NaN, 0, 0)));
          break;
        }
        if (dev == null) {
          epochs.add(new Epoch(seen, Progress.NONE));
          best = weightsAfter(script.steps - epochSteps);
          continue;
        }
        double cost = script.devCosts[script.judged++];
        epochs.add(new Epoch(seen, new Progress(1, 1, cost, 0, 0)));
        if (!Double.isFinite(cost)) {
          break;
        }
        left--;
        if (cost < lowest) {
          lowest = cost;
          left = watch.patience();
          best = weightsAfter(script.steps);
        }
      }
      return new Epochs(epochs, best);
    }

    @Override
    public List<Weights> weights(List<Integer> models) {
      return models.stream().map(model -> weightsAfter(scripts.get(model).steps)).toList();
    }

    @Override
    public ModelState state(int model) {
      return ModelState.of(
          weights(model), List.of(), scripts.get(model).steps, scripts.get(model).progress.sums());
    }

    @Override
    public void resume(List<ModelState> states) {
      for (int i = 0; i < states.size(); i++) {
        scripts.get(i).steps = (int) states.get(i).steps();
        scripts.get(i).progress = Progress.of(states.get(i).sums());
      }
    }

    @Override
    public void close() {}
  }

  /** Writes down what a run reports. */
  private static class Log implements TrainingRun.Observer {
    private final List<String> lines = new ArrayList<>();

    @Override
    public void onStart(TrainingSession session, int networks) {}

    @Override
    public void onProgress(int epoch, long samples, double seconds) {}

    @Override
    public void onEpoch(ModelRun model, EpochReport report) {
      lines.add(model.number() + " epoch " + report.epoch());
    }

    @Override
    public void onEnd(ModelRun model) {
      lines.add(model.number() + " " + model.result().ending());
    }
  }

  private static Weights weightsAfter(int steps) {
    return Weights.of(SPEC, new float[] {steps, 0});
  }

  private static Model model(Weights weights) {
    return new Model(
        weights, Task.BINARY, List.of("x"), "y", List.of("a", "b"), null, null, Map.of());
  }

  private List<ModelRun> run(
      Player player, int rows, int epochs, int patience, Log log, BooleanSupplier stop) {
    return newRun(player, rows, epochs, patience, log, stop).toTheEnd();
  }

  private TrainingRun newRun(
      Player player, int rows, int epochs, int patience, Log log, BooleanSupplier stop) {
    Matrix features = backend.allocate(scope, rows, 1);
    Matrix targets = backend.allocate(scope, rows, 1);
    TrainingSettings settings =
        TrainingSettings.defaults().withEpochs(epochs).withPatience(patience);
    List<ModelPlan> plans = new ArrayList<>();
    List<ModelRun.Pupil> pupils = new ArrayList<>();
    for (int i = 0; i < player.scripts.size(); i++) {
      plans.add(
          new ModelPlan(weightsAfter(0), Optimizer.Adam.of(0.1), 0, 0)
              .withRefinements(refinements));
      pupils.add(new ModelRun.Pupil(i, settings, rows, 1, mostReports, TrainingRunTest::model));
    }
    boolean judged = player.scripts.get(0).devCosts.length > 0;
    TrainingPlan plan = new TrainingPlan(features, targets, 1, plans);
    Samples dev = judged ? Samples.resident(features, targets) : null;
    return new TrainingRun(player, plan, pupils, dev, log, stop);
  }

  private TrainingResult train(
      Script script, int rows, int epochs, int patience, BooleanSupplier stop) {
    return run(new Player(script), rows, epochs, patience, new Log(), stop).get(0).result();
  }

  private DivergedException diverges(Script script, int rows, int epochs) {
    ModelRun run = run(new Player(script), rows, epochs, 3, new Log(), () -> false).get(0);
    assertThat(run.result().ending()).isEqualTo(TrainingResult.Ending.DIVERGED);
    return (DivergedException) Objects.requireNonNull(run.failure());
  }

  @Test
  void stopsAfterAsManyEpochsWithoutANewLowestCostAsPatienceSays() {
    // Equal is not lower.
    Script script = new Script(new double[] {1}, 5, 3, 4, 3, 3.5, 1);
    TrainingResult result = train(script, 2, 100, 3, () -> false);
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.STOPPED_EARLY);
    assertThat(result.history())
        .extracting(EpochReport::best)
        .containsExactly(true, true, false, false, false);
    assertThat(result.bestEpoch()).isEqualTo(2);
    assertThat(result.model().weights()).isEqualTo(weightsAfter(4));
  }

  /** Counted from the lowest cost, or from where the rate fell last. */
  @Test
  void theRateFallsOnPlateaus() {
    refinements = refinements.withSchedule(new Schedule.Plateau(2, 0.5));
    Script script = new Script(new double[] {1}, 5, 4, 4, 4, 4, 4, 3, 4, 4);
    train(script, 2, 9, 20, () -> false);
    assertThat(script.scales).containsExactly(0.5, 0.25, 0.125);
  }

  @Test
  void goesOnWhileTheCostFallsInTime() {
    Script script = new Script(new double[] {1}, 5, 6, 6, 4, 6, 6);
    TrainingResult result = train(script, 1, 6, 3, () -> false);
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
    for (double bad : NOT_FINITE) {
      DivergedException e = diverges(new Script(new double[] {1}, 2, bad, 1), 3, 9);
      assertThat(e.epoch()).isEqualTo(2);
      assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(3));
    }
  }

  /** The first epoch is the host's, the others are the engine's. */
  @Test
  void aDevCostThatIsNoNumberIsNeverTheBestOfEpochsTakenAtOnce() {
    for (double bad : NOT_FINITE) {
      Player player = new Player(new Script(new double[] {1}, 4, 3, 2, bad, 1));
      player.epochSteps = 3;
      ModelRun run = run(player, 3, 9, 9, new Log(), () -> false).get(0);
      assertThat(player.epochsAsked).isNotEmpty();
      assertThat(run.result().bestEpoch()).isEqualTo(3);
      assertThat(run.result().history()).extracting(EpochReport::epoch).containsExactly(1, 2, 3);
      DivergedException e = (DivergedException) Objects.requireNonNull(run.failure());
      assertThat(e.epoch()).isEqualTo(4);
      assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(9));
    }
  }

  private TrainingFaultException breaks(Script script, int steps) {
    Player player = new Player(script);
    player.brokenAfter = steps;
    ModelRun run = run(player, 2, 9, 3, new Log(), () -> false).get(0);
    assertThat(run.result().ending()).isEqualTo(TrainingResult.Ending.FAILED);
    return (TrainingFaultException) Objects.requireNonNull(run.failure());
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
    assertThat(train(below, 2, 4, 3, () -> false).history()).hasSize(4);
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
    Player player = new Player(script);
    // So slow that each slice is one step.
    player.pauseNanos = 60_000_000;
    TrainingResult result =
        run(player, 3, 9, 3, new Log(), () -> script.steps >= 4).get(0).result();
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
          train(script, costs.length, 1, 3, () -> random.nextInt(4) == 0 && pause());
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
    TrainingResult result = train(new Script(new double[] {1}), 50, 4, 3, () -> false);
    assertThat(result.samplesPerSecond() * result.seconds()).isCloseTo(200, within(1e-6));
  }

  @Test
  void eachNetworkEndsWhenItsOwnTrainingIsOver() {
    Script stops = new Script(new double[] {1}, 1, 2, 2);
    Script diverges = new Script(new double[] {1, 1, 1, Double.NaN}, 3, 3, 3);
    Script completes = new Script(new double[] {1}, 4, 3, 2, 1);
    Log log = new Log();
    List<ModelRun> runs = run(new Player(stops, diverges, completes), 2, 4, 2, log, () -> false);
    assertThat(log.lines)
        .containsExactly(
            "0 epoch 1",
            "1 epoch 1",
            "2 epoch 1",
            "1 DIVERGED",
            "0 epoch 2",
            "2 epoch 2",
            "0 epoch 3",
            "2 epoch 3",
            "0 STOPPED_EARLY",
            "2 epoch 4",
            "2 COMPLETED");
    assertThat(stops.steps).isEqualTo(6);
    assertThat(diverges.steps).isLessThanOrEqualTo(4);
    assertThat(runs).extracting(run -> run.result().bestEpoch()).containsExactly(1, 1, 4);
    assertThat(runs)
        .extracting(run -> run.result().model().weights())
        .containsExactly(weightsAfter(2), weightsAfter(2), weightsAfter(8));
    assertThat(runs)
        .extracting(ModelRun::failure)
        .satisfiesExactly(
            none -> assertThat(none).isNull(),
            some -> assertThat(some).hasMessageContaining("diverged in epoch 2: the cost is NaN"),
            none -> assertThat(none).isNull());
  }

  /** Costs that fall, rise and are no numbers at random places. */
  private static Player randomPlayer(long seed, boolean judged) {
    Random random = new Random(seed);
    Script[] scripts = new Script[3];
    for (int i = 0; i < scripts.length; i++) {
      double[] costs = random.doubles(200, 0.5, 1.5).toArray();
      double[] devCosts = random.doubles(100).toArray();
      for (int epoch = 0; epoch < devCosts.length; epoch++) {
        devCosts[epoch] += Math.abs(epoch - 30) * 0.05;
      }
      if (random.nextInt(3) == 0) {
        costs[random.nextInt(200)] = random.nextBoolean() ? Double.NaN : 1e12;
      }
      if (random.nextInt(3) == 0) {
        devCosts[random.nextInt(100)] = Double.NaN;
      }
      scripts[i] = new Script(costs, judged ? devCosts : new double[0]);
    }
    return new Player(scripts);
  }

  /** Whoever decides when a network's training is over, it is over after the same epoch. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEngineThatTakesEpochsByItselfChangesNothing(boolean judged) {
    int asked = 0;
    for (int seed = 0; seed < 100; seed++) {
      Log stepsLog = new Log();
      List<ModelRun> steps = run(randomPlayer(seed, judged), 2, 90, 10, stepsLog, () -> false);
      Player player = randomPlayer(seed, judged);
      player.epochSteps = 2;
      Log epochsLog = new Log();
      List<ModelRun> epochs = run(player, 2, 90, 10, epochsLog, () -> false);
      assertThat(epochsLog.lines).isEqualTo(stepsLog.lines);
      for (int i = 0; i < steps.size(); i++) {
        TrainingResult expected = steps.get(i).result();
        TrainingResult found = epochs.get(i).result();
        assertThat(found.ending()).isEqualTo(expected.ending());
        assertThat(found.bestEpoch()).isEqualTo(expected.bestEpoch());
        assertThat(found.model().weights()).isEqualTo(expected.model().weights());
        assertThat(withoutSeconds(found.history())).isEqualTo(withoutSeconds(expected.history()));
      }
      asked += player.epochsAsked.size();
      assertThat(player.epochsAsked).allMatch(count -> count > 1);
    }
    assertThat(asked).isPositive();
  }

  private static List<EpochReport> withoutSeconds(List<EpochReport> history) {
    return history.stream()
        .map(
            report ->
                new EpochReport(
                    report.epoch(),
                    report.trainCost(),
                    report.devCost(),
                    0,
                    report.trainScore(),
                    report.devScore(),
                    report.best()))
        .toList();
  }

  /** So that the file has the epoch that was asked for. */
  @Test
  void noEpochsAreTakenAtOnceAcrossACheckpoint() {
    Player player = randomPlayer(1, true);
    player.epochSteps = 2;
    List<Integer> ended = new ArrayList<>();
    newRun(player, 2, 90, 90, new Log(), () -> false)
        .keptBy(
            new TrainingRun.Keeper() {
              @Override
              public boolean isDue(int epochs, boolean last) {
                ended.add(epochs);
                return false;
              }

              @Override
              public int epochsUntilDue(int epochs) {
                return 7 - epochs % 7;
              }

              @Override
              public void keep(TrainingRun run, boolean last) {
                throw new IllegalStateException("nothing was due");
              }
            })
        .toTheEnd();
    assertThat(ended).contains(7, 14, 21, 28);
    assertThat(player.epochsAsked).isNotEmpty().allMatch(count -> count <= 7);
  }

  /** Unlike times: what was asked for is done, whatever it takes. */
  @Test
  void aNumberOfEpochsBetweenCheckpointsIsKeptHoweverLongTheyTake() {
    assertThat(checkpoints(CheckpointSchedule.everyEpochs(1))).isEqualTo(8);
    assertThat(checkpoints(CheckpointSchedule.everyEpochs(4))).isEqualTo(2);
    assertThat(checkpoints(CheckpointSchedule.every(Duration.ofNanos(1)))).isEqualTo(1);
  }

  /** How many checkpoints a run of nine short epochs writes, each of which takes 0.05 s. */
  private int checkpoints(CheckpointSchedule schedule) {
    int[] written = new int[1];
    CheckpointKeeper.Writer slow =
        (file, run) -> {
          written[0]++;
          long end = System.nanoTime() + 50_000_000;
          while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
          }
        };
    newRun(new Player(new Script(new double[] {1})), 1, 9, 9, new Log(), () -> false)
        .keptBy(
            new CheckpointKeeper(
                Path.of("never-written.checkpoint"), schedule, false, slow, warning -> {}))
        .toTheEnd();
    return written[0];
  }

  @Test
  void aNetworkKeepsAsManyReportsAsItMay() {
    mostReports = 4;
    TrainingResult result = train(new Script(new double[] {1}), 2, 100, 3, () -> false);
    assertThat(result.history()).extracting(EpochReport::epoch).containsExactly(1, 33, 65, 97, 100);
  }

  /** What the networks of a job may keep together is bounded. */
  @Test
  void aNetworkOfManyMayKeepFewerReports() {
    Dataset data = Planar.data();
    TrainingSettings settings = TrainingSettings.defaults();
    NetworkStart start = NetworkStart.of(data.network(), settings, warning -> {});
    Preparation preparation = Preparation.fit(data, data.network().output(), true, warning -> {});
    JobDescription description = new JobDescription(backend, data, null, preparation, Map.of());
    assertThat(description.pupil(0, start, "tiled", 1).mostReports()).isEqualTo(16_384);
    assertThat(description.pupil(0, start, "tiled", 10_000).mostReports()).isEqualTo(104);
  }

  /** Without a dev set, what the epochs began from. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEngineThatBreaksAmongEpochsLeavesTheBestBefore(boolean judged) {
    double[] devCosts = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    Player player = new Player(new Script(new double[] {1}, judged ? devCosts : new double[0]));
    player.epochSteps = 2;
    player.brokenAfter = 5;
    ModelRun run = run(player, 2, 9, 3, new Log(), () -> false).get(0);
    assertThat(run.result().ending()).isEqualTo(TrainingResult.Ending.FAILED);
    TrainingFaultException e = (TrainingFaultException) Objects.requireNonNull(run.failure());
    assertThat(e).hasMessage("training ended in epoch 2: takeEpochs: broken");
    assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(2));
  }

  /** What the engine brought is kept, whichever of its epochs the listener was hearing of. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aListenerThatThrowsLosesNoEpochThatWasTakenAtOnce(boolean judged) {
    double[] devCosts = IntStream.range(0, 20).mapToDouble(i -> 1 + Math.abs(i - 6)).toArray();
    int most = 0;
    for (int throwing = 2; throwing <= 9; throwing++) {
      int epoch = throwing;
      Player player = new Player(new Script(new double[] {1}, judged ? devCosts : new double[0]));
      player.epochSteps = 2;
      Log log =
          new Log() {
            @Override
            public void onEpoch(ModelRun model, EpochReport report) {
              super.onEpoch(model, report);
              if (report.epoch() == epoch) {
                throw new IllegalStateException("the listener has enough");
              }
            }
          };
      ModelRun run = run(player, 2, 20, 9, log, () -> false).get(0);
      int taken = player.scripts.get(0).steps / 2;
      assertThat(log.lines).contains("0 epoch " + epoch).endsWith("0 FAILED");
      assertThat(log.lines).hasSize(epoch + 1);
      assertThat(run.result().ending()).isEqualTo(TrainingResult.Ending.FAILED);
      assertThat(run.result().history()).hasSize(taken);
      TrainingFaultException e = (TrainingFaultException) Objects.requireNonNull(run.failure());
      assertThat(e).hasMessageContaining("training ended in epoch " + taken + ": ");
      // Without a dev set what the last epoch began from, or what the whole training ended with.
      int best = judged ? Math.min(taken, 7) : taken == 20 ? 20 : taken - 1;
      assertThat(run.result().bestEpoch()).isEqualTo(best);
      assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(2 * best));
      most = Math.max(most, taken - epoch);
    }
    assertThat(most).isPositive();
  }

  /** Nobody else would hear of what the listener threw. */
  @Test
  void aListenerThatThrowsAtTheVeryLastEpochIsHeard() {
    Log log =
        new Log() {
          @Override
          public void onEpoch(ModelRun model, EpochReport report) {
            super.onEpoch(model, report);
            if (report.epoch() == 3) {
              throw new IllegalStateException("the listener has enough");
            }
          }
        };
    Player player = new Player(new Script(new double[] {1}, 3, 2, 4));
    ModelRun run = run(player, 2, 3, 9, log, () -> false).get(0);
    assertThat(log.lines).endsWith("0 epoch 3", "0 FAILED");
    assertThat(run.result().ending()).isEqualTo(TrainingResult.Ending.FAILED);
    TrainingFaultException e = (TrainingFaultException) Objects.requireNonNull(run.failure());
    assertThat(e).hasMessageContaining("training ended in epoch 3: ");
    assertThat(e).hasRootCauseMessage("the listener has enough");
    assertThat(run.result().bestEpoch()).isEqualTo(2);
    assertThat(e.best().orElseThrow().weights()).isEqualTo(weightsAfter(4));
  }

  @Test
  void aRequestToStopEndsThoseStillInTraining() {
    Script stops = new Script(new double[] {1}, 1, 2, 2);
    Script goesOn = new Script(new double[] {1}, 5, 4, 3, 2);
    List<ModelRun> runs =
        run(new Player(stops, goesOn), 2, 99, 1, new Log(), () -> goesOn.judged >= 3);
    assertThat(runs)
        .extracting(run -> run.result().ending())
        .containsExactly(TrainingResult.Ending.STOPPED_EARLY, TrainingResult.Ending.INTERRUPTED);
    assertThat(runs.get(1).result().bestEpoch()).isEqualTo(3);
  }

  @Test
  void askedToStopFromTheStartNoStepIsTaken() {
    Script script = new Script(new double[] {1}, 1);
    TrainingResult result = train(script, 2, 9, 1, () -> true);
    assertThat(script.steps).isZero();
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.INTERRUPTED);
    assertThat(result.bestEpoch()).isZero();
    assertThat(result.model().weights()).isEqualTo(weightsAfter(0));
  }

  @Test
  void aFaultEndsThoseStillInTraining() {
    Script stops = new Script(new double[] {1}, 1, 2);
    Script goesOn = new Script(new double[] {1}, 5, 4, 3);
    Player player = new Player(goesOn, stops);
    player.brokenAfter = 7;
    Log log = new Log();
    List<ModelRun> runs = run(player, 2, 9, 1, log, () -> false);
    assertThat(runs)
        .extracting(run -> run.result().ending())
        .containsExactly(TrainingResult.Ending.FAILED, TrainingResult.Ending.STOPPED_EARLY);
    assertThat(runs.get(0).result().bestEpoch()).isEqualTo(3);
    assertThat(runs.get(1).failure()).isNull();
    assertThat(log.lines).endsWith("0 epoch 3", "0 FAILED");
  }
}
