package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.network.Activation;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

class TrainerTest {
  private static final Dataset DATA = Planar.data();
  private static final NetworkSpec SPEC = DATA.network().withHidden(8, Activation.TANH);

  private Backend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private static long[] every(int step, int from) {
    return java.util.stream.LongStream.range(0, 400).filter(i -> i % step == from).toArray();
  }

  private static Dataset linearNumbers(int rows, double offset) {
    Random random = new Random(5);
    float[][] x = new float[rows][3];
    double[] y = new double[rows];
    for (int i = 0; i < rows; i++) {
      for (int c = 0; c < 3; c++) {
        x[i][c] = (float) random.nextGaussian();
      }
      y[i] = offset + 20 * (2 * x[i][0] - x[i][1] + 0.5 * x[i][2]);
    }
    return new Dataset(List.of("a", "b", "c"), FloatTable.of(x), "y", new Target.Numbers(y));
  }

  @Test
  void sameSeedGivesTheSameBitsAndAnotherSeedDoesNot() {
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(5);
    TrainingResult one = new Trainer(backend, settings).fit(SPEC, DATA, null);
    TrainingResult two = new Trainer(backend, settings).fit(SPEC, DATA, null);
    TrainingResult other = new Trainer(backend, settings.withSeed(1)).fit(SPEC, DATA, null);
    assertThat(one.model().weights()).isEqualTo(two.model().weights());
    assertThat(one.model().weights()).isNotEqualTo(other.model().weights());
  }

