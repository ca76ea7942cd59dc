package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.TrainingEngine.Epoch;
import org.shallownet.backend.TrainingEngine.Epochs;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingEngine.Watch;
import org.shallownet.backend.device.Matrix;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;
import org.shallownet.network.Weights;

/** What an engine must do that takes epochs by itself: what it does step by step, to the bit. */
public abstract class EpochsEngineContract extends WeightedEngineContract {
  private static final int ROWS = 53;
  private static final int EPOCHS = 40;
  private static final double MOST_COST = 1e6;

  /** How a model ended. */
  private record Ended(List<Epoch> epochs, @Nullable Weights best, Weights last) {}

  /** Some that get better to the end, some that soon do not, one that diverges, a refined one. */
  private static List<ModelPlan> models(ModelSamples samples) {
    NetworkSpec wider =
        NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
            .withHidden(11, Activation.RELU);
    return List.of(
        model(CLASSIFIER, 1, new Optimizer.GradientDescent(0.01), samples),
        model(CLASSIFIER, 2, Optimizer.Adam.of(0.3), samples),
        model(wider, 3, Optimizer.Adam.of(0.1), samples),
        model(CLASSIFIER, 4, new Optimizer.GradientDescent(1e30), samples),
        model(wider, 5, new Optimizer.Momentum(0.02, 0.9), samples),
        new ModelPlan(Networks.weights(wider, 6), Optimizer.Adam.of(0.01), 0.01, 6, samples, 6)
            .withRefinements(
                Refinements.NONE
                    .withSchedule(new Schedule.Cosine(EPOCHS))
                    .withWarmup(2.5)
                    .withClipNorm(0.5)
                    .withL1(0.01)
                    .withDropout(0.2)
                    .withLoss(new Loss.Smoothed(0.1))));
  }

  private static ModelPlan model(
      NetworkSpec spec, int seed, Optimizer optimizer, ModelSamples samples) {
    return new ModelPlan(Networks.weights(spec, seed), optimizer, 0.01, seed, samples, 0);
  }

  private Samples samples(int rows, int seed, boolean weighted) {
    float[][] x = Networks.features(rows, seed);
    float[][] y = Networks.targets(CLASSIFIER, rows, seed + 1);
    return weighted
        ? weighted(x, y, Networks.sampleWeights(rows, seed + 2))
        : Samples.resident(matrix(x), matrix(y));
  }

  @ParameterizedTest
  @CsvSource({"11, false", "53, false", "11, true", "53, true"})
  void epochsTakenAtOnceAreThoseTakenOneByOne(int batch, boolean weighted) {
    TrainingPlan plan =
        new TrainingPlan(samples(ROWS, 4, weighted), batch, models(ModelSamples.ALL));
    requireSame(plan, samples(31, 7, weighted));
  }

  /** More dev samples than one block of threads judges at once. */
  @Test
  void manyDevSamples() {
    TrainingPlan plan = new TrainingPlan(samples(ROWS, 4, false), ROWS, models(ModelSamples.ALL));
    requireSame(plan, samples(20_001, 7, false));
  }

  /** Models on different rows, each judged by what is held back for it. */
  @ParameterizedTest
  @ValueSource(ints = {7, 64})
  void modelsThatAreJudgedByRowsOfTheirOwn(int batch) {
    List<ModelPlan> models = new ArrayList<>();
    for (int fold = 0; fold < 3; fold++) {
      int own = fold;
      SampleRows held =
          SampleRows.of(IntStream.range(0, ROWS).filter(row -> row % 3 == own).toArray());
      models.addAll(models(new ModelSamples(held.others(ROWS), held, ModelSamples.ALL_INPUTS)));
    }
    requireSame(new TrainingPlan(samples(ROWS, 4, false), Math.min(batch, ROWS), models), null);
  }

  /** They end only by diverging; what they fall back on is what the last sound epoch began from. */
  @ParameterizedTest
  @ValueSource(ints = {11, 53})
  void modelsThatNothingJudges(int batch) {
    requireSame(new TrainingPlan(samples(ROWS, 4, false), batch, models(ModelSamples.ALL)), null);
  }

  private static boolean judges(TrainingPlan plan, @Nullable Samples dev) {
    return dev != null || plan.models().get(0).samples().judged();
  }

  private void requireSame(TrainingPlan plan, @Nullable Samples dev) {
    Map<Integer, Ended> expected;
    try (TrainingEngine engine = newEngine(backend, plan)) {
      assumeTrue(engine.takesEpochs(dev), "takes steps only");
      expected = oneByOne(engine, plan, dev);
    }
    // All that may happen does.
    assertThat(expected.values()).extracting(ended -> ended.epochs().size()).contains(EPOCHS);
    assertThat(expected.values())
        .extracting(ended -> ended.epochs().size())
        .anyMatch(epochs -> (epochs > 5 && epochs < EPOCHS) || !judges(plan, dev));
    assertThat(expected.get(3).epochs()).hasSizeLessThan(5);
    for (List<Integer> parts : List.of(List.of(EPOCHS), List.of(1, 2, 7, 30))) {
      try (TrainingEngine engine = newEngine(backend, plan)) {
        Map<Integer, Ended> found = atOnce(engine, plan, dev, parts);
        expected.forEach((model, ended) -> requireSame("model " + model, found.get(model), ended));
      }
    }
  }

