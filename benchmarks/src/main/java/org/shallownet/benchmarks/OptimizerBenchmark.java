package org.shallownet.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.shallownet.backend.Reference;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Recording;
import org.shallownet.backend.device.SumOperation.Increment;
import org.shallownet.backend.device.UpdateOperation.AdamStep;
import org.shallownet.backend.device.UpdateOperation.GradientDescentStep;
import org.shallownet.backend.device.UpdateOperation.MomentumStep;
import org.shallownet.network.Optimizer;

/** The steps of the optimisers, with L2. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OptimizerBenchmark extends BackendBenchmark {
  private static final double RATE = 1e-3;
  private static final double MOMENTUM = 0.9;
  private static final Optimizer.Adam ADAM = Optimizer.Adam.of(RATE);

  /** Those of 28-64-1 and of 784-1024-10. */
  @Param({"1921", "814090"})
  public int parameters;

  private Matrix theta;
  private Matrix gradient;
  private Matrix decay;
  private Matrix first;
  private Matrix second;
  private Counter steps;
  private Recording recording;

  @Setup(Level.Trial)
  public void prepare() {
    open();
    theta = random(1, parameters);
    gradient = random(1, parameters);
    decay = random(1, parameters);
    first = zeros(1, parameters);
    second = zeros(1, parameters);
    verify(new Optimizer.GradientDescent(RATE), this::gradientDescentStep);
    verify(new Optimizer.Momentum(RATE, MOMENTUM), this::momentumStep);
    device.run(new Copy(zeros(1, parameters), first));
    steps = device.allocateCounter(scope);
    verify(ADAM, this::adamStep);
    recording =
        device.record(
            scope,
            () -> {
              device.run(new GradientDescentStep(gradient, decay, (float) RATE, theta));
              device.run(new Increment(steps));
            });
    verify(new Optimizer.GradientDescent(RATE), this::replayedStep);
  }

  /** A step of gradient descent and the count of it, recorded and then replayed. */
  @Benchmark
  public void replayedStep() {
    device.replay(recording);
    device.synchronize();
  }

  private void verify(Optimizer optimizer, Runnable operation) {
    double[] before = Reference.widen(host(theta));
    float[] slopes = host(gradient);
    float[] strengths = host(decay);
    double[] expected = new double[parameters];
    for (int i = 0; i < parameters; i++) {
      double slope = slopes[i] + strengths[i] * before[i];
      expected[i] = Reference.step(optimizer, slope, before[i], new double[2], 1);
    }
    operation.run();
    verify(optimizer.id(), expected, host(theta), 0);
  }

  @Benchmark
  public void gradientDescentStep() {
    device.run(new GradientDescentStep(gradient, decay, (float) RATE, theta));
    device.synchronize();
  }

  @Benchmark
  public void momentumStep() {
    device.run(new MomentumStep(gradient, decay, first, (float) RATE, (float) MOMENTUM, theta));
    device.synchronize();
  }

  @Benchmark
  public void adamStep() {
    device.run(new AdamStep(gradient, decay, first, second, ADAM, steps, theta));
    device.synchronize();
  }
}