  @Test
  void anInterruptEndsATrainingAndTheBestWeightsAreThere() throws Exception {
    AtomicInteger epochs = new AtomicInteger();
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(1_000_000);
    CountDownLatch begun = new CountDownLatch(3);
    List<TrainingResult> results = new ArrayList<>();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    Future<?> training =
        thread.submit(
            () -> {
              try (Backend own = Backends.open("cpu")) {
                results.add(
                    new Trainer(own, settings)
                        .listen(report -> count(report.epoch(), epochs, begun))
                        .fit(SPEC, DATA.select(every(2, 0)), DATA.select(every(2, 1))));
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
              }
            });
    begun.await();
    training.cancel(true);
    thread.shutdown();
    assertThat(thread.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    TrainingResult result = results.get(0);
    assertThat(result.history()).hasSizeBetween(3, 999_999);
    assertThat(result.model().weights().isFinite()).isTrue();
    assertThat(epochs.get()).isGreaterThanOrEqualTo(3);
  }

  /** Whoever closes the backend waits for the steps under way, not for the training's end. */
  @Test
  void anotherThreadThatClosesTheBackendEndsATraining() {
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(1_000_000);
    AtomicInteger epochs = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(3);
    Backend own = Backends.open("cpu");
    Thread closer =
        new Thread(
            () -> {
              try {
                begun.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              own.close();
            });
    closer.start();
    TrainingFaultException e =
        catchThrowableOfType(
            TrainingFaultException.class,
            () ->
                new Trainer(own, settings)
                    .listen(report -> count(report.epoch(), epochs, begun))
                    .fit(SPEC, DATA, null));
    assertThat(e.reason())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the cpu backend is closed");
    assertThat(epochs.get()).isBetween(3, 999_999);
    assertThat(own.openAllocations()).isZero();
  }

  private static void count(int epoch, AtomicInteger epochs, CountDownLatch begun) {
    epochs.set(epoch);
    begun.countDown();
  }

  /** Of the weights and of every cost: nothing depends on who did which piece, or when. */
  @Test
  void theNumberOfThreadsChangesNoBit() {
    Dataset numbers = linearNumbers(3001, 5);
    NetworkSpec spec = numbers.network().withHidden(40, Activation.TANH);
    for (long batch : new long[] {100, 1500, TrainingSettings.FULL_BATCH}) {
      TrainingSettings settings =
          TrainingSettings.defaults().withBatchSize(batch).withEpochs(2).withL2(1e-3);
      List<TrainingResult> results = new ArrayList<>();
      for (int threads : new int[] {1, 2, 3, 7}) {
        BackendOptions options = new BackendOptions(0, threads, BackendOptions.Precision.FP32);
        try (Backend other = Backends.select("cpu", options, Backends.providers(), 0).open()) {
          results.add(new Trainer(other, settings).fit(spec, numbers, numbers));
        }
      }
      for (TrainingResult result : results) {
        assertThat(result.model().weights()).isEqualTo(results.get(0).model().weights());
        assertThat(result.history())
            .extracting(EpochReport::trainCost)
            .isEqualTo(results.get(0).history().stream().map(EpochReport::trainCost).toList());
        assertThat(result.history())
            .extracting(EpochReport::devCost)
            .isEqualTo(results.get(0).history().stream().map(EpochReport::devCost).toList());
      }
    }
  }

  @Test
  void theSeedDecidesTheOrderOfTheBatchesToo() {
    TrainingSettings settings =
        TrainingSettings.defaults().withEpochs(1).withInitializer(new Initializer.Zeros());
    NetworkSpec logistic = DATA.network();
    TrainingResult one = new Trainer(backend, settings).fit(logistic, DATA, null);
    TrainingResult two = new Trainer(backend, settings.withSeed(1)).fit(logistic, DATA, null);
    assertThat(one.model().weights()).isNotEqualTo(two.model().weights());
  }

  @Test
  void preprocessingIsFoundOnTheTrainingPartAlone() {
    Dataset dev = DATA.select(every(2, 1));
    Dataset train = DATA.select(every(2, 0));
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(1);
    TrainingResult result = new Trainer(backend, settings).fit(SPEC, train, dev);
    assertThat(result.model().standardizer())
        .isEqualTo(Standardizer.fit(train.features(), train.featureNames(), warning -> {}));
  }

  /** So wide that the rows go to the backend in several pieces, for classes and for numbers. */
  @Test
  void rowsAndTargetsStayTogetherInPieces() {
    int rows = 9;
    int columns = 40_000;
    float[][] x = new float[rows][columns];
    int[] codes = {1, 0, 0, 1, 0, 1, 0, 1, 1};
    double[] numbers = new double[rows];
    for (int i = 0; i < rows; i++) {
      // Only its own column tells a row's class.
      x[i][i] = 1;
      numbers[i] = codes[i];
    }
    List<String> names = IntStream.range(0, columns).mapToObj(Integer::toString).toList();
    TrainingSettings settings =
        TrainingSettings.defaults()
            .withBatchSize(TrainingSettings.FULL_BATCH)
            .withStandardize(false)
            .withInitializer(new Initializer.Zeros())
            .withEpochs(60)
            .withOptimizer(Optimizer.Adam.of(0.1));
    for (Target target :
        List.of(new Target.Classes(List.of("a", "b"), codes), new Target.Numbers(numbers))) {
      Dataset wide = new Dataset(names, FloatTable.of(x), "y", target);
      TrainingResult result = new Trainer(backend, settings).fit(wide.network(), wide, null);
      assertThat(last(result).trainCost()).isLessThan(0.1);
      Weights weights = result.model().weights();
      float bias = weights.bias(1, 0);
      float middle = target instanceof Target.Numbers ? 0.5f : 0;
      for (int i = 0; i < rows; i++) {
        assertThat(weights.weight(1, 0, i) + bias > middle).as("row " + i).isEqualTo(codes[i] == 1);
      }
    }
  }

  @Test
  void targetsThatAreAllEqualOrTinyOrHugeAreLearned() {
    for (double unit : new double[] {0, 1e-44, 1e-30, 1e37}) {
      Dataset shape = linearNumbers(200, 0);
      double[] y = new double[200];
      for (int i = 0; i < y.length; i++) {
        y[i] = unit * ((Target.Numbers) shape.target()).value(i) / 20;
      }
      Dataset data =
          new Dataset(shape.featureNames(), shape.features(), "y", new Target.Numbers(y));
      TrainingSettings settings =
          TrainingSettings.defaults().withEpochs(60).withOptimizer(Optimizer.Adam.of(0.03));
      TrainingResult result = new Trainer(backend, settings).fit(data.network(), data, data);
      double rmse = result.model().evaluate(backend, data).asMap().get("rmse");
      // The deviation of the targets is 2.3 units.
      assertThat(rmse).as("unit " + unit).isLessThanOrEqualTo(Math.max(0.2 * unit, 1e-2));
      if (unit >= 1e-30) {
        assertThat(rmse).as("unit " + unit).isLessThan(0.2 * unit);
      }
    }
  }

  @Test
  void aTrainerLeavesNothingBehind() {
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(2);
    Trainer trainer = new Trainer(backend, settings);
    TrainingResult first = trainer.fit(SPEC, DATA, null);
    trainer.fit(SPEC, DATA.select(every(2, 0)), null);
    assertThat(trainer.fit(SPEC, DATA, null).model()).isEqualTo(first.model());
  }

  @Test
  void withoutADevSetAllEpochsRunAndTheLastWeightsStay() {
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(40).withPatience(1);
    List<EpochReport> heard = new ArrayList<>();
    TrainingResult result = new Trainer(backend, settings).listen(heard::add).fit(SPEC, DATA, null);
    assertThat(result.history()).hasSize(40).isEqualTo(heard);
    assertThat(result.bestEpoch()).isEqualTo(40);
    assertThat(result.history()).allMatch(row -> Double.isNaN(row.devCost()));
    assertThat(result.history().get(39).trainCost())
        .isLessThan(result.history().get(0).trainCost());
  }

  @Test
  void earlyStoppingKeepsTheWeightsOfTheLowestDevCost() {
    Dataset train = DATA.select(every(8, 0));
    Dataset dev = DATA.select(every(2, 1));
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(2000).withPatience(10);
    TrainingResult result = new Trainer(backend, settings).fit(SPEC, train, dev);
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.STOPPED_EARLY);
    assertThat(result.history()).hasSize(result.bestEpoch() + 10);
    double best = result.history().get(result.bestEpoch() - 1).devCost();
    assertThat(result.history()).allMatch(row -> row.devCost() >= best);
    assertThat(result.model().evaluate(backend, dev).asMap().get("log_loss"))
        .isCloseTo(best, within(1e-5));
  }

  @Test
  void scoresAreAccuracyForClassesAndTheErrorInTheTargetsUnitsForNumbers() {
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(30);
    EpochReport last = last(new Trainer(backend, settings).fit(SPEC, DATA, DATA));
    assertThat(last.devScore()).isBetween(0.5, 1.0);

    Dataset numbers = linearNumbers(300, 1000);
    TrainingResult result = new Trainer(backend, settings).fit(numbers.network(), numbers, numbers);
    assertThat(result.model().evaluate(backend, numbers).asMap().get("rmse"))
        .isCloseTo(result.history().get(result.bestEpoch() - 1).devScore(), within(1e-2));
    assertThat(result.model().targetScale()).isNotNull();
  }

  @Test
  void l2IsInTheTrainCostAndNotInTheDevCost() {
    TrainingSettings settings =
        TrainingSettings.defaults().withBatchSize(TrainingSettings.FULL_BATCH).withEpochs(1);
    EpochReport plain = last(new Trainer(backend, settings).fit(SPEC, DATA, DATA));
    EpochReport decayed = last(new Trainer(backend, settings.withL2(0.5)).fit(SPEC, DATA, DATA));
    double squares = 0;
    var start = settings.initializer().create(SPEC, 0);
    for (int l = 1; l <= 2; l++) {
      for (float w : start.weights(l)) {
        squares += (double) w * w;
      }
    }
    assertThat(decayed.trainCost()).isCloseTo(plain.trainCost() + 0.25 * squares, within(1e-5));
    assertThat(decayed.devCost()).isCloseTo(plain.devCost(), within(0.02));
  }

  @Test
  void divergesAtOnceAndSaysSo() {
    TrainingSettings settings =
        TrainingSettings.defaults()
            .withOptimizer(new Optimizer.GradientDescent(1e30))
            .withEpochs(1000);
    NetworkSpec relu = DATA.network().withHidden(8, Activation.RELU);
    DivergedException e =
        catchThrowableOfType(
            DivergedException.class, () -> new Trainer(backend, settings).fit(relu, DATA, null));
    assertThat(e.epoch()).isEqualTo(1);
    assertThat(e.best()).isEmpty();
    assertThat(e).hasMessageContaining("diverged in epoch 1").hasMessageContaining("1.0E30");
  }

  @Test
  void aDivergenceByGrowthIsFoundBeforeTheNumbersOverflow() {
    Dataset numbers = linearNumbers(64, 0);
    TrainingSettings settings =
        TrainingSettings.defaults()
            .withOptimizer(new Optimizer.GradientDescent(30))
            .withBatchSize(TrainingSettings.FULL_BATCH)
            .withEpochs(1000);
    DivergedException e =
        catchThrowableOfType(
            DivergedException.class,
            () -> new Trainer(backend, settings).fit(numbers.network(), numbers, null));
    assertThat(e).hasMessageContaining("the cost rose from");
    assertThat(e.epoch()).isBetween(2, 10);
  }

  @Test
  void theBestWeightsBeforeADivergenceAreKept() {
    Dataset numbers = linearNumbers(64, 0);
    TrainingSettings settings =
        TrainingSettings.defaults()
            .withOptimizer(new Optimizer.GradientDescent(3))
            .withBatchSize(TrainingSettings.FULL_BATCH)
            .withEpochs(1000);
    DivergedException e =
        catchThrowableOfType(
            DivergedException.class,
            () -> new Trainer(backend, settings).fit(numbers.network(), numbers, numbers));
    assertThat(e.best()).isPresent();
    assertThat(e.best().orElseThrow().weights().isFinite()).isTrue();
  }

  @Test
  void aRequestToStopEndsTrainingAfterTheStep() {
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(1_000_000);
    AtomicInteger epochs = new AtomicInteger();
    TrainingResult result =
        new Trainer(backend, settings)
            .listen(report -> epochs.set(report.epoch()))
            .stopWhen(() -> epochs.get() >= 3)
            .fit(SPEC, DATA, null);
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.INTERRUPTED);
    assertThat(result.history()).hasSize(3);
    assertThat(result.bestEpoch()).isEqualTo(3);
  }

