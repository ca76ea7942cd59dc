package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Oracle;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Weights;

/** Gradients in one pass whose products tensor cores take in bfloat16, against float64. */
@Tag("cuda")
class CudaBf16PassTest {
  /** A factor with 7 bits of fraction is off by half of their last place at most. */
  private static final double HALF_A_PLACE = 0x1p-8;

  /** A network, samples, and what float64 makes of them. */
  private static final class Job {
    private final NetworkSpec spec;
    private final Loss loss;
    private final double[] theta;
    private final double[][] x;
    private final double[][] y;
    private final double[] w;

    /**
     * A job of random numbers. Where the activation has a kink, parameters and features have few
     * bits: rounded, a unit's input near 0 might else come to lie on the other side.
     */
    Job(NetworkSpec spec, Loss loss, int rows, boolean weighted) {
      this.spec = spec;
      this.loss = loss;
      Random random = new Random(31L * spec.inputs() + rows);
      Activation activation = spec.hidden().get(0).activation();
      boolean kink = activation == Activation.RELU || activation == Activation.LEAKY_RELU;
      double unit = kink ? 0x1p-5 : 0x1p-24;
      theta = floats(spec.parameterCount(), () -> whole(0.3 * random.nextGaussian(), unit));
      x = new double[rows][];
      y = new double[rows][];
      for (int i = 0; i < rows; i++) {
        x[i] = floats(spec.inputs(), () -> whole(random.nextGaussian(), unit));
        y[i] = floats(1, () -> random.nextInt(2));
      }
      w = floats(rows, () -> weighted ? random.nextInt(4) / 2.0 : 1);
      w[0] = 1;
    }

    private static double[] floats(int count, DoubleSupplier next) {
      return IntStream.range(0, count).mapToDouble(i -> (float) next.getAsDouble()).toArray();
    }

    private static double whole(double value, double unit) {
      return unit * Math.rint(value / unit);
    }

    Oracle.Result exact() {
      return new Oracle(spec, 0, loss).run(theta, x, y, w);
    }

    /** The weights after a step of rate 1, and what the step saw. */
    Step step(Precision precision, boolean weighted) {
      try (CudaBackend backend =
              CudaTests.open(precision, CudaLimits.DEFAULT, ForcedEngine.ONE_PASS);
          Scope scope = backend.newScope()) {
        Matrix features = matrix(backend, scope, x, null);
        Matrix targets = matrix(backend, scope, y, weighted ? w : null);
        Weights initial = Weights.of(spec, narrow(theta));
        ModelPlan model =
            new ModelPlan(initial, new Optimizer.GradientDescent(1), 0, 1)
                .withRefinements(Refinements.NONE.withLoss(loss));
        TrainingPlan plan =
            new TrainingPlan(
                Samples.resident(features, targets, weighted), x.length, List.of(model));
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          assertThat(engine.name()).isEqualTo("one-pass");
          engine.advance(1);
          return new Step(engine.weights(0).toArray(), engine.progress(0));
        }
      }
    }

