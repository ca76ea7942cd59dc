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
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.network.Philox;

/** The three products of a layer. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GemmBenchmark extends BackendBenchmark {
  private static final int VERIFIED = 200;

  @Param({"4096x28x64", "4096x784x1024"})
  public String shape = "";

  private LayerShape sizes;
  private Matrix x;
  private Matrix weights;
  private Matrix delta;
  private Matrix z;
  private Matrix below;
  private Matrix gradient;

  @Setup(Level.Trial)
  public void prepare() {
    open();
    sizes = LayerShape.of(shape);
    x = random(sizes.samples(), sizes.inputs());
    weights = random(sizes.units(), sizes.inputs());
    delta = random(sizes.samples(), sizes.units());
    z = zeros(sizes.samples(), sizes.units());
    below = zeros(sizes.samples(), sizes.inputs());
    gradient = zeros(sizes.units(), sizes.inputs());
    forward();
    verify("X W'", x, false, weights, true, sizes.inputs(), z);
    inputDelta();
    verify("D W", delta, false, weights, false, sizes.units(), below);
    weightGradient();
    verify("D' X", delta, true, x, false, sizes.samples(), gradient);
  }

  /** {@code Z = X Wᵀ}. */
  @Benchmark
  public void forward() {
    device.run(new Gemm(false, true, 1, x, weights, 0, z));
    device.synchronize();
  }

  /** {@code Δ W}, what reaches the layer below. */
  @Benchmark
  public void inputDelta() {
    device.run(new Gemm(false, false, 1, delta, weights, 0, below));
    device.synchronize();
  }

  /** {@code dW = Δᵀ X}. */
  @Benchmark
  public void weightGradient() {
    device.run(new Gemm(true, false, 1, delta, x, 0, gradient));
    device.synchronize();
  }

  /** Compares some elements, each with a product of its own. */
  private void verify(
      String what, Matrix a, boolean aT, Matrix b, boolean bT, int terms, Matrix c) {
    float[] left = host(a);
    float[] right = host(b);
    float[] result = host(c);
    double[] expected = new double[VERIFIED];
    float[] actual = new float[VERIFIED];
    Philox.Stream places = Philox.stream(0, Philox.Purpose.SPLIT, 0);
    for (int n = 0; n < VERIFIED; n++) {
      int i = (int) places.nextLong(c.rows());
      int j = (int) places.nextLong(c.columns());
      double[] row = new double[terms];
      double[] column = new double[terms];
      for (int p = 0; p < terms; p++) {
        row[p] = left[aT ? p * a.columns() + i : i * a.columns() + p];
        column[p] = right[bT ? j * b.columns() + p : p * b.columns() + j];
      }
      expected[n] = Reference.gemm(false, false, 1, row, column, 0, new double[1], 1, 1, terms)[0];
      actual[n] = result[i * c.columns() + j];
    }
    verify(what, expected, actual, terms);
  }
}