  @Test
  void stoppedBeforeTheFirstEpochEndedThereIsNothingToKeep() {
    TrainingSettings settings = TrainingSettings.defaults().withBatchSize(1).withEpochs(10);
    TrainingResult result =
        new Trainer(backend, settings).stopWhen(() -> true).fit(SPEC, DATA, null);
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.INTERRUPTED);
    assertThat(result.bestEpoch()).isZero();
    assertThat(result.history()).isEmpty();
  }

  @Test
  void goesOnFromAModel() {
    TrainingSettings settings =
        TrainingSettings.defaults()
            .withOptimizer(new Optimizer.GradientDescent(0.5))
            .withBatchSize(TrainingSettings.FULL_BATCH);
    TrainingResult twenty = new Trainer(backend, settings.withEpochs(20)).fit(SPEC, DATA, null);
    TrainingResult ten = new Trainer(backend, settings.withEpochs(10)).fit(SPEC, DATA, null);
    TrainingResult tenMore =
        new Trainer(backend, settings.withEpochs(10)).fit(ten.model(), DATA, null);
    assertThat(tenMore.model().weights()).isEqualTo(twenty.model().weights());
    assertThat(tenMore.model().standardizer()).isEqualTo(ten.model().standardizer());
  }

  @Test
  void everyOptimizerLearns() {
    for (Optimizer optimizer :
        List.of(
            Optimizer.Adam.of(0.01),
            new Optimizer.Momentum(0.05, 0.9),
            new Optimizer.GradientDescent(0.5))) {
      TrainingSettings settings =
          TrainingSettings.defaults().withOptimizer(optimizer).withEpochs(60);
      TrainingResult result = new Trainer(backend, settings).fit(SPEC, DATA, null);
      assertThat(result.model().evaluate(backend, DATA).asMap().get("accuracy"))
          .as(optimizer.id())
          .isGreaterThan(0.8);
    }
  }

  @Test
  void refusesANetworkThatDoesNotFitTheData() {
    Trainer trainer = new Trainer(backend, TrainingSettings.defaults());
    assertThatThrownBy(
            () -> trainer.fit(NetworkSpec.of(3, Output.SIGMOID_CROSS_ENTROPY, 1), DATA, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not fit");
    assertThatThrownBy(
            () -> trainer.fit(NetworkSpec.of(2, Output.IDENTITY_SQUARED_ERROR, 1), DATA, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void twoClassesMayBeLearnedByASoftmax() {
    NetworkSpec softmax =
        NetworkSpec.of(2, Output.SOFTMAX_CROSS_ENTROPY, 2).withHidden(8, Activation.TANH);
    TrainingResult result =
        new Trainer(backend, TrainingSettings.defaults().withEpochs(60)).fit(softmax, DATA, null);
    assertThat(result.model().evaluate(backend, DATA).asMap().get("accuracy")).isGreaterThan(0.8);
  }

  @Test
  void provenanceTellsWhatDecidedTheWeights() {
    TrainingResult result =
        new Trainer(backend, TrainingSettings.defaults().withEpochs(1).withSeed(77))
            .provenance("data", "planar.csv")
            .fit(SPEC, DATA, null);
    assertThat(result.model().provenance())
        .containsEntry("seed", "77")
        .containsEntry("data", "planar.csv")
        .containsEntry("engine", "tiled")
        .containsKeys("shallownet", "java", "device", "optimizer", "batch_size");
  }

  private static EpochReport last(TrainingResult result) {
    return result.history().get(result.history().size() - 1);
  }
}
