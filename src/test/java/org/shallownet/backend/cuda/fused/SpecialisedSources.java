package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.shallownet.backend.cuda.compile.KernelSource;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/**
 * Sources of kernels as they are compiled for networks: those of the benchmarks' works, and some
 * that are as large as may be.
 */
public final class SpecialisedSources {
  private SpecialisedSources() {}

  /**
   * The sources for an architecture.
   *
   * @param major of its compute capability, before the dot
   */
  public static List<KernelSource> of(int major) {
    NetworkSpec logistic = NetworkSpec.of(28, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec planar = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec small = NetworkSpec.of(10, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec classes = NetworkSpec.of(56, Output.SOFTMAX_CROSS_ENTROPY, 2);
    NetworkSpec regression = NetworkSpec.of(8, Output.IDENTITY_SQUARED_ERROR, 1);
    List<KernelSource> sources = new ArrayList<>();
    for (NetworkSpec spec :
        List.of(
            logistic,
            logistic.withHidden(64, Activation.TANH),
            planar.withHidden(4, Activation.TANH),
            small.withHidden(32, Activation.TANH),
            classes.withHidden(22, Activation.SIGMOID),
            regression.withHidden(112, Activation.RELU))) {
      for (boolean weighted : new boolean[] {false, true}) {
        for (boolean reduced : new boolean[] {false, true}) {
          OnePassDesign.of(spec, weighted, reduced && major >= OnePassDesign.LEAST_MAJOR)
              .map(design -> KernelSource.read(design.kernel().file(), design.defines()))
              .ifPresent(sources::add);
        }
      }
    }
    sources.addAll(wholeRuns());
    return sources.stream().distinct().toList();
  }

  /** For full batches that fit shared memory, for others, and for mini-batches. */
  private static List<KernelSource> wholeRuns() {
    NetworkSpec two = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec ten = NetworkSpec.of(10, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec many = NetworkSpec.of(28, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec classes = NetworkSpec.of(11, Output.SOFTMAX_CROSS_ENTROPY, 16);
    List<Optional<WholeRunDesign>> designs = new ArrayList<>();
    designs.add(WholeRunDesign.of(two.withHidden(4, Activation.TANH), false, 400, 400));
    for (Activation activation : Activation.values()) {
      designs.add(WholeRunDesign.of(ten.withHidden(32, activation), false, 10_000, 10_000));
    }
    for (long batch : new long[] {256, 1_000_000}) {
      for (boolean weighted : new boolean[] {false, true}) {
        designs.add(WholeRunDesign.of(ten, weighted, 1_000_000, batch));
        designs.add(
            WholeRunDesign.of(many.withHidden(64, Activation.TANH), weighted, 1_000_000, batch));
        designs.add(
            WholeRunDesign.of(classes.withHidden(32, Activation.SIGMOID), weighted, 5000, 256));
      }
    }
    return designs.stream()
        .map(Optional::orElseThrow)
        .map(design -> KernelSource.read(FusedKernel.WHOLE_RUN.file(), design.defines()))
        .toList();
  }
}
