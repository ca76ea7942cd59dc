package org.shallownet.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.Backends;
import org.shallownet.backend.device.BackendException;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.features.RowIndex;
import org.shallownet.model.Model;
import org.shallownet.model.Predictor;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.training.DivergedException;
import org.shallownet.training.EpochReport;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;

class EnsembleTrainerTest {
  private static final Family RELU = new Family(Activation.RELU, false);

  private static float[][] features(int rows, int columns, long seed) {
    Random random = new Random(seed);
    float[][] features = new float[rows][columns];
    for (float[] row : features) {
      for (int c = 0; c < columns; c++) {
        row[c] = (float) random.nextGaussian();
      }
    }
    return features;
  }

  private static Dataset classes(float[][] features, int classes) {
    int[] codes = new int[features.length];
    for (int r = 0; r < codes.length; r++) {
      double angle = Math.atan2(features[r][0], features[r][1]) / (2 * Math.PI) + 0.5;
      codes[r] = r < classes ? r : (int) Math.min(classes - 1, classes * angle);
    }
    List<String> names = IntStream.range(0, classes).mapToObj(k -> "class " + k).toList();
    return data(features, new Target.Classes(names, codes));
  }

  private static Dataset data(float[][] features, Target target) {
    List<String> names = IntStream.range(0, features[0].length).mapToObj(c -> "x" + c).toList();
    return new Dataset(names, FloatTable.of(features), "y", target);
  }

  private static EnsembleSettings quick(Dataset data) {
    EnsembleSettings settings = EnsembleSettings.of(data);
    return settings.withTraining(settings.training().withEpochs(15));
  }

  private static Backend backend(int threads) {
    BackendOptions options = new BackendOptions(0, threads, BackendOptions.Precision.FP32);
    return Backends.select("cpu", options, Backends.providers(), Long.MAX_VALUE).open();
  }

  private static EnsembleResult fit(EnsembleSettings settings, Dataset data) {
    try (Backend backend = backend(2)) {
      return new EnsembleTrainer(backend, settings).fit(data);
    }
  }

  /** A device that is lost, and a file that was cut while it was mapped. */
  private static Stream<Throwable> faults() {
    return Stream.of(
        new BackendException("newScope: lost", new IllegalStateException()),
        new InternalError("a fault occurred in an unsafe memory access operation"));
  }

  /** What fails when the networks are asked, once they have learned, loses none of them. */
  @ParameterizedTest
  @MethodSource("faults")
  void aFaultAfterTheTrainingKeepsTheNetworks(Throwable fault) {
    Dataset data = classes(features(300, 3, 1), 3);
    try (Backend backend = backend(2)) {
      boolean[] trained = {false};
      Backend failing =
          (Backend)
              Proxy.newProxyInstance(
                  Backend.class.getClassLoader(),
                  new Class<?>[] {Backend.class},
                  (proxy, method, arguments) -> {
                    if (trained[0] && method.getName().equals("newScope")) {
                      throw fault;
                    }
                    trained[0] |= method.getName().equals("newTrainingEngine");
                    return method.invoke(backend, arguments);
                  });
      TrainingFaultException e =
          catchThrowableOfType(
              TrainingFaultException.class,
              () -> new EnsembleTrainer(failing, quick(data)).fit(data));
      assertThat(e.reason()).isSameAs(fault);
      assertThat(e).hasMessageStartingWith("training ended in epoch 15: ");
      Model best = e.best().orElseThrow();
      assertThat(best.isEnsemble()).isTrue();
      ClassificationMetrics metrics = (ClassificationMetrics) best.evaluate(backend, data);
      assertThat(metrics.accuracy()).isGreaterThan(0.8);
    }
  }

  @Test
  void itLearnsAndTheMetricsAreThoseOfTheRowsThatNetworksHaveNotSeen() {
    Dataset data = classes(features(300, 3, 1), 3);
    EnsembleSettings settings = quick(data);
    try (Backend backend = backend(2)) {
      EnsembleResult result = new EnsembleTrainer(backend, settings).fit(data);
      assertThat(result.runs()).hasSize(20);
      assertThat(result.shares().values().stream().mapToDouble(share -> share).sum())
          .isCloseTo(1, within(1e-12));
      ClassificationMetrics folds = (ClassificationMetrics) result.crossValidation(data);
      assertThat(folds.rows()).isEqualTo(300);
      assertThat(folds.accuracy()).isGreaterThan(0.8);
      assertThat(result.judgedRows()).isEqualTo(300);
      assertAnsweredByThoseThatHaveNotSeenIt(backend, data, settings, result);
      // What is saved is nearly as good on fresh rows as the folds have said.
      Dataset fresh = classes(features(2000, 3, 99), 3);
      ClassificationMetrics onFresh =
          (ClassificationMetrics) result.model().orElseThrow().evaluate(backend, fresh);
      assertThat(onFresh.logLoss()).isCloseTo(folds.logLoss(), within(0.15));
    }
  }

