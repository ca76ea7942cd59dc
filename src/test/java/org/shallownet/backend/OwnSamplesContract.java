package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
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

/**
 * What an engine makes of models that see only a part of their plan's samples, and of a front
 * scale: a model on its own rows and inputs is the model alone on a table of just these.
 */
public abstract class OwnSamplesContract extends ResumedEngineContract {
  private static final int SAMPLES = 53;
  private static final NetworkSpec NARROW =
      NetworkSpec.of(3, Output.SOFTMAX_CROSS_ENTROPY, 3).withHidden(6, Activation.RELU);

  /** Every fifth row, from this one on: 11, 11, 11, 10, 10 of them. */
  private static SampleRows fold(int number) {
    return SampleRows.of(IntStream.range(0, SAMPLES).filter(row -> row % 5 == number).toArray());
  }

  private static ModelSamples without(SampleRows fold, int firstInput) {
    return new ModelSamples(fold.others(SAMPLES), fold, firstInput);
  }

  /** Some on all of the features, some on three in the middle, with and without front scale. */
  private static List<ModelPlan> models() {
    List<ModelPlan> models = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Optimizer optimizer = optimizers().get(i % 3);
      boolean narrow = i % 2 == 1;
      NetworkSpec spec = narrow ? NARROW : CLASSIFIER;
      ModelSamples samples = without(fold(i % 5), narrow ? 1 : ModelSamples.ALL_INPUTS);
      double front = i % 3 == 2 ? 0 : 6;
      models.add(new ModelPlan(Networks.weights(spec, i), optimizer, 0.05, i / 2, samples, front));
    }
    // One trains on few rows: a single batch.
    ModelSamples few = new ModelSamples(SampleRows.of(3, 4, 21), fold(0), 2);
    models.add(new ModelPlan(Networks.weights(NARROW, 9), Optimizer.Adam.of(0.01), 0, 4, few, 6));
    models.add(new ModelPlan(Networks.weights(CLASSIFIER, 8), Optimizer.Adam.of(0.01), 0, 4));
    return models;
  }

  private static float[][] rows(float[][] table, SampleRows rows) {
    int count = (int) rows.count(table.length);
    return IntStream.range(0, count)
        .mapToObj(i -> table[(int) rows.row(i)])
        .toArray(float[][]::new);
  }

  /** The inputs that a model sees of some rows. */
  private static float[][] seen(float[][] x, SampleRows rows, ModelPlan model) {
    int from = model.samples().inputsFrom();
    return Arrays.stream(rows(x, rows))
        .map(row -> Arrays.copyOfRange(row, from, from + model.spec().inputs()))
        .toArray(float[][]::new);
  }

  private Samples samples(float[][] x, float[][] y, boolean weighted) {
    float[] w = Networks.sampleWeights(x.length, 3);
    w[0] = 1;
    return weighted ? weighted(x, y, w) : Samples.resident(matrix(x), matrix(y));
  }

  /** The samples that a model sees of some rows, as a table of their own. */
  private Samples table(
      float[][] x, float[][] y, SampleRows rows, ModelPlan model, boolean weighted) {
    float[][] targets = weighted ? Networks.withWeights(y, weights(x.length)) : y;
    return Samples.resident(matrix(seen(x, rows, model)), matrix(rows(targets, rows)), weighted);
  }

  private static float[] weights(int samples) {
    float[] w = Networks.sampleWeights(samples, 3);
    w[0] = 1;
    return w;
  }

  private void checkSame(String what, Weights alone, Weights together) {
    if (modelsKeepBits()) {
      assertThat(together).as(what).isEqualTo(alone);
    } else {
      assertThat(together.toArray()).as(what).containsExactly(alone.toArray(), within(1e-3f));
    }
  }

  private void checkSame(String what, Progress alone, Progress together) {
    if (modelsKeepBits()) {
      assertThat(together).as(what).isEqualTo(alone);
    } else {
      assertThat(together.samples()).as(what).isEqualTo(alone.samples());
      assertThat(together.weight()).as(what).isCloseTo(alone.weight(), within(1e-3));
      assertThat(together.lossSum()).as(what).isCloseTo(alone.lossSum(), within(0.1));
    }
  }

  /** Whether a model that is trained beside others has the bits that it has alone. */
  protected boolean modelsKeepBits() {
    return true;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void modelsOnTheirOwnRowsAndInputsTrainAsOnATableOfThese(boolean weighted) {
    float[][] x = Networks.features(SAMPLES, 4);
    float[][] y = Networks.targets(CLASSIFIER, SAMPLES, 5);
    List<ModelPlan> models = models();
    List<Integer> all = IntStream.range(0, models.size()).boxed().toList();
    for (int batch : new int[] {11, 42, SAMPLES}) {
      TrainingPlan plan = new TrainingPlan(samples(x, y, weighted), batch, models);
      try (TrainingEngine engine = newEngine(backend, plan)) {
        long steps = 2 * plan.stepsPerEpoch();
        engine.advance(1);
        engine.advance(steps - 1);
        engine.retire(1);
        engine.advance(1);
        List<Progress> judged = engine.judge(all);
        for (int i : all) {
          ModelPlan model = models.get(i);
          long taken =
              i == 1
                  ? 2 * plan.stepsPerEpoch(model)
                  : TrainingPlan.stepsTaken(
                      steps + 1, plan.stepsPerEpoch(), plan.stepsPerEpoch(model));
          checkAlone(engine, i, model, x, y, weighted, batch, taken, judged.get(i));
        }
      }
    }
  }

  /** Also where some rest, and after those with the most rows have ended. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 7, 10})
  void modelsOnTheirOwnRowsGoOnFromAnyStep(int before) {
    float[][] x = Networks.features(SAMPLES, 4);
    float[][] y = Networks.targets(CLASSIFIER, SAMPLES, 5);
    List<ModelPlan> models = models();
    TrainingPlan plan = new TrainingPlan(samples(x, y, true), 11, models);
    assertThat(plan.stepsPerEpoch()).isEqualTo(5);
    try (TrainingEngine whole = newEngine(backend, plan);
        TrainingEngine resumed = newEngine(backend, plan)) {
      whole.advance(before);
      List<ModelState> states = IntStream.range(0, models.size()).mapToObj(whole::state).toList();
      resumed.resume(states);
      for (int i = 0; i < models.size(); i++) {
        assertThat(resumed.weights(i)).isEqualTo(whole.weights(i));
        assertThat(resumed.progress(i)).isEqualTo(whole.progress(i));
      }
      whole.advance(8);
      resumed.advance(8);
      for (int i = 0; i < models.size(); i++) {
        assertThat(resumed.weights(i)).as("model " + i).isEqualTo(whole.weights(i));
        assertThat(resumed.progress(i)).as("model " + i).isEqualTo(whole.progress(i));
      }
    }
  }

  private void checkAlone(
      TrainingEngine engine,
      int number,
      ModelPlan model,
      float[][] x,
      float[][] y,
      boolean weighted,
      int batch,
      long steps,
      Progress judged) {
    Samples own = table(x, y, model.samples().rows(), model, weighted);
    TrainingPlan alone =
        new TrainingPlan(own, Math.min(batch, own.rows()), List.of(model.onAllSamples()));
    String what = "model " + number + ", batch " + batch;
    try (TrainingEngine other = newEngine(backend, alone)) {
      other.advance(steps);
      checkSame(what, other.weights(0), engine.weights(number));
      checkSame(what, other.takeProgress(0), engine.takeProgress(number));
      if (model.samples().judged()) {
        Samples dev = table(x, y, model.samples().devRows(), model, weighted);
        checkSame(what, other.evaluate(0, dev), judged);
      } else {
        assertThat(judged).as(what).isEqualTo(Progress.NONE);
      }
      Samples everything = samples(x, y, weighted);
      Samples seen = table(x, y, SampleRows.ALL, model, weighted);
      for (int round = 0; round < 3; round++) {
        checkSame(what, other.evaluate(0, seen), engine.evaluate(number, everything));
      }
    }
  }

  @Test
  void whatIsHeldBackReachesNoBitOfTheWeights() {
    float[][] x = Networks.features(SAMPLES, 4);
    float[][] y = Networks.targets(CLASSIFIER, SAMPLES, 5);
    SampleRows fold = fold(2);
    ModelPlan model =
        new ModelPlan(
            Networks.weights(CLASSIFIER, 1),
            Optimizer.Adam.of(0.01),
            0.1,
            7,
            without(fold, ModelSamples.ALL_INPUTS),
            6);
    for (int batch : new int[] {11, SAMPLES}) {
      Weights expected = trained(x, y, batch, model);
      float[][] otherX = Networks.features(SAMPLES, 4);
      float[][] otherY = Networks.targets(CLASSIFIER, SAMPLES, 5);
      for (int i = 0; i < fold.count(SAMPLES); i++) {
        int row = (int) fold.row(i);
        Arrays.fill(otherX[row], i % 2 == 0 ? Float.NaN : 1e30f);
        otherY[row][0] = (otherY[row][0] + 1) % 3;
      }
      assertThat(trained(otherX, otherY, batch, model)).isEqualTo(expected);
      // A row that is trained on does.
      otherX[0][0]++;
      assertThat(trained(otherX, otherY, batch, model)).isNotEqualTo(expected);
    }
  }

  private Weights trained(float[][] x, float[][] y, int batch, ModelPlan model) {
    TrainingPlan plan = new TrainingPlan(matrix(x), matrix(y), batch, List.of(model));
    try (TrainingEngine engine = newEngine(backend, plan)) {
      for (int epoch = 0; epoch < 3; epoch++) {
        engine.advance(plan.stepsPerEpoch());
        engine.judge(List.of(0));
      }
      return engine.weights(0);
    }
  }

  @Test
  void aFrontScaleLeavesTheFirstWeightsAsTheyAre() {
    ModelPlan model =
        new ModelPlan(
            Networks.weights(CLASSIFIER, 1), Optimizer.Adam.of(1), 1, 7, ModelSamples.ALL, 6);
    TrainingPlan plan =
        new TrainingPlan(
            matrix(Networks.features(7, 4)),
            matrix(Networks.targets(CLASSIFIER, 7, 5)),
            7,
            List.of(model));
    try (TrainingEngine engine = newEngine(backend, plan)) {
      assertThat(engine.weights(0)).isEqualTo(model.initial());
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void theFrontScaleLearnsAsItsFormulaSays(Optimizer optimizer) {
    for (NetworkSpec spec :
        List.of(
            CLASSIFIER,
            NetworkSpec.of(Networks.INPUTS, Output.SIGMOID_CROSS_ENTROPY, 1),
            NetworkSpec.of(Networks.INPUTS, Output.IDENTITY_SQUARED_ERROR, 2)
                .withHidden(7, Activation.TANH)
                .withHidden(3, Activation.SIGMOID))) {
      checkFrontScale(spec, optimizer);
    }
  }

  private void checkFrontScale(NetworkSpec spec, Optimizer optimizer) {
    int samples = 23;
    int batch = 11;
    float[][] x = Networks.features(samples, 4);
    float[][] y = Networks.targets(spec, samples, 5);
    ModelPlan model =
        new ModelPlan(Networks.weights(spec, 6), optimizer, 0.05, 77, ModelSamples.ALL, 6);
    FrontOracle oracle = new FrontOracle(spec, 0.05, model.initial());
    TrainingPlan plan = new TrainingPlan(matrix(x), matrix(y), batch, List.of(model));
    try (TrainingEngine engine = newEngine(backend, plan)) {
      double lossSum = 0;
      double penaltySum = 0;
      for (int step = 0; step < 6; step++) {
        int first = step % 3 * batch;
        int count = Math.min(batch, samples - first);
        long[] order = new long[count];
        new BatchOrder(samples, 77).fill(step / 3, first, count, order);
        double[][] batchX = new double[count][];
        double[][] batchY = new double[count][];
        for (int i = 0; i < count; i++) {
          batchX[i] = Reference.widen(x[(int) order[i]]);
          batchY[i] = Reference.widen(y[(int) order[i]]);
        }
        Oracle.Result result = oracle.step(batchX, batchY, optimizer, 6);
        lossSum += result.lossSum;
        penaltySum += count * result.penalty;
      }
      engine.advance(6);
      Progress progress = engine.takeProgress(0);
      assertThat(progress.lossSum()).isCloseTo(lossSum, within(1e-4 * (1 + lossSum)));
      assertThat(progress.penaltySum()).isCloseTo(penaltySum, within(1e-4));
      assertClose(optimizer.id(), oracle.folded(), engine.weights(0).toArray(), 1e-4, 1, 1);
    }
  }
}
