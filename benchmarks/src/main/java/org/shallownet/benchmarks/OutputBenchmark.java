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
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.OutputOperation.OutputProbabilities;
import org.shallownet.backend.device.SumOperation.Clear;
import org.shallownet.backend.device.Tally;
import org.shallownet.network.Output;

/** The output functions with their costs, and the tally that holds these. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OutputBenchmark extends BackendBenchmark {
  /** The output function and how many units it has. */
  @Param({"sigmoid:1", "softmax:10", "identity:1"})
  public String output = "";

  @Param({"4096", "1000000"})
  public int samples;

  private Output function;
  private Matrix logits;
  private Matrix targets;
  private Matrix delta;
  private Matrix probabilities;
  private Tally tally;

  @Setup(Level.Trial)
  public void prepare() {
    open();
    int colon = output.indexOf(':');
    function = Output.of(output.substring(0, colon));
    int units = Integer.parseInt(output.substring(colon + 1));
    logits = random(samples, units);
    targets = zeros(samples, function.targetColumns(units));
    float[] y = new float[samples * targets.columns()];
    for (int i = 0; i < y.length; i++) {
      y[i] = i % Math.max(2, units);
    }
    device.upload(y, 0, targets);
    delta = zeros(samples, units);
    probabilities = zeros(samples, units);
    tally = device.allocateTally(scope);
    outputDelta();
    outputProbabilities();
    verify(units, y);
  }

  /** {@code Δ = (a - y) / m}, the sum of the costs and the hits. */
  @Benchmark
  public void outputDelta() {
    device.run(new OutputDelta(function, logits, targets, 1.0 / samples, delta, tally));
    device.synchronize();
  }

  @Benchmark
  public void outputProbabilities() {
    device.run(new OutputProbabilities(function, logits, probabilities));
    device.synchronize();
  }

  /** Reads the tally and sets it to 0: what a step costs that reports its progress. */
  @Benchmark
  public Tally.Values readAndClear() {
    Tally.Values values = device.read(tally);
    device.run(new Clear(tally));
    device.synchronize();
    return values;
  }

  private void verify(int units, float[] y) {
    double[] z = Reference.widen(host(logits));
    double[] a = new double[z.length];
    double[] d = new double[z.length];
    int columns = targets.columns();
    double cost = 0;
    long hits = 0;
    for (int i = 0; i < samples; i++) {
      double[] row = new double[units];
      System.arraycopy(z, i * units, row, 0, units);
      double[] target = new double[columns];
      for (int j = 0; j < columns; j++) {
        target[j] = y[i * columns + j];
      }
      double[] spread = Reference.spread(function, target, units);
      double[] p = Reference.probabilities(function, row);
      cost += Reference.cost(function, row, spread);
      hits += Reference.hit(function, row, spread) ? 1 : 0;
      for (int j = 0; j < units; j++) {
        a[i * units + j] = p[j];
        d[i * units + j] = p[j] - spread[j];
      }
    }
    verify("outputProbabilities", a, host(probabilities), 0);
    float[] scaled = host(delta);
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= samples;
    }
    verify("outputDelta", d, scaled, 0);
    Tally.Values values = device.read(tally);
    verify(
        "cost and hits",
        new double[] {cost / samples, hits},
        new float[] {(float) (values.cost() / samples), (float) values.hits()},
        0);
  }
}
