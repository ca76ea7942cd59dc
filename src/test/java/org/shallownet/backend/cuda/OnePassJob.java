package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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

/**
 * A step in one pass over samples of random numbers, and what float64 makes of them: a network with
 * a hidden layer and one output.
 */
final class OnePassJob {
  /** So that what a step adds to a weight says the derivative as exactly as float32 can. */
  private static final double RATE = 0x1p20;

  private final NetworkSpec spec;
  private final Loss loss;
  private final double[] theta;
  final double[][] x;
  private final double[][] y;
  private final double[] w;

  /**
   * A job of random numbers. Where the activation has a kink, parameters and features have few
   * bits: rounded, a unit's input near 0 might else come to lie on the other side.
   */
  OnePassJob(NetworkSpec spec, Loss loss, int rows, boolean weighted) {
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

  /** What a step makes of the weights, and what it saw. */
  Step step(Precision precision, boolean weighted) {
    try (CudaBackend backend =
            CudaTests.open(precision, CudaLimits.DEFAULT, ForcedEngine.ONE_PASS);
        Scope scope = backend.newScope()) {
      Matrix features = matrix(backend, scope, x, null);
      Matrix targets = matrix(backend, scope, y, weighted ? w : null);
      Weights initial = Weights.of(spec, narrow(theta));
      ModelPlan model =
          new ModelPlan(initial, new Optimizer.GradientDescent(RATE), 0, 1)
              .withRefinements(Refinements.NONE.withLoss(loss));
      TrainingPlan plan =
          new TrainingPlan(Samples.resident(features, targets, weighted), x.length, List.of(model));
      try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
        assertThat(engine.name()).isEqualTo("one-pass");
        engine.advance(1);
        return new Step(engine.weights(0).toArray(), engine.progress(0));
      }
    }
  }

  /** Fails if a step that is taken again has other bits. */
  static void requireSameBitsAgain(Precision precision) {
    NetworkSpec spec = network(19, 24, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY);
    OnePassJob job = new OnePassJob(spec, Loss.OWN, 300, false);
    Step first = job.step(precision, false);
    Step again = job.step(precision, false);
    assertThat(again.weights).isEqualTo(first.weights);
    assertThat(again.progress.cost()).isEqualTo(first.progress.cost());
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

  /** What a step left. */
  static final class Step {
    final float[] weights;
    final TrainingEngine.Progress progress;

    Step(float[] weights, TrainingEngine.Progress progress) {
      this.weights = weights;
      this.progress = progress;
    }

    /** Fails if a derivative, in parts of the largest, or the cost is further off than that. */
    void requireNear(OnePassJob job, double most) {
      Oracle.Result exact = job.exact();
      assertThat(mostOff(job)).isLessThan(most);
      assertThat(progress.cost()).isCloseTo(exact.cost(), within(most * (1 + exact.cost())));
      assertThat(progress.weight()).isEqualTo(exact.weight);
    }

    /** By how much each derivative is off. */
    double[] errors(OnePassJob job) {
      double[] exact = job.exact().gradient;
      return IntStream.range(0, exact.length)
          .mapToDouble(i -> (job.theta[i] - weights[i]) / RATE - exact[i])
          .toArray();
    }

    /** By how much a derivative is off at most, in parts of the largest one. */
    double mostOff(OnePassJob job) {
      return largest(errors(job)) / largest(job.exact().gradient);
    }

    /** The root of the mean squared error, in parts of the largest derivative. */
    double meanOff(OnePassJob job) {
      double squares = Arrays.stream(errors(job)).map(e -> e * e).average().orElseThrow();
      return Math.sqrt(squares) / largest(job.exact().gradient);
    }

    private static double largest(double[] values) {
      return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }
  }

  private static float[] narrow(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  static NetworkSpec network(int inputs, int hidden, Activation activation, Output output) {
    return NetworkSpec.of(inputs, output, 1).withHidden(hidden, activation);
  }

  static Loss loss(String name) {
    return switch (name) {
      case "smoothed" -> new Loss.Smoothed(0.1);
      case "huber" -> new Loss.Huber(1);
      case "quantile" -> new Loss.Quantile(0.3);
      default -> Loss.OWN;
    };
  }
}
