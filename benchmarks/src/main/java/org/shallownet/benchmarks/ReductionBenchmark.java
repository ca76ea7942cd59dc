package org.shallownet.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.SumOperation.AddSquaredNorm;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;

/** Sums over the samples and over the weights. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReductionBenchmark extends BackendBenchmark {
  @Param({"4096", "1000000"})
  public int rows;

  @Param("64")
  public int columns;

  private Matrix matrix;
  private Matrix sums;
  private Tally tally;

  @Setup(Level.Trial)
  public void prepare() {
    open();
    matrix = random(rows, columns);
    sums = zeros(1, columns);
    tally = device.allocateTally(scope);
    float[] values = host(matrix);
    double[] expected = new double[columns];
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      expected[i % columns] += values[i];
      squares += (double) values[i] * values[i];
    }
    sumRows();
    addSquaredNorm();
    // Sums are float32 in every precision, and err by the root of their length at most.
    double root = Math.sqrt(rows);
    float[] actual = host(sums);
    for (int j = 0; j < columns; j++) {
      expected[j] /= root;
      actual[j] = (float) (actual[j] / root);
    }
    verify("sumRows", expected, actual, 0);
    verify(
        "addSquaredNorm",
        new double[] {squares / values.length},
        new float[] {(float) (device.read(tally).cost() / values.length)},
        0);
  }

  @Benchmark
  public void sumRows() {
    device.run(new SumRows(matrix, 0, sums));
    device.synchronize();
  }

  @Benchmark
  public void addSquaredNorm() {
    device.run(new AddSquaredNorm(matrix, 1, tally));
    device.synchronize();
  }
}
