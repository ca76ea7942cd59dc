package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/**
 * What tests of training engines need: a backend, its engine, samples in its memory, and the {@link
 * Oracle} to compare with.
 */
public abstract class EngineKit {
  static final NetworkSpec CLASSIFIER =
      NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
          .withHidden(6, Activation.TANH);

  Backend backend;
  Scope scope;

  /** Opens the backend that the engine runs on. */
  protected abstract Backend openBackend();

  /** The engine under test. */
  protected abstract TrainingEngine newEngine(Backend backend, TrainingPlan plan);

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

  final Matrix matrix(float[][] rows) {
    Matrix matrix = backend.allocate(scope, rows.length, rows[0].length);
    backend.upload(Networks.flatten(rows), 0, matrix);
    return matrix;
  }

  static List<NetworkSpec> networks() {
    return Networks.all();
  }

  final Samples weighted(float[][] x, float[][] y, float[] w) {
    return Samples.resident(matrix(x), matrix(Networks.withWeights(y, w)), true);
  }

  static void checkProgress(Progress progress, int samples, Oracle.Result expected, double slack) {
    assertThat(progress.samples()).isEqualTo(samples);
    assertThat(progress.weight()).isCloseTo(expected.weight, within(1e-6 * expected.weight));
    assertThat(progress.lossSum())
        .isCloseTo(expected.lossSum, within(slack * 2e-6 * (1 + expected.lossSum)));
    assertThat(progress.penaltySum())
        .isCloseTo(samples * expected.penalty, within(slack * 2e-6 * samples));
    assertThat(progress.hits()).isCloseTo(expected.hits, within(1e-6 * expected.hits));
    if (expected.weight == samples) {
      assertThat(progress.weight()).isEqualTo(samples);
      // Hits are counted; half of squared errors is not a whole number.
      if (expected.hits == Math.rint(expected.hits)) {
        assertThat(progress.hits()).isEqualTo(expected.hits);
      }
    }
  }

  static List<Optimizer> optimizers() {
    return List.of(
        new Optimizer.GradientDescent(0.1),
        new Optimizer.Momentum(0.05, 0.9),
        Optimizer.Adam.of(0.01),
        new Optimizer.Nesterov(0.02, 0.8));
  }

  /** Batches of 11 of 23 samples in the order of each epoch, the last one of a single sample. */
  final void checkMiniBatches(NetworkSpec spec, Optimizer optimizer, float[] w, boolean weighted) {
    checkMiniBatches(new ModelPlan(Networks.weights(spec, 6), optimizer, 0.05, 77), w, weighted);
  }

  /** The same for a model whose batches' order has the seed 77. */
  final void checkMiniBatches(ModelPlan model, float[] w, boolean weighted) {
    NetworkSpec spec = model.spec();
    int samples = 23;
    int batch = 11;
    float[][] x = Networks.features(samples, 4);
    float[][] y = Networks.targets(spec, samples, 5);
    Samples data = weighted ? weighted(x, y, w) : Samples.resident(matrix(x), matrix(y));
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(data, batch, List.of(model)))) {
      StepOracle oracle = new StepOracle(model, 3);
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
          Oracle.Result result = oracle.step(batchX, batchY, batchW);
          lossSum += result.lossSum;
          penaltySum += count * result.penalty;
        }
        engine.advance(3);
        Progress progress = engine.takeProgress(0);
        assertThat(progress.samples()).isEqualTo(samples);
        assertThat(progress.lossSum()).isCloseTo(lossSum, within(Math.max(1e-4, 2e-6 * lossSum)));
        assertThat(progress.penaltySum()).isCloseTo(penaltySum, within(1e-4));
      }
      String label = model.optimizer() + " " + model.refinements();
      assertClose(label, oracle.theta, engine.weights(0).toArray(), 2e-5, 1, 1);
    }
  }

  final TrainingPlan plan() {
    ModelPlan model =
        new ModelPlan(Networks.weights(CLASSIFIER, 6), new Optimizer.GradientDescent(0.1), 0, 5);
    return new TrainingPlan(
        matrix(Networks.features(23, 4)),
        matrix(Networks.targets(CLASSIFIER, 23, 5)),
        11,
        List.of(model));
  }
}
