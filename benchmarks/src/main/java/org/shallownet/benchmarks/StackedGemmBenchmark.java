package org.shallownet.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.shallownet.backend.Reference;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.backend.device.ProductOperation.StackedGemm;
import org.shallownet.backend.device.Shape;

/**
 * The products of a layer's forward pass for several networks of one shape, on the same samples.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StackedGemmBenchmark extends BackendBenchmark {
  @Param("4096x10x32")
  public String shape = "";

  @Param("64")
  public int networks;

  private List<Matrix> x;
  private List<Matrix> weights;
  private List<Matrix> z;

  @Setup(Level.Trial)
  public void prepare() {
    open();
    LayerShape sizes = LayerShape.of(shape);
    Matrix samples = random(sizes.samples(), sizes.inputs());
    x = new ArrayList<>();
    weights = parts(new Shape(sizes.units(), sizes.inputs()));
    z = parts(new Shape(sizes.samples(), sizes.units()));
    for (Matrix w : weights) {
      x.add(samples);
      device.run(new Copy(random(sizes.units(), sizes.inputs()), w));
    }
    forward();
    // Each is to be about what the single product is, which GemmBenchmark compares with the
    // reference.
    Matrix single = zeros(sizes.samples(), sizes.units());
    for (int i = 0; i < networks; i++) {
      device.run(new Gemm(false, true, 1, samples, weights.get(i), 0, single));
      verify("product " + i, Reference.widen(host(single)), host(z.get(i)), sizes.inputs());
    }
  }

  private List<Matrix> parts(Shape shape) {
    return device.allocateGroups(scope, networks, shape).stream()
        .map((MatrixGroup group) -> group.part(0))
        .toList();
  }

  /** {@code Z[i] = X W[i]ᵀ} for all networks. */
  @Benchmark
  public void forward() {
    device.run(new StackedGemm(false, true, 1, x, weights, 0, z));
    device.synchronize();
  }
}
