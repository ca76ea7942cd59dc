package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * What every training engine must do, compared with the {@link Oracle}. An engine's test extends
 * this class and says how to open its backend and the engine.
 */
public abstract class EngineContractTest {
  private static final NetworkSpec CLASSIFIER =
      NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
          .withHidden(6, Activation.TANH);

  private AbstractBackend backend;
  private Scope scope;

  /** Opens the backend that the engine runs on. */
  protected abstract AbstractBackend openBackend();

  /** The engine under test. */
  protected abstract TrainingEngine newEngine(AbstractBackend backend, TrainingPlan plan);

  @BeforeEach
  final void open() {
    backend = openBackend();
    scope = backend.newScope();
  }

  @AfterEach
  final void close() {
    scope.close();
    assertThat(backend.openAllocations()).isZero();
    backend.close();
  }

  private Matrix matrix(float[][] rows) {
    Matrix matrix = backend.allocate(scope, rows.length, rows[0].length);
    backend.upload(Networks.flatten(rows), 0, matrix);
    return matrix;
  }

  static List<NetworkSpec> networks() {
    return Networks.all();
  }

  /** A step of gradient descent with rate 1 shows the gradient: it is the difference of weights. */
  @ParameterizedTest
  @MethodSource("networks")
  void gradientsCostsAndHits(NetworkSpec spec) {
    for (int samples : new int[] {1, 7, 257}) {
      checkGradient(spec, samples, 0);
      checkGradient(spec, samples, 0.1);
    }
  }

  /** More samples than a chunk holds. */
  @Test
  void gradientsOfManySamples() {
    checkGradient(CLASSIFIER, 40_001, 0.1);
  }

