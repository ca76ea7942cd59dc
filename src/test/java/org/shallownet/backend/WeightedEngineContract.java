package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** What every training engine must do with samples that have weights. */
abstract class WeightedEngineContract extends RefinedEngineContract {
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

  /** A sample of weight 2 is two samples, one of weight 0 none. */
  @ParameterizedTest
  @MethodSource("networks")
  void weightsAreNumbersOfRows(NetworkSpec spec) {
    int samples = 257;
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
              "evaluate: samples with weights, 5 features and 1 targets are not of the plan's"
                  + " form");
    }
    Samples unweighted = Samples.resident(plan.features(), matrix(two));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TrainingPlan(unweighted, 11, plan.models()))
        .withMessage(
            "a 5-6-3 network with softmax output does not fit samples with 5 features and 2"
                + " targets");
  }

  /** An exponential whose derivative no float holds, though it holds what becomes of that. */
  @ParameterizedTest
  @ValueSource(ints = {0, 6})
  void exponentialsBeyondFloatsHaveAGradient(int hidden) {
    NetworkSpec plain = NetworkSpec.of(Networks.INPUTS, Output.EXPONENTIAL_POISSON, 1);
    NetworkSpec spec = hidden == 0 ? plain : plain.withHidden(hidden, Activation.RELU);
    // Of the first sample all units are 1, and the logit 89.5: e to the power of it is 7.4e38.
    float[] initial = new float[spec.parameterCount()];
    Arrays.fill(initial, spec.weightsOffset(1), spec.biasOffset(1), hidden == 0 ? 18 : 0.2f);
    if (hidden > 0) {
      Arrays.fill(initial, spec.weightsOffset(2), spec.biasOffset(2), 15);
    }
    initial[initial.length - 1] = -0.5f;
    int samples = 301;
    float[][] x = Networks.features(samples, 1);
    for (float[] row : x) {
      for (int j = 0; j < row.length; j++) {
        row[j] *= 0.05f;
      }
    }
    Arrays.fill(x[0], 1);
    float[][] y = Networks.targets(spec, samples, 2);
    float[] w = new float[samples];
    Arrays.fill(w, 1);
    double rate = 1e-36;
    ModelPlan model =
        new ModelPlan(Weights.of(spec, initial), new Optimizer.GradientDescent(rate), 0, 5);
    for (boolean weighted : new boolean[] {false, true}) {
      w[0] = weighted ? 0.01f : 1;
      double[] theta = Reference.widen(initial);
      double[] gradient =
          new Oracle(spec, 0)
              .run(theta, Networks.widen(x), Networks.widen(y), Reference.widen(w))
              .gradient;
      for (int i = 0; i < theta.length; i++) {
        theta[i] -= rate * gradient[i];
      }
      Samples data = weighted ? weighted(x, y, w) : Samples.resident(matrix(x), matrix(y));
      try (TrainingEngine engine =
          newEngine(backend, new TrainingPlan(data, samples, List.of(model)))) {
        engine.advance(1);
        // A last place of the logit is a part of 8e-6 of its exponential.
        String what = spec + " " + weighted;
        assertClose(what, theta, engine.weights(0).toArray(), 5e-5, 1, 1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void severalEpochsOfWeightedMiniBatches(Optimizer optimizer) {
    checkMiniBatches(CLASSIFIER, optimizer, Networks.sampleWeights(23, 12), true);
  }
}
