package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.backend.NumericAssert.assertClose;
import static org.shallownet.backend.NumericAssert.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.AddSquaredNorm;
import org.shallownet.backend.device.SumOperation.Increment;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UpdateOperation.AdamStep;
import org.shallownet.backend.device.UpdateOperation.GradientDescentStep;
import org.shallownet.backend.device.UpdateOperation.MomentumStep;
import org.shallownet.network.Activation;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/**
 * What every backend must do. A backend's test extends this class, says how to open it, and
 * inherits every case; those of {@link OwnershipContract}, {@link ArithmeticContract}, {@link
 * OutputContract} and {@link RecordingContract} are part of it.
 */
public abstract class BackendContractTest extends RefinedOperationsContract {
  static List<Optimizer> optimizers() {
    return List.of(
        new Optimizer.GradientDescent(0.1),
        new Optimizer.Momentum(0.1, 0.9),
        new Optimizer.Nesterov(0.1, 0.9),
        Optimizer.Adam.of(0.01),
        new Optimizer.Adam(0.01, 0, 0, 1e-3));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void severalStepsOfAnOptimizer(Optimizer optimizer) {
    for (int[] shape : new int[][] {{1, 31}, {33, 2}, {3, 5003}, {1, 40_001}, {9001, 3}}) {
      takeSteps(optimizer, shape[0], shape[1], false, false);
      takeSteps(optimizer, shape[0], shape[1], true, false);
      takeSteps(optimizer, shape[0], shape[1], false, true);
    }
  }

  private void takeSteps(
      Optimizer optimizer, int rows, int columns, boolean decaying, boolean scaled) {
    int count = rows * columns;
    float[] initial = normals(count);
    float[] decays = new float[count];
    for (int i = 0; i < count; i++) {
      decays[i] = i % 3 == 0 ? 0 : 0.5f;
    }
    Matrix theta = matrix(rows, columns, initial);
    Matrix decay = decaying ? matrix(rows, columns, decays) : null;
    Matrix first = matrix(rows, columns, new float[count]);
    Matrix second = matrix(rows, columns, new float[count]);
    double[] expected = Reference.widen(initial);
    double[][] state = new double[count][2];
    Matrix factor = scaled ? matrix(1, 1, 0) : null;
    Counter steps = backend.allocateCounter(scope);
    for (long step = 1; step <= 3; step++) {
      float[] gradient = normals(count);
      Matrix g = matrix(rows, columns, gradient);
      float scale = scaled ? (float) step / 4 : 1;
      if (factor != null) {
        backend.upload(new float[] {scale}, 0, factor);
      }
      Optimizer scaledBy = optimizer.withLearningRate(optimizer.learningRate() * scale);
      step(optimizer, g, decay, first, second, steps, factor, theta);
      backend.run(new Increment(steps));
      for (int i = 0; i < count; i++) {
        double full = gradient[i] + (decaying ? decays[i] * expected[i] : 0);
        expected[i] = Reference.step(scaledBy, full, expected[i], state[i], step);
      }
      assertSameBits("gradient", gradient, values(g));
    }
    assertClose(optimizer.id() + " " + theta.shape(), expected, values(theta), 2e-6, 1, 1);
  }

  private void step(
      Optimizer optimizer,
      Matrix gradient,
      Matrix decay,
      Matrix first,
      Matrix second,
      Counter steps,
      Matrix factor,
      Matrix theta) {
    float rate = (float) optimizer.learningRate();
    if (optimizer instanceof Optimizer.Momentum momentum) {
      backend.run(
          new MomentumStep(
              gradient, decay, first, rate, (float) momentum.momentum(), false, factor, theta));
    } else if (optimizer instanceof Optimizer.Nesterov nesterov) {
      float kept = (float) nesterov.momentum();
      backend.run(new MomentumStep(gradient, decay, first, rate, kept, true, factor, theta));
    } else if (optimizer instanceof Optimizer.Adam adam) {
      backend.run(new AdamStep(gradient, decay, first, second, adam, steps, factor, theta));
    } else {
      backend.run(new GradientDescentStep(gradient, decay, rate, factor, theta));
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void optimizersHandOnNotANumber(Optimizer optimizer) {
    Matrix theta = matrix(1, 3, 1, 2, Float.NaN);
    step(
        optimizer,
        matrix(1, 3, 0, Float.NaN, 0),
        null,
        matrix(1, 3, 0, 0, 0),
        matrix(1, 3, 0, 0, 0),
        backend.allocateCounter(scope),
        null,
        theta);
    assertThat(values(theta)).containsExactly(1, Float.NaN, Float.NaN);
  }

  @Test
  void theSameCallsGiveTheSameBits() {
    List<float[]> first = everyOperation(backend);
    List<float[]> second = everyOperation(backend);
    for (int i = 0; i < first.size(); i++) {
      assertSameBits("result " + i, first.get(i), second.get(i));
    }
  }

  /** Results of all operations that add up many values, on data that is always the same. */
  public static List<float[]> everyOperation(Backend backend) {
    List<float[]> results = new ArrayList<>();
    Random random = new Random(7);
    try (Scope scope = backend.newScope()) {
      for (int[] size : new int[][] {{5003, 7, 3}, {3001, 40, 20}, {1009, 70, 65}}) {
        Matrix x = normals(backend, scope, random, size[0], size[1]);
        Matrix w = normals(backend, scope, random, size[2], size[1]);
        Matrix bias = normals(backend, scope, random, 1, size[2]);
        Matrix z = backend.allocate(scope, size[0], size[2]);
        Matrix y = backend.allocate(scope, size[0], 1);
        Matrix a = backend.allocate(scope, size[0], size[2]);
        Matrix dw = backend.allocate(scope, size[2], size[1]);
        Matrix db = backend.allocate(scope, 1, size[2]);
        Tally tally = backend.allocateTally(scope);
        backend.run(new Gemm(false, true, 1, x, w, 0, z));
        backend.run(new BiasActivate(Activation.TANH, bias, z));
        backend.run(new Copy(z, a));
        backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, z, y, 1.0 / size[0], z, tally));
        backend.run(new ActivationBackward(Activation.TANH, a, z));
        backend.run(new Gemm(true, false, 1, z, x, 0, dw));
        backend.run(new SumRows(z, 0, db));
        backend.run(new AddSquaredNorm(x, 1, tally));
        double cost = backend.read(tally).cost();
        results.add(new float[] {(float) cost, (float) (cost * 1e7 % 1)});
        for (Matrix matrix : List.of(z, dw, db)) {
          float[] values = new float[Math.toIntExact(matrix.rows() * matrix.columns())];
          backend.download(matrix, values, 0);
          results.add(values);
        }
      }
    }
    return results;
  }

  private static Matrix normals(
      Backend backend, Scope scope, Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    Matrix matrix = backend.allocate(scope, rows, columns);
    backend.upload(values, 0, matrix);
    return matrix;
  }
}