  private void checkGradient(NetworkSpec spec, int samples, double l2) {
    float[][] x = Networks.features(samples, 1);
    float[][] y = Networks.targets(spec, samples, 2);
    Weights initial = Networks.weights(spec, 3);
    double[] theta = Reference.widen(initial.toArray());
    Oracle.Result expected = new Oracle(spec, l2).run(theta, Networks.widen(x), Networks.widen(y));
    ModelPlan model = new ModelPlan(initial, new Optimizer.GradientDescent(1), l2, 0);
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(matrix(x), matrix(y), samples, List.of(model)))) {
      engine.advance(1);
      double[] moved = new double[theta.length];
      for (int i = 0; i < theta.length; i++) {
        moved[i] = theta[i] - expected.gradient[i];
      }
      assertClose(spec.toString(), moved, engine.weights(0).toArray(), 2e-6, 1, 1);
      checkProgress(engine.takeProgress(0), samples, expected, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void weightedGradientsCostsAndHits(NetworkSpec spec) {
    for (int samples : new int[] {1, 7, 257}) {
      checkWeightedGradient(spec, samples, 0);
      checkWeightedGradient(spec, samples, 0.1);
    }
  }

  /** More samples than a chunk holds. */
  @Test
  void weightedGradientsOfManySamples() {
    checkWeightedGradient(CLASSIFIER, 40_001, 0.1);
  }

  private void checkWeightedGradient(NetworkSpec spec, int samples, double l2) {
    float[][] x = Networks.features(samples, 1);
    float[][] y = Networks.targets(spec, samples, 2);
    float[] w = Networks.sampleWeights(samples, 11);
    w[samples / 2] = 1.5f;
    Weights initial = Networks.weights(spec, 3);
    double[] theta = Reference.widen(initial.toArray());
    Oracle.Result expected =
        new Oracle(spec, l2).run(theta, Networks.widen(x), Networks.widen(y), Reference.widen(w));
    ModelPlan model = new ModelPlan(initial, new Optimizer.GradientDescent(1), l2, 0);
    Samples data = weighted(x, y, w);
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(data, samples, List.of(model)))) {
      checkProgress(
          engine.evaluate(0, data),
          samples,
          new Oracle(spec, 0).run(theta, Networks.widen(x), Networks.widen(y), Reference.widen(w)),
          1);
      engine.advance(1);
      double[] moved = new double[theta.length];
      for (int i = 0; i < theta.length; i++) {
        moved[i] = theta[i] - expected.gradient[i];
      }
      assertClose(spec.toString(), moved, engine.weights(0).toArray(), 4e-6, 1, 1);
      Progress progress = engine.takeProgress(0);
      checkProgress(progress, samples, expected, 1);
      assertThat(progress.cost()).isCloseTo(expected.cost(), within(1e-5 * expected.cost()));
      assertThat(progress.accuracy()).isCloseTo(expected.hits / expected.weight, within(1e-6));
    }
  }

  private Samples weighted(float[][] x, float[][] y, float[] w) {
    return Samples.resident(matrix(x), matrix(Networks.withWeights(y, w)), true);
  }

  /** A sample of weight 2 is two samples, one of weight 0 none. */
  @ParameterizedTest
  @MethodSource("networks")
  void weightsAreNumbersOfRows(NetworkSpec spec) {
    int samples = 120;
    float[][] x = Networks.features(samples, 1);
    float[][] y = Networks.targets(spec, samples, 2);
    float[] w = new float[samples];
    List<float[]> rows = new ArrayList<>();
    List<float[]> targets = new ArrayList<>();
    for (int i = 0; i < samples; i++) {
      w[i] = i % 3;
      for (int copy = 0; copy < i % 3; copy++) {
        rows.add(x[i]);
        targets.add(y[i]);
      }
    }
    Samples repeated =
        Samples.resident(
            matrix(rows.toArray(float[][]::new)), matrix(targets.toArray(float[][]::new)));
    ModelPlan model =
        new ModelPlan(Networks.weights(spec, 3), new Optimizer.Momentum(0.1, 0.9), 0.1, 0);
    try (TrainingEngine one =
            newEngine(backend, new TrainingPlan(weighted(x, y, w), samples, List.of(model)));
        TrainingEngine other =
            newEngine(backend, new TrainingPlan(repeated, rows.size(), List.of(model)))) {
      one.advance(5);
      other.advance(5);
      double[] expected = Reference.widen(other.weights(0).toArray());
      assertClose(spec.toString(), expected, one.weights(0).toArray(), 1e-5, 1, 1);
      Progress found = one.progress(0);
      Progress wanted = other.progress(0);
      assertThat(found.weight()).isEqualTo(wanted.weight());
      assertThat(found.loss()).isCloseTo(wanted.loss(), within(1e-5 * (1 + wanted.loss())));
      assertThat(found.cost()).isCloseTo(wanted.cost(), within(1e-5 * (1 + wanted.cost())));
    }
  }

  /** What a sample of weight 0 is like changes no bit of anything. */
  @ParameterizedTest
  @MethodSource("networks")
  void samplesOfWeightZeroLeaveNoTrace(NetworkSpec spec) {
    int samples = 300;
    float[][] x = Networks.features(samples, 1);
    float[][] y = Networks.targets(spec, samples, 2);
    float[] w = Networks.sampleWeights(samples, 11);
    float[][] otherX = Networks.features(samples, 21);
    float[][] otherY = Networks.targets(spec, samples, 22);
    for (int i = 0; i < samples; i++) {
      otherX[i] = w[i] == 0 ? otherX[i] : x[i];
      otherY[i] = w[i] == 0 ? otherY[i] : y[i];
    }
    ModelPlan model = new ModelPlan(Networks.weights(spec, 3), Optimizer.Adam.of(0.01), 0.1, 5);
    for (int batch : new int[] {70, samples}) {
      Samples data = weighted(x, y, w);
      Samples others = weighted(otherX, otherY, w);
      try (TrainingEngine one = newEngine(backend, new TrainingPlan(data, batch, List.of(model)));
          TrainingEngine other =
              newEngine(backend, new TrainingPlan(others, batch, List.of(model)))) {
        one.advance(7);
        other.advance(7);
        assertThat(other.weights(0)).isEqualTo(one.weights(0));
        assertThat(other.progress(0)).isEqualTo(one.progress(0));
        assertThat(other.evaluate(0, others)).isEqualTo(one.evaluate(0, data));
      }
    }
  }

  /** Twice, so that a step that was recorded is among them. */
  @Test
  void batchesThatWeighNothingMoveByL2Alone() {
    float[][] x = Networks.features(22, 4);
    float[][] y = Networks.targets(CLASSIFIER, 22, 5);
    ModelPlan model =
        new ModelPlan(Networks.weights(CLASSIFIER, 6), new Optimizer.GradientDescent(0.5), 0.1, 77);
    float[] w = new float[22];
    long[] order = new long[11];
    new BatchOrder(22, 77).fill(0, 11, 11, order);
    // In the first epoch only the second batch weighs anything.
    for (long row : order) {
      w[(int) row] = 1;
    }
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(weighted(x, y, w), 11, List.of(model)))) {
      engine.advance(1);
      Progress progress = engine.progress(0);
      assertThat(progress.samples()).isEqualTo(11);
      assertThat(progress.weight()).isZero();
      assertThat(progress.lossSum()).isZero();
      assertThat(progress.hits()).isZero();
      double[] moved = Reference.widen(model.initial().toArray());
      for (int l = 1; l <= CLASSIFIER.layerCount(); l++) {
        for (int i = CLASSIFIER.weightsOffset(l); i < CLASSIFIER.biasOffset(l); i++) {
          moved[i] -= 0.5 * 0.1 * moved[i];
        }
      }
      assertClose("decayed", moved, engine.weights(0).toArray(), 1e-6, 1, 1);
      engine.advance(9);
      assertThat(engine.weights(0).isFinite()).isTrue();
      assertThat(engine.progress(0).weight()).isEqualTo(5 * 11);
      assertThat(engine.progress(0).cost()).isFinite();
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {-1, Float.NaN, Float.POSITIVE_INFINITY})
  void weightsThatAreNoneAreRefused(float weight) {
    float[] w = Networks.sampleWeights(23, 1);
    float[][] x = Networks.features(23, 4);
    float[][] y = Networks.targets(CLASSIFIER, 23, 5);
    ModelPlan model = new ModelPlan(Networks.weights(CLASSIFIER, 6), Optimizer.Adam.of(0.01), 0, 5);
    TrainingPlan right = new TrainingPlan(weighted(x, y, w), 23, List.of(model));
    w[20] = weight;
    TrainingPlan wrong = new TrainingPlan(weighted(x, y, w), 23, List.of(model));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> newEngine(backend, wrong))
        .withMessageContaining("a weight is " + weight + "; weights are finite and not negative");
    try (TrainingEngine engine = newEngine(backend, right)) {
      Samples streamed = Samples.streamed(new ArraySource(x, Networks.withWeights(y, w), true));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.evaluate(0, streamed))
          .withMessageContaining("a weight is " + weight + "; weights are finite and not negative");
    }
  }

  @Test
  void weightedSamplesAreAFormOfTheirOwn() {
    TrainingPlan plan = plan();
    float[][] two = new float[23][2];
    try (TrainingEngine engine = newEngine(backend, plan)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> engine.evaluate(0, Samples.resident(plan.features(), matrix(two), true)))
          .withMessage(
              "evaluate: samples with weights, 5 features and 1 targets are not of the plan's form");
    }
    Samples unweighted = Samples.resident(plan.features(), matrix(two));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TrainingPlan(unweighted, 11, plan.models()))
        .withMessage(
            "a 5-6-3 network with softmax output does not fit samples with 5 features and 2"
                + " targets");
  }

  private static void checkProgress(
      Progress progress, int samples, Oracle.Result expected, double slack) {
    assertThat(progress.samples()).isEqualTo(samples);
    assertThat(progress.weight()).isCloseTo(expected.weight, within(1e-6 * expected.weight));
    assertThat(progress.lossSum())
        .isCloseTo(expected.lossSum, within(slack * 2e-6 * (1 + expected.lossSum)));
    assertThat(progress.penaltySum())
        .isCloseTo(samples * expected.penalty, within(slack * 2e-6 * samples));
    assertThat(progress.hits()).isCloseTo(expected.hits, within(1e-6 * expected.hits));
    if (expected.weight == samples) {
      assertThat(progress.weight()).isEqualTo(samples);
      assertThat(progress.hits()).isEqualTo(expected.hits);
    }
  }

  static List<Optimizer> optimizers() {
    return List.of(
        new Optimizer.GradientDescent(0.1),
        new Optimizer.Momentum(0.05, 0.9),
        Optimizer.Adam.of(0.01));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void severalEpochsOfMiniBatches(Optimizer optimizer) {
    float[] ones = new float[23];
    Arrays.fill(ones, 1);
    checkMiniBatches(optimizer, ones, false);
    checkMiniBatches(optimizer, ones, true);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void severalEpochsOfWeightedMiniBatches(Optimizer optimizer) {
    checkMiniBatches(optimizer, Networks.sampleWeights(23, 12), true);
  }

  /** Batches of 11 of 23 samples in the order of each epoch, the last one of a single sample. */
  private void checkMiniBatches(Optimizer optimizer, float[] w, boolean weighted) {
    int samples = 23;
    int batch = 11;
    float[][] x = Networks.features(samples, 4);
    float[][] y = Networks.targets(CLASSIFIER, samples, 5);
    ModelPlan model = new ModelPlan(Networks.weights(CLASSIFIER, 6), optimizer, 0.05, 77);
    Samples data = weighted ? weighted(x, y, w) : Samples.resident(matrix(x), matrix(y));
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(data, batch, List.of(model)))) {
      double[] theta = Reference.widen(model.initial().toArray());
      double[][] state = new double[theta.length][2];
      long step = 0;
      for (long epoch = 0; epoch < 3; epoch++) {
        double lossSum = 0;
        double penaltySum = 0;
        for (int first = 0; first < samples; first += batch) {
          int count = Math.min(batch, samples - first);
          long[] order = new long[count];
          new BatchOrder(samples, 77).fill(epoch, first, count, order);
          double[][] batchX = new double[count][];
          double[][] batchY = new double[count][];
          double[] batchW = new double[count];
          for (int i = 0; i < count; i++) {
            batchX[i] = Reference.widen(x[(int) order[i]]);
            batchY[i] = Reference.widen(y[(int) order[i]]);
            batchW[i] = w[(int) order[i]];
          }
          Oracle.Result result = new Oracle(CLASSIFIER, 0.05).run(theta, batchX, batchY, batchW);
          lossSum += result.lossSum;
          penaltySum += count * result.penalty;
          step++;
          for (int i = 0; i < theta.length; i++) {
            theta[i] = Reference.step(optimizer, result.gradient[i], theta[i], state[i], step);
          }
        }
        engine.advance(3);
        Progress progress = engine.takeProgress(0);
        assertThat(progress.samples()).isEqualTo(samples);
        assertThat(progress.lossSum()).isCloseTo(lossSum, within(1e-4));
        assertThat(progress.penaltySum()).isCloseTo(penaltySum, within(1e-4));
      }
      assertClose(optimizer.id(), theta, engine.weights(0).toArray(), 2e-5, 1, 1);
    }
  }

  @Test
  void advancingInPartsIsAdvancingAtOnce() {
    ModelPlan model = new ModelPlan(Networks.weights(CLASSIFIER, 6), Optimizer.Adam.of(0.01), 0, 5);
    assertThat(train(List.of(model), 23, 11, 1, 4, 2)).isEqualTo(train(List.of(model), 23, 11, 7));
  }

  @Test
  void lookingAtTheProgressChangesNoBitOfIt() {
    ModelPlan model =
        new ModelPlan(Networks.weights(CLASSIFIER, 6), Optimizer.Adam.of(0.01), 0.1, 5);
    TrainingPlan plan =
        new TrainingPlan(
            matrix(Networks.features(257, 4)),
            matrix(Networks.targets(CLASSIFIER, 257, 5)),
            2,
            List.of(model));
    try (TrainingEngine watched = newEngine(backend, plan);
        TrainingEngine left = newEngine(backend, plan)) {
      for (int step = 1; step <= 129; step++) {
        watched.advance(1);
        assertThat(watched.progress(0).samples()).isEqualTo(Math.min(2 * step, 257));
      }
      left.advance(129);
      assertThat(watched.progress(0)).isEqualTo(left.progress(0));
      assertThat(watched.takeProgress(0)).isEqualTo(left.takeProgress(0));
      assertThat(watched.progress(0)).isEqualTo(Progress.NONE);
    }
  }

  @Test
  void modelsOfAPlanTrainAsIfAlone() {
    NetworkSpec wider =
        NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
            .withHidden(9, Activation.RELU);
    List<ModelPlan> models = new ArrayList<>();
    models.add(new ModelPlan(Networks.weights(CLASSIFIER, 1), Optimizer.Adam.of(0.01), 0, 5));
    models.add(new ModelPlan(Networks.weights(wider, 2), optimizers().get(0), 0.1, 5));
    models.add(new ModelPlan(Networks.weights(CLASSIFIER, 3), optimizers().get(1), 0, 6));
    for (int batch : new int[] {11, 23}) {
      requireSameAlone(models, 23, batch, 7);
    }
    // More samples than wide networks work on at a time.
    NetworkSpec wide =
        NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
            .withHidden(200, Activation.TANH);
    models.add(new ModelPlan(Networks.weights(wide, 4), optimizers().get(0), 0.1, 5));
    for (int batch : new int[] {4567, 5003}) {
      requireSameAlone(models, 5003, batch, 3);
    }
  }

  private void requireSameAlone(List<ModelPlan> models, int samples, int batch, int steps) {
    List<Weights> together = train(models, samples, batch, steps);
    for (int i = 0; i < models.size(); i++) {
      Weights alone = train(List.of(models.get(i)), samples, batch, steps).get(0);
      checkSame("model " + i + ", batch " + batch, alone, together.get(i));
    }
  }

  /**
   * Models of equal layer sizes, which an engine may send through a batch together, though
   * everything else differs; one of them stops in the middle.
   */
  @Test
  void modelsOfEqualSizesTrainAsIfAlone() {
    List<ModelPlan> models = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      NetworkSpec spec =
          NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
              .withHidden(6, activation)
              .withHidden(5, Activation.TANH);
      for (Optimizer optimizer : optimizers()) {
        int i = models.size();
        double l2 = i % 2 == 0 ? 0 : 0.1;
        models.add(new ModelPlan(Networks.weights(spec, i), optimizer, l2, i % 4 == 3 ? 6 : 5));
      }
    }
    int retired = 4;
    Matrix x = matrix(Networks.features(300, 4));
    Matrix y = matrix(Networks.targets(CLASSIFIER, 300, 5));
    for (int batch : new int[] {70, 300}) {
      try (TrainingEngine engine = newEngine(backend, new TrainingPlan(x, y, batch, models))) {
        engine.advance(7);
        engine.retire(retired);
        engine.advance(4);
        for (int i = 0; i < models.size(); i++) {
          TrainingPlan alone = new TrainingPlan(x, y, batch, List.of(models.get(i)));
          try (TrainingEngine other = newEngine(backend, alone)) {
            other.advance(i == retired ? 7 : 11);
            checkSame("model " + i, other.weights(0), engine.weights(i));
            if (modelsKeepBits()) {
              assertThat(engine.evaluate(i, Samples.resident(x, y)))
                  .isEqualTo(other.evaluate(0, Samples.resident(x, y)));
              assertThat(engine.takeProgress(i)).isEqualTo(other.takeProgress(0));
            }
          }
        }
      }
    }
  }

  private void checkSame(String description, Weights alone, Weights together) {
    if (modelsKeepBits()) {
      assertThat(together).as(description).isEqualTo(alone);
    } else {
      assertThat(together.toArray())
          .as(description)
          .containsExactly(alone.toArray(), within(1e-3f));
    }
  }

  /** Whether a model that is trained beside others has the bits that it has alone. */
  protected boolean modelsKeepBits() {
    return true;
  }

  private List<Weights> train(List<ModelPlan> models, int samples, int batch, int... steps) {
    Matrix x = matrix(Networks.features(samples, 4));
    Matrix y = matrix(Networks.targets(CLASSIFIER, samples, 5));
    List<Weights> weights = new ArrayList<>();
    try (TrainingEngine engine = newEngine(backend, new TrainingPlan(x, y, batch, models))) {
      for (int count : steps) {
        engine.advance(count);
      }
      for (int i = 0; i < models.size(); i++) {
        weights.add(engine.weights(i));
      }
    }
    return weights;
  }

  /** Again and again by the same samples, with others in between. */
  @Test
  void modelsJudgedInOneGoGetWhatEachGetsAlone() {
    NetworkSpec wider =
        NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
            .withHidden(40, Activation.RELU);
    List<ModelPlan> models =
        List.of(
            new ModelPlan(Networks.weights(CLASSIFIER, 1), Optimizer.Adam.of(0.01), 0, 5),
            new ModelPlan(Networks.weights(wider, 2), Optimizer.Adam.of(0.01), 0.1, 5),
            new ModelPlan(Networks.weights(CLASSIFIER, 3), Optimizer.Adam.of(0.01), 0, 6));
    Matrix x = matrix(Networks.features(50, 4));
    Matrix y = matrix(Networks.targets(CLASSIFIER, 50, 5));
    Samples dev =
        Samples.resident(
            matrix(Networks.features(5003, 6)), matrix(Networks.targets(CLASSIFIER, 5003, 7)));
    try (TrainingEngine engine = newEngine(backend, new TrainingPlan(x, y, 50, models))) {
      for (int round = 0; round < 3; round++) {
        List<Progress> alone =
            List.of(engine.evaluate(2, dev), engine.evaluate(0, dev), engine.evaluate(1, dev));
        assertThat(engine.evaluate(List.of(2, 0, 1), dev)).isEqualTo(alone);
        assertThat(engine.evaluate(List.of(0), dev)).isEqualTo(alone.subList(1, 2));
        assertThat(engine.evaluate(List.of(0, 1, 2), Samples.resident(x, y)))
            .extracting(Progress::samples)
            .containsExactly(50L, 50L, 50L);
        assertThat(engine.evaluate(List.of(2, 0, 1), dev)).isEqualTo(alone);
        engine.advance(2);
        assertThat(engine.evaluate(List.of(2, 0, 1), dev)).isNotEqualTo(alone);
      }
      assertThat(engine.evaluate(List.of(), dev)).isEmpty();
    }
  }

  @Test
  void aRetiredModelStaysAsItIs() {
    ModelPlan model = new ModelPlan(Networks.weights(CLASSIFIER, 6), Optimizer.Adam.of(0.01), 0, 5);
    Matrix x = matrix(Networks.features(23, 4));
    Matrix y = matrix(Networks.targets(CLASSIFIER, 23, 5));
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(x, y, 11, List.of(model, model)))) {
      engine.advance(2);
      Weights before = engine.weights(0);
      engine.retire(0);
      engine.advance(2);
      assertThat(engine.weights(0)).isEqualTo(before);
      assertThat(engine.weights(1)).isNotEqualTo(before);
      assertThat(engine.takeProgress(0).samples()).isEqualTo(22);
      // The epoch of 23 samples ends with a batch of one.
      assertThat(engine.takeProgress(1).samples()).isEqualTo(34);
      assertThat(engine.takeProgress(1)).isEqualTo(Progress.NONE);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void evaluatesOtherSamplesWithoutPenalty(NetworkSpec spec) {
    float[][] x = Networks.features(101, 8);
    float[][] y = Networks.targets(spec, 101, 9);
    Weights initial = Networks.weights(spec, 3);
    ModelPlan model = new ModelPlan(initial, new Optimizer.GradientDescent(1), 0.1, 0);
    Oracle.Result expected =
        new Oracle(spec, 0)
            .run(Reference.widen(initial.toArray()), Networks.widen(x), Networks.widen(y));
    TrainingPlan plan =
        new TrainingPlan(
            matrix(Networks.features(7, 1)),
            matrix(Networks.targets(spec, 7, 2)),
            7,
            List.of(model));
    try (TrainingEngine engine = newEngine(backend, plan)) {
      checkProgress(engine.evaluate(0, Samples.resident(matrix(x), matrix(y))), 101, expected, 1);
      assertThat(engine.weights(0)).isEqualTo(initial);
      assertThat(engine.takeProgress(0)).isEqualTo(Progress.NONE);
    }
  }

  /** However often they are judged by; other samples can be judged by between and afterwards. */
  @Test
  void targetsThatAreNoClassAreRefusedAgainAndAgain() {
    TrainingPlan plan = plan();
    float[][] wrong = Networks.targets(CLASSIFIER, 23, 5);
    wrong[20][0] = 3;
    Samples samples = Samples.resident(plan.features(), matrix(wrong));
    try (TrainingEngine engine = newEngine(backend, plan)) {
      Progress right = engine.evaluate(0, plan.samples());
      for (int round = 0; round < 2; round++) {
        for (int again = 0; again < 2; again++) {
          assertThatIllegalArgumentException()
              .isThrownBy(() -> engine.evaluate(0, samples))
              .withMessageContaining("a target is 3.0, not one of the classes 0 to 2");
        }
        assertThat(engine.evaluate(0, plan.samples())).isEqualTo(right);
      }
    }
  }

  private TrainingPlan plan() {
    ModelPlan model =
        new ModelPlan(Networks.weights(CLASSIFIER, 6), new Optimizer.GradientDescent(0.1), 0, 5);
    return new TrainingPlan(
        matrix(Networks.features(23, 4)),
        matrix(Networks.targets(CLASSIFIER, 23, 5)),
        11,
        List.of(model));
  }

  @Test
  void samplesOfAnotherBackendOrFormAreRefused() {
    TrainingPlan plan = plan();
    try (TrainingEngine engine = newEngine(backend, plan);
        AbstractBackend other = openBackend();
        Scope otherScope = other.newScope()) {
      Matrix x = other.allocate(otherScope, 5, Networks.INPUTS);
      Matrix y = other.allocate(otherScope, 5, 1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.evaluate(0, Samples.resident(x, y)))
          .withMessageContaining("belongs to another backend");
      Matrix narrow = backend.allocate(scope, 23, 2);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.evaluate(0, Samples.resident(narrow, plan.targets())))
          .withMessage(
              "evaluate: samples with 2 features and 1 targets are not of the plan's form");
    }
  }

  /** Samples that were freed, an engine or a backend that was closed. */
  @Test
  void whatIsClosedCanNotBeUsed() {
    AbstractBackend other = openBackend();
    Scope samples = other.newScope();
    Matrix x = other.allocate(samples, 5, Networks.INPUTS);
    Matrix y = other.allocate(samples, 5, 1);
    TrainingPlan plan = new TrainingPlan(x, y, 5, plan().models());
    TrainingEngine engine = newEngine(other, plan);
    engine.advance(1);
    samples.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.advance(1))
        .withMessageContaining("is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.evaluate(0, Samples.resident(x, y)))
        .withMessageContaining("is closed");
    engine.close();
    for (ThrowingCallable use : uses(engine)) {
      assertThatIllegalStateException().isThrownBy(use).withMessageContaining("closed");
    }
    TrainingEngine last;
    try (AbstractBackend closing = openBackend()) {
      Scope left = closing.newScope();
      last =
          newEngine(
              closing,
              new TrainingPlan(
                  closing.allocate(left, 5, Networks.INPUTS),
                  closing.allocate(left, 5, 1),
                  5,
                  plan().models()));
    }
    for (ThrowingCallable use : uses(last)) {
      assertThatIllegalStateException()
          .isThrownBy(use)
          .withMessage("the " + backend.name() + " backend is closed");
    }
    other.close();
  }

  private static List<ThrowingCallable> uses(TrainingEngine engine) {
    return List.of(
        () -> engine.advance(1),
        () -> engine.progress(0),
        () -> engine.takeProgress(0),
        () -> engine.weights(0));
  }
}