  private static void assertAnsweredByThoseThatHaveNotSeenIt(
      Backend backend, Dataset data, EnsembleSettings settings, EnsembleResult result) {
    Folds folds = Folds.stratified(data, settings.folds(), settings.foldSeed(), 0);
    FeatureTable logits = result.outOfFoldLogits();
    float[] found = new float[3];
    int place = 0;
    for (int fold = 0; fold < settings.folds(); fold++) {
      RowIndex rows = folds.rows(fold);
      double[][] expected = new double[(int) rows.size()][3];
      for (EnsembleResult.MemberResult run : result.runs()) {
        double share = result.shares().getOrDefault(run.member().family(), 0.0);
        if (run.member().fold() != fold || share == 0) {
          continue;
        }
        try (Predictor predictor = new Predictor(backend, run.result().model())) {
          predictor.logits(
              data.features().select(rows),
              (first, count, values) -> {
                for (int i = 0; i < count * 3; i++) {
                  expected[(int) first + i / 3][i % 3] += share * values[i];
                }
              });
        }
      }
      for (int r = 0; r < rows.size(); r++, place++) {
        assertThat(result.judgedRow(place)).isEqualTo(rows.get(r));
        logits.read(place, 1, found, 0);
        for (int k = 0; k < 3; k++) {
          assertThat((double) found[k]).isCloseTo(expected[r][k], within(1e-5));
        }
      }
    }
  }

  @Test
  void aNetworkIsTheOneThatItsRowsAloneGive() {
    Dataset data = classes(features(160, 4, 2), 2);
    EnsembleSettings usual = quick(data);
    EnsembleSettings settings =
        new EnsembleSettings(
            List.of(RELU), 4, 4, 16, 0, usual.training().withStandardize(false), 5);
    EnsembleResult result = fit(settings, data);
    Folds folds = Folds.stratified(data, 4, 5, 0);
    NetworkSpec spec = data.network().withHidden(16, Activation.RELU);
    for (EnsembleResult.MemberResult run : result.runs()) {
      int fold = run.member().fold();
      TrainingSettings own = settings.training().withSeed(fold);
      try (Backend backend = backend(1)) {
        TrainingResult alone =
            new Trainer(backend, own)
                .fit(spec, data.select(folds.others(fold)), data.select(folds.rows(fold)));
        assertThat(run.result().model().weights()).isEqualTo(alone.model().weights());
        assertThat(run.result().bestEpoch()).isEqualTo(alone.bestEpoch());
      }
    }
  }

  @Test
  void noNetworkLearnsFromTheRowsThatJudgeIt() {
    float[][] rows = features(150, 3, 3);
    Dataset data = classes(rows, 2);
    // Without scales, which all rows decide.
    EnsembleSettings usual = quick(data);
    EnsembleSettings settings =
        new EnsembleSettings(
            List.of(RELU, new Family(Activation.TANH, false)),
            5,
            5,
            8,
            6,
            usual.training().withStandardize(false),
            0);
    RowIndex held = Folds.stratified(data, 5, 0, 0).rows(2);
    float[][] changed = new float[rows.length][];
    for (int r = 0; r < rows.length; r++) {
      changed[r] = rows[r].clone();
    }
    for (long i = 0; i < held.size(); i++) {
      changed[(int) held.get(i)][1] += 3;
    }
    List<EnsembleResult.MemberResult> before = fit(settings, data).runs();
    List<EnsembleResult.MemberResult> after = fit(settings, data(changed, data.target())).runs();
    for (int i = 0; i < before.size(); i++) {
      double first = before.get(i).result().history().get(0).trainCost();
      double other = after.get(i).result().history().get(0).trainCost();
      double judged = before.get(i).result().history().get(0).devCost();
      double otherJudged = after.get(i).result().history().get(0).devCost();
      if (before.get(i).member().fold() == 2) {
        assertThat(other).isEqualTo(first);
        assertThat(otherJudged).isNotEqualTo(judged);
      } else {
        assertThat(other).isNotEqualTo(first);
      }
    }
  }