    private static Matrix matrix(
        CudaBackend backend, Scope scope, double[][] rows, double @Nullable [] last) {
      int columns = rows[0].length + (last == null ? 0 : 1);
      float[] values = new float[rows.length * columns];
      for (int i = 0; i < rows.length; i++) {
        double[] row = Arrays.copyOf(rows[i], columns);
        if (last != null) {
          row[columns - 1] = last[i];
        }
        System.arraycopy(narrow(row), 0, values, i * columns, columns);
      }
      Matrix matrix = backend.allocate(scope, rows.length, columns);
      backend.upload(values, 0, matrix);
      return matrix;
    }
  }

  private static final class Step {
    private final float[] weights;
    private final TrainingEngine.Progress progress;

    Step(float[] weights, TrainingEngine.Progress progress) {
      this.weights = weights;
      this.progress = progress;
    }

    /** By how much a derivative is off at most. */
    double mostOff(Job job) {
      double[] exact = job.exact().gradient;
      return IntStream.range(0, exact.length)
          .mapToDouble(i -> Math.abs(job.theta[i] - weights[i] - exact[i]))
          .max()
          .orElseThrow();
    }
  }

  private static float[] narrow(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  private static NetworkSpec network(int inputs, int hidden, Activation activation, Output output) {
    return NetworkSpec.of(inputs, output, 1).withHidden(hidden, activation);
  }

  private static Loss loss(String name) {
    return switch (name) {
      case "smoothed" -> new Loss.Smoothed(0.1);
      case "huber" -> new Loss.Huber(1);
      case "quantile" -> new Loss.Quantile(0.3);
      default -> Loss.OWN;
    };
  }

  /**
   * Rounding errors of many products partly cancel, so that no derivative is off by more than the
   * largest of them is by the error of one factor. Features, units and samples come by sixteens,
   * which these numbers mostly aren't.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 1, TANH, SIGMOID_CROSS_ENTROPY, own, 1, false",
    "1, 17, RELU, SIGMOID_CROSS_ENTROPY, own, 33, true",
    "7, 16, LEAKY_RELU, SIGMOID_CROSS_ENTROPY, smoothed, 203, false",
    "8, 31, SIGMOID, IDENTITY_SQUARED_ERROR, huber, 47, true",
    "15, 33, TANH, IDENTITY_SQUARED_ERROR, quantile, 200, false",
    "16, 16, IDENTITY, IDENTITY_SQUARED_ERROR, own, 16, false",
    "17, 40, SIGMOID, EXPONENTIAL_POISSON, own, 100, true",
    "28, 64, TANH, SIGMOID_CROSS_ENTROPY, own, 203, true",
    "33, 20, TANH, SIGMOID_CROSS_ENTROPY, own, 130, false"
  })
  void gradientsAreThoseOfFloat64(
      int inputs,
      int hidden,
      Activation activation,
      Output output,
      String loss,
      int rows,
      boolean weighted) {
    Job job = new Job(network(inputs, hidden, activation, output), loss(loss), rows, weighted);
    Oracle.Result exact = job.exact();
    Step step = job.step(Precision.BF16, weighted);
    double largest = Arrays.stream(exact.gradient).map(Math::abs).max().orElseThrow();
    assertThat(step.mostOff(job)).isLessThan(HALF_A_PLACE * largest);
    assertThat(step.progress.cost())
        .isCloseTo(exact.cost(), within(HALF_A_PLACE * (1 + exact.cost())));
    assertThat(step.progress.weight()).isEqualTo(exact.weight);
  }

  /** Of eight times the rounding errors of TF32, by chance a little more or less. */
  @Test
  void productsAreOfBfloat16() {
    Job job =
        new Job(network(9, 20, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY), Loss.OWN, 90, false);
    double ofTf32 = job.step(Precision.TF32, false).mostOff(job);
    assertThat(job.step(Precision.BF16, false).mostOff(job)).isBetween(3 * ofTf32, 24 * ofTf32);
  }

  @Test
  void theSameAgainHasTheSameBits() {
    Job job =
        new Job(
            network(19, 24, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY), Loss.OWN, 300, false);
    Step first = job.step(Precision.BF16, false);
    Step again = job.step(Precision.BF16, false);
    assertThat(again.weights).isEqualTo(first.weights);
    assertThat(again.progress.cost()).isEqualTo(first.progress.cost());
  }

  /** Features that float32 has and bfloat16 doesn't, and padding beside an infinite one. */
  @Test
  void infiniteFeaturesReachTheSameCost() {
    NetworkSpec spec = network(19, 17, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY);
    Job job = new Job(spec, Loss.OWN, 18, false);
    job.x[2][3] = Float.POSITIVE_INFINITY;
    job.x[5][7] = Float.MAX_VALUE;
    assertThat(job.step(Precision.BF16, false).progress.cost())
        .isCloseTo(job.step(Precision.FP32, false).progress.cost(), within(HALF_A_PLACE));
  }
}