  private static void requireSame(String model, @Nullable Ended found, Ended expected) {
    assertThat(found).as(model).isNotNull();
    assertThat(found.epochs()).as(model).hasSameSizeAs(expected.epochs());
    for (int i = 0; i < expected.epochs().size(); i++) {
      Epoch epoch = expected.epochs().get(i);
      assertThat(found.epochs().get(i).seen()).as(model).isEqualTo(epoch.seen());
      if (isSound(epoch.seen())) {
        assertThat(found.epochs().get(i).onDev()).as(model).isEqualTo(epoch.onDev());
      } else {
        assertThat(found.epochs().get(i).onDev().loss()).as(model).isNaN();
      }
    }
    assertThat(found.best()).as(model).isEqualTo(expected.best());
    if (found.last().isFinite()) {
      assertThat(found.last()).as(model).isEqualTo(expected.last());
    }
  }

  /** The rule, where the host has it. */
  private static Map<Integer, Ended> oneByOne(
      TrainingEngine engine, TrainingPlan plan, @Nullable Samples dev) {
    Map<Integer, Ended> ended = new HashMap<>();
    int count = plan.models().size();
    Set<Integer> over = new HashSet<>();
    double[] lowest = new double[count];
    int[] bestEpoch = new int[count];
    for (int i = 0; i < count; i++) {
      lowest[i] = Double.POSITIVE_INFINITY;
      ended.put(i, new Ended(new ArrayList<>(), null, plan.models().get(i).initial()));
    }
    boolean judged = judges(plan, dev);
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
      List<Weights> began = engine.weights(IntStream.range(0, count).boxed().toList());
      engine.advance(plan.stepsPerEpoch());
      for (int i = 0; i < count; i++) {
        if (over.contains(i)) {
          continue;
        }
        Progress onDev =
            !judged
                ? Progress.NONE
                : dev == null ? engine.judge(List.of(i)).get(0) : engine.evaluate(i, dev);
        Progress seen = engine.takeProgress(i);
        Ended before = ended.get(i);
        before.epochs().add(new Epoch(seen, onDev));
        boolean sound = isSound(seen);
        boolean lower = Double.isFinite(onDev.loss()) && onDev.loss() < lowest[i];
        boolean better = sound && (!judged || lower);
        Weights now = engine.weights(i);
        Weights best = judged ? now : began.get(i);
        if (better) {
          lowest[i] = onDev.loss();
          bestEpoch[i] = epoch;
        }
        ended.put(i, new Ended(before.epochs(), better ? best : before.best(), now));
        boolean patient = epoch - bestEpoch[i] < patience(i);
        if (!sound || (judged && (!Double.isFinite(onDev.loss()) || !patient))) {
          over.add(i);
          engine.retire(i);
        }
      }
    }
    return ended;
  }

  private static boolean isSound(Progress seen) {
    return Double.isFinite(seen.cost()) && seen.costSum() <= MOST_COST;
  }

  private static int patience(int model) {
    return 2 + model % 3;
  }

  private static Map<Integer, Ended> atOnce(
      TrainingEngine engine, TrainingPlan plan, @Nullable Samples dev, List<Integer> parts) {
    Map<Integer, Ended> ended = new HashMap<>();
    Map<Integer, Watch> watches = new HashMap<>();
    for (int i = 0; i < plan.models().size(); i++) {
      ended.put(i, new Ended(new ArrayList<>(), null, plan.models().get(i).initial()));
      watches.put(i, new Watch(i, Double.POSITIVE_INFINITY, patience(i), patience(i), MOST_COST));
    }
    for (int most : parts) {
      // From the last model to the first: the order is the caller's.
      List<Watch> asked = new ArrayList<>(watches.values());
      asked.sort((a, b) -> b.model() - a.model());
      List<Epochs> taken = engine.takeEpochs(most, asked, dev);
      assertThat(taken).hasSameSizeAs(asked);
      for (int i = 0; i < asked.size(); i++) {
        Watch watch = asked.get(i);
        Ended before = ended.get(watch.model());
        before.epochs().addAll(taken.get(i).epochs());
        Weights best = taken.get(i).best();
        Weights now = engine.weights(watch.model());
        ended.put(
            watch.model(), new Ended(before.epochs(), best == null ? before.best() : best, now));
        Watch next = judges(plan, dev) ? after(watch, taken.get(i).epochs()) : watch;
        boolean whole = taken.get(i).epochs().size() == most;
        Progress last = taken.get(i).epochs().get(taken.get(i).epochs().size() - 1).seen();
        if (whole && next.left() > 0 && isSound(last)) {
          watches.put(watch.model(), next);
        } else {
          watches.remove(watch.model());
          engine.retire(watch.model());
        }
        assertThat(engine.takeProgress(watch.model())).isEqualTo(Progress.NONE);
      }
    }
    return ended;
  }

  private static Watch after(Watch watch, List<Epoch> epochs) {
    double lowest = watch.bestCost();
    int left = watch.left();
    for (Epoch epoch : epochs) {
      boolean better = epoch.onDev().loss() < lowest;
      lowest = better ? epoch.onDev().loss() : lowest;
      left = better ? watch.patience() : left - 1;
    }
    return new Watch(watch.model(), lowest, left, watch.patience(), watch.mostCostSum());
  }

  /** The sum that the engine compares with the bound is the host's to the bit, weights or not. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCostAtTheBoundHasNotDivergedAndOneAboveHas(boolean weighted) {
    List<ModelPlan> models = models(ModelSamples.ALL);
    TrainingPlan plan = new TrainingPlan(samples(ROWS, 4, weighted), ROWS, models);
    Samples dev = samples(31, 7, weighted);
    List<Integer> numbers = IntStream.range(0, models.size()).boxed().toList();
    List<Progress> seen;
    try (TrainingEngine engine = newEngine(backend, plan)) {
      assumeTrue(engine.takesEpochs(dev), "takes steps only");
      engine.advance(plan.stepsPerEpoch());
      seen = engine.takeProgress(numbers);
    }
    for (boolean above : new boolean[] {false, true}) {
      List<Watch> watches = new ArrayList<>();
      for (int i : numbers) {
        double sum = seen.get(i).costSum();
        watches.add(new Watch(i, Double.POSITIVE_INFINITY, 9, 9, above ? Math.nextDown(sum) : sum));
      }
      try (TrainingEngine engine = newEngine(backend, plan)) {
        for (Epochs taken : engine.takeEpochs(1, watches, dev)) {
          assertThat(Double.isNaN(taken.epochs().get(0).onDev().loss())).isEqualTo(above);
          assertThat(taken.best() == null).isEqualTo(above);
        }
      }
    }
  }

  /** Logits are minus infinity, so that a target of -1, 0 or 1 costs what no number is. */
  @Test
  void aDevCostThatIsNotFiniteIsNeverTheBest() {
    NetworkSpec spec = NetworkSpec.of(Networks.INPUTS, Output.SIGMOID_CROSS_ENTROPY, 1);
    float[] values = new float[Networks.INPUTS + 1];
    Arrays.fill(values, 1);
    float[][] x = new float[ROWS][Networks.INPUTS];
    float[][] y = new float[ROWS][1];
    Matrix features = matrix(x);
    Samples train = Samples.resident(features, matrix(y));
    for (float[] row : x) {
      Arrays.fill(row, -3e38f);
    }
    double[] costs = {Double.NEGATIVE_INFINITY, Double.NaN, Double.POSITIVE_INFINITY};
    for (int target = -1; target <= 1; target++) {
      for (float[] row : y) {
        row[0] = target;
      }
      Samples dev = Samples.resident(matrix(x), matrix(y));
      ModelPlan model =
          new ModelPlan(Weights.of(spec, values), new Optimizer.GradientDescent(0.01), 0, 1);
      TrainingPlan plan = new TrainingPlan(train, ROWS, List.of(model));
      try (TrainingEngine engine = newEngine(backend, plan)) {
        assumeTrue(engine.takesEpochs(dev), "takes steps only");
        Watch watch = new Watch(0, Double.POSITIVE_INFINITY, 9, 9, MOST_COST);
        Epochs taken = engine.takeEpochs(5, List.of(watch), dev).get(0);
        assertThat(taken.epochs()).hasSize(1);
        assertThat(taken.epochs().get(0).seen().cost()).isFinite();
        assertThat(taken.epochs().get(0).onDev().loss())
            .isEqualTo(Double.valueOf(costs[target + 1]));
        assertThat(taken.best()).isNull();
      }
    }
  }

  @Test
  void epochsThatAreNoneAndOtherSamplesAreRefused() {
    TrainingPlan plan = new TrainingPlan(samples(ROWS, 4, false), 11, models(ModelSamples.ALL));
    List<Watch> watches = List.of(new Watch(0, 1, 2, 2, 3));
    Samples dev = samples(31, 7, false);
    Samples weighted = samples(31, 7, true);
    TrainingEngine engine = newEngine(backend, plan);
    if (!engine.takesEpochs(dev)) {
      assertThatThrownBy(() -> engine.takeEpochs(1, watches, dev))
          .hasMessageMatching(".*(takes steps only|does not take epochs by itself).*");
      engine.close();
      return;
    }
    for (int none : new int[] {0, -1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.takeEpochs(none, watches, dev))
          .withMessage("takeEpochs: " + none + " epochs can't be taken");
    }
    String form = "samples with weights, 5 features and 1 targets are not of the plan's form";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> engine.takeEpochs(1, watches, weighted))
        .withMessage("takeEpochs: " + form);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> engine.takesEpochs(weighted))
        .withMessage("takesEpochs: " + form);
    engine.advance(1);
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.takeEpochs(1, watches, dev))
        .withMessage("takeEpochs: an epoch is under way; have the engine advance to its end first");
    engine.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.takeEpochs(1, watches, dev))
        .withMessage("takeEpochs: the training engine is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.takesEpochs(dev))
        .withMessage("takesEpochs: the training engine is closed");
  }
}