  @Test
  void theBitsAreTheSameForAnyNumberOfThreads() {
    Dataset data = classes(features(200, 3, 4), 2);
    List<EnsembleResult> results = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3}) {
      try (Backend backend = backend(threads)) {
        results.add(new EnsembleTrainer(backend, quick(data)).fit(data));
      }
    }
    for (EnsembleResult result : results) {
      assertThat(result.model().orElseThrow().parts())
          .isEqualTo(results.get(0).model().orElseThrow().parts());
      assertThat(result.shares()).isEqualTo(results.get(0).shares());
      assertThat(result.crossValidation(data)).isEqualTo(results.get(0).crossValidation(data));
    }
  }

  @Test
  void numbersSeveralOfThemAndSeveralQuestionsAreLearned() {
    float[][] rows = features(240, 3, 5);
    double[] sum = new double[240];
    double[] product = new double[240];
    int[] yes = new int[240];
    int[] larger = new int[240];
    for (int r = 0; r < 240; r++) {
      sum[r] = 1000 + 50 * (rows[r][0] + rows[r][1]);
      product[r] = rows[r][0] * rows[r][2];
      yes[r] = rows[r][0] > 0 ? 1 : 0;
      larger[r] = rows[r][1] > rows[r][2] ? 1 : 0;
    }
    Dataset one = data(rows, new Target.Numbers(sum));
    assertThat(crossValidated(one).get("r2")).isGreaterThan(0.9);
    Dataset two =
        new Dataset(
            one.schema(),
            one.features(),
            List.of("a", "b"),
            new Target.Several(List.of(new Target.Numbers(sum), new Target.Numbers(product))),
            null);
    assertThat(crossValidated(two).get("r2")).isGreaterThan(0.7);
    List<String> words = List.of("no", "yes");
    Dataset questions =
        new Dataset(
            one.schema(),
            one.features(),
            List.of("a", "b"),
            new Target.Several(
                List.of(new Target.Classes(words, yes), new Target.Classes(words, larger))),
            null);
    assertThat(questions.task()).isEqualTo(Task.MULTILABEL);
    assertThat(crossValidated(questions).get("accuracy")).isGreaterThan(0.8);
  }

  private static Map<String, Double> crossValidated(Dataset data) {
    EnsembleSettings settings = EnsembleSettings.of(data);
    EnsembleResult result = fit(settings.withTraining(settings.training().withEpochs(60)), data);
    return result.crossValidation(data).asMap();
  }

  @Test
  void rowsOfWeightZeroHaveNoSay() {
    float[][] rows = features(200, 3, 6);
    Dataset data = classes(rows, 2);
    float[] weights = new float[200];
    for (int r = 0; r < 200; r++) {
      weights[r] = r % 4 == 3 ? 0 : 1 + r % 2;
    }
    int[] other = new int[200];
    for (int r = 0; r < 200; r++) {
      int code = ((Target.Classes) data.target()).code(r);
      other[r] = r % 4 == 3 ? 1 - code : code;
    }
    List<String> names = ((Target.Classes) data.target()).names();
    SampleWeights given = SampleWeights.of(weights);
    EnsembleResult one = fit(quick(data), data.withWeights(given));
    Dataset changed = data(rows, new Target.Classes(names, other)).withWeights(given);
    EnsembleResult two = fit(quick(data), changed);
    assertThat(two.shares()).isEqualTo(one.shares());
    Metrics metrics = one.crossValidation(data.withWeights(given));
    assertThat(two.crossValidation(changed).asMap()).isEqualTo(metrics.asMap());
    assertThat(two.model().orElseThrow().parts()).isEqualTo(one.model().orElseThrow().parts());
  }

  @Test
  void aTableOfFewRowsWithAClassOfOneGivesAModel() {
    int[] codes = {0, 1, 0, 1, 0, 1, 0, 1, 2, 0};
    Dataset data = data(features(10, 2, 7), new Target.Classes(List.of("a", "b", "c"), codes));
    assertThat(EnsembleSettings.suits(data)).isTrue();
    assertThat(fit(quick(data), data).model()).isPresent();
    Dataset fewer = data.select(0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(EnsembleSettings.suits(fewer)).isFalse();
    assertThatThrownBy(() -> fit(quick(data), data.select(0, 1, 2, 3)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("4 rows can't be dealt out to 5 folds");
  }

  @Test
  void withoutNumbersToCutTheFamiliesAreFewer() {
    float[][] rows = features(100, 2, 8);
    for (float[] row : rows) {
      row[0] = row[0] > 0 ? 1 : 0;
      row[1] = Math.round(Math.max(-1, Math.min(1, row[1])));
    }
    EnsembleResult result = fit(quick(classes(rows, 2)), classes(rows, 2));
    assertThat(result.shares().keySet()).containsExactly(new Family(Activation.TANH, false), RELU);
    assertThat(result.runs()).hasSize(10);
  }

  @Test
  void networksThatAllDivergeAreAnError() {
    Dataset data = classes(features(100, 2, 9), 2);
    EnsembleSettings settings = quick(data);
    Optimizer wild = new Optimizer.GradientDescent(1e30);
    assertThatThrownBy(
            () -> fit(settings.withTraining(settings.training().withOptimizer(wild)), data))
        .isInstanceOf(DivergedException.class);
  }

  @Test
  void whoStopsItBeforeTheFirstEpochGetsNoModelAndLaterTheBestSoFar() {
    Dataset data = classes(features(400, 2, 10), 2);
    try (Backend backend = backend(2)) {
      EnsembleResult nothing =
          new EnsembleTrainer(backend, quick(data)).stopWhen(() -> true).fit(data);
      assertThat(nothing.model()).isEmpty();
      assertThat(nothing.isInterrupted()).isTrue();
      int[] epochs = new int[1];
      EnsembleResult some =
          new EnsembleTrainer(backend, quick(data))
              .listen(
                  new EnsembleListener() {
                    @Override
                    public void onEpoch(Member member, EpochReport report) {
                      epochs[0] = report.epoch();
                    }
                  })
              .stopWhen(() -> epochs[0] >= 3)
              .fit(data);
      assertThat(some.isInterrupted()).isTrue();
      assertThat(some.epochs()).isEqualTo(3);
      assertThat(some.crossValidation(data).rows()).isEqualTo(400);
    }
  }

  /** So many rows of zeros. */
  private static Dataset large(long rows, int columns) {
    FeatureTable zeros =
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
    return new Dataset(names, zeros, "y", new Target.Numbers(new double[(int) rows]));
  }

  @Test
  void largeTablesGetFewerNetworks() {
    assertThat(EnsembleSettings.of(large(1_000, 20)).networks()).isEqualTo(20);
    assertThat(EnsembleSettings.of(large(50_000, 30)).networks()).isEqualTo(20);
    EnsembleSettings some = EnsembleSettings.of(large(100_000, 30));
    assertThat(some.families()).hasSize(4);
    assertThat(some.members()).isEqualTo(4);
    EnsembleSettings two = EnsembleSettings.of(large(1_000_000, 28));
    assertThat(two.families()).containsExactly(new Family(Activation.RELU, true));
    assertThat(two.networks()).isEqualTo(2);
    assertThat(EnsembleSettings.suits(large(1_900_000, 28))).isTrue();
    assertThat(EnsembleSettings.suits(large(2_000_000, 28))).isFalse();
    EnsembleSettings wide = EnsembleSettings.of(large(200, 3_000));
    assertThat(wide.families()).containsExactly(new Family(Activation.TANH, false), RELU);
    assertThat(wide.members()).isEqualTo(5);
    assertThat(EnsembleSettings.of(large(5_000, 2)).training().patience()).isEqualTo(100);
    assertThat(EnsembleSettings.of(large(10_000, 2)).training().patience()).isEqualTo(50);
    assertThat(EnsembleSettings.of(large(90_000, 2)).training().patience()).isEqualTo(20);
  }

  private static void requireFolds(EnsembleSettings settings, int members, int folds) {
    assertThat(settings.members()).isEqualTo(members);
    assertThat(settings.folds()).isEqualTo(folds);
  }

  @Test
  void highEffortDealsTheRowsOutToAsManyFoldsAsCanBeLeftOut() {
    requireFolds(EnsembleSettings.of(large(1_000, 20)), 5, 5);
    requireFolds(EnsembleSettings.high(large(1_000, 20)), 10, 10);
    requireFolds(EnsembleSettings.of(large(100_000, 30)), 4, 5);
    requireFolds(EnsembleSettings.high(large(100_000, 30)), 8, 8);
    requireFolds(EnsembleSettings.of(large(150_000, 28)), 2, 5);
    requireFolds(EnsembleSettings.high(large(150_000, 28)), 5, 5);
    requireFolds(EnsembleSettings.of(large(300_000, 28)), 1, 5);
    requireFolds(EnsembleSettings.high(large(300_000, 28)), 2, 5);
    requireFolds(EnsembleSettings.of(large(1_000_000, 28)), 2, 5);
    requireFolds(EnsembleSettings.high(large(1_000_000, 28)), 4, 5);
  }

  @Test
  void highEffortIsNeverLess() {
    for (int rows = 1_000; rows <= 1_900_000; rows += rows / 7) {
      Dataset data = large(rows, 28);
      EnsembleSettings normal = EnsembleSettings.of(data);
      EnsembleSettings high = EnsembleSettings.high(data);
      assertThat(high.families()).isEqualTo(normal.families());
      assertThat(high.networks()).as(rows + " rows").isGreaterThanOrEqualTo(2 * normal.networks());
      // No network learns from fewer rows, and no fewer of them are judged.
      assertThat(high.folds()).as(rows + " rows").isGreaterThanOrEqualTo(normal.folds());
      assertThat(high.members() * normal.folds())
          .as(rows + " rows")
          .isGreaterThanOrEqualTo(normal.members() * high.folds());
    }
  }
}
