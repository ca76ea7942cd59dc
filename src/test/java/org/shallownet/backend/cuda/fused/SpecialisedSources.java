package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.cuda.compile.KernelSource;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;
import org.shallownet.network.Weights;

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
    NetworkSpec counts = NetworkSpec.of(28, Output.EXPONENTIAL_POISSON, 1);
    List<KernelSource> sources = new ArrayList<>();
    for (NetworkSpec spec :
        List.of(
            logistic,
            logistic.withHidden(64, Activation.TANH),
            planar.withHidden(4, Activation.TANH),
            small.withHidden(32, Activation.TANH),
            classes.withHidden(22, Activation.SIGMOID),
            regression.withHidden(112, Activation.RELU),
            regression.withHidden(128, Activation.RELU),
            counts.withHidden(60, Activation.TANH))) {
      for (boolean weighted : new boolean[] {false, true}) {
        for (List<Products> products : products(major)) {
          List<Optional<OnePassDesign>> designs = new ArrayList<>();
          designs.add(OnePassDesign.of(spec, weighted, Loss.OWN, 0, products));
          if (!weighted) {
            double dropout = products.equals(List.of(Products.FP32)) ? 0.5 : 0;
            designs.add(OnePassDesign.of(spec, false, lossOf(spec), dropout, products));
          }
          designs.stream()
              .flatMap(Optional::stream)
              .map(design -> KernelSource.read(design.kernel().file(), design.defines()))
              .forEach(sources::add);
        }
      }
    }
    sources.addAll(outputPasses());
    sources.addAll(wholeRuns());
    sources.addAll(works(major));
    return sources.stream().distinct().toList();
  }

  /** What takes products on a card, as a user may ask for it. */
  private static List<List<Products>> products(int major) {
    return Stream.of(Precision.values())
        .flatMap(
            precision -> Stream.of(true, false).map(split -> Products.of(precision, major, split)))
        .distinct()
        .toList();
  }

  /** Few outputs and as many as may be, by fours and one by one. */
  private static List<KernelSource> outputPasses() {
    NetworkSpec one = NetworkSpec.of(100, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec counts = NetworkSpec.of(100, Output.EXPONENTIAL_POISSON, 4);
    NetworkSpec classes = NetworkSpec.of(784, Output.SOFTMAX_CROSS_ENTROPY, 16);
    List<KernelSource> sources = new ArrayList<>();
    for (int units : new int[] {1024, 1023}) {
      NetworkSpec most = classes.withHidden(units, Activation.RELU);
      sources.add(outputPass(most, false, Loss.OWN));
      sources.add(outputPass(most, true, lossOf(most)));
      sources.add(outputPass(one.withHidden(units, Activation.TANH), false, Loss.OWN));
      sources.add(outputPass(counts.withHidden(units, Activation.SIGMOID), true, Loss.OWN));
    }
    return sources;
  }

  private static KernelSource outputPass(NetworkSpec spec, boolean weighted, Loss loss) {
    OutputPassDesign design = OutputPassDesign.of(spec, weighted, loss, 0).orElseThrow();
    return KernelSource.read(OutputPassDesign.FILE, design.defines());
  }

  /**
   * Those of the benchmarks' works as a card takes them: W1 to W7 and a to e, in float32 and by
   * tensor cores.
   */
  static List<KernelSource> works(int major) {
    NetworkSpec logistic = NetworkSpec.of(28, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec planar = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec ten = NetworkSpec.of(10, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec twenty = NetworkSpec.of(20, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec tanh = logistic.withHidden(64, Activation.TANH);
    List<KernelSource> sources = new ArrayList<>();
    for (List<Products> products : products(major)) {
      // W2 and a, W2r, W4 and c.
      for (NetworkSpec spec : List.of(tanh, logistic.withHidden(64, Activation.RELU), logistic)) {
        OnePassDesign design = OnePassDesign.of(spec, false, Loss.OWN, 0, products).orElseThrow();
        sources.add(KernelSource.read(design.kernel().file(), design.defines()));
      }
    }
    // W3 and b.
    NetworkSpec digits = NetworkSpec.of(784, Output.SOFTMAX_CROSS_ENTROPY, 10);
    sources.add(outputPass(digits.withHidden(1024, Activation.RELU), false, Loss.OWN));
    // W1 and d, W5, W5s, W7's networks on four of five folds, W6 and e.
    sources.add(wholeRun(planar.withHidden(4, Activation.TANH), 400, 400));
    sources.add(wholeRun(tanh, 1_000_000, 256));
    sources.add(wholeRun(tanh, 1_000_000, 32));
    sources.add(wholeRun(twenty.withHidden(64, Activation.TANH), 800, 32));
    sources.add(wholeRun(twenty.withHidden(64, Activation.RELU), 800, 32));
    for (Activation activation :
        List.of(Activation.TANH, Activation.RELU, Activation.LEAKY_RELU, Activation.SIGMOID)) {
      sources.add(wholeRun(ten.withHidden(32, activation), 10_000, 10_000));
    }
    return sources.stream().distinct().toList();
  }

  private static KernelSource wholeRun(NetworkSpec spec, long samples, long batch) {
    WholeRunDesign design =
        WholeRunForm.FITTING.design(model(spec), false, samples, batch).orElseThrow();
    return KernelSource.read(design.training().file(), design.defines());
  }

  /** A loss that is not the output's own. */
  private static Loss lossOf(NetworkSpec spec) {
    return spec.output().isOfNumbers() ? new Loss.Huber(1) : new Loss.Smoothed(0.1);
  }

  /** A model that takes plain steps. */
  static ModelPlan model(NetworkSpec spec) {
    Weights zeros = Weights.of(spec, new float[spec.parameterCount()]);
    return new ModelPlan(zeros, Optimizer.Adam.of(0.01), 0, 1);
  }

  /** One with a front scale, as most of the command line's are. */
  private static ModelPlan scaled(NetworkSpec spec) {
    ModelPlan model = model(spec);
    return new ModelPlan(
        model.initial(), model.optimizer(), model.l2(), model.seed(), ModelSamples.ALL, 6);
  }

  /** One of whose steps nothing is plain. */
  private static ModelPlan refined(NetworkSpec spec) {
    return scaled(spec)
        .withRefinements(
            Refinements.NONE
                .withSchedule(new Schedule.Cosine(10))
                .withClipNorm(1)
                .withL1(0.1)
                .withDropout(0.5)
                .withLoss(lossOf(spec)));
  }

  /** For full batches that fit shared memory, for others, and for mini-batches. */
  private static List<KernelSource> wholeRuns() {
    NetworkSpec two = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec ten = NetworkSpec.of(10, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec many = NetworkSpec.of(28, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec classes = NetworkSpec.of(11, Output.SOFTMAX_CROSS_ENTROPY, 16);
    List<Optional<WholeRunDesign>> designs = new ArrayList<>();
    designs.add(
        WholeRunForm.FITTING.design(model(two.withHidden(4, Activation.TANH)), false, 400, 400));
    for (Activation activation : Activation.values()) {
      designs.add(
          WholeRunForm.FITTING.design(
              model(ten.withHidden(32, activation)), false, 10_000, 10_000));
    }
    for (long batch : new long[] {256, 1_000_000}) {
      for (boolean weighted : new boolean[] {false, true}) {
        designs.add(WholeRunForm.FITTING.design(model(ten), weighted, 1_000_000, batch));
        designs.add(
            WholeRunForm.FITTING.design(
                model(many.withHidden(64, Activation.TANH)), weighted, 1_000_000, batch));
        designs.add(
            WholeRunForm.FITTING.design(
                model(classes.withHidden(32, Activation.SIGMOID)), weighted, 5000, 256));
      }
    }
    NetworkSpec twenty = NetworkSpec.of(20, Output.SOFTMAX_CROSS_ENTROPY, 2);
    NetworkSpec numbers = NetworkSpec.of(20, Output.IDENTITY_SQUARED_ERROR, 1);
    NetworkSpec counts = NetworkSpec.of(20, Output.EXPONENTIAL_POISSON, 1);
    for (NetworkSpec spec : List.of(twenty, numbers, counts)) {
      for (int hidden : new int[] {16, 64}) {
        NetworkSpec network = spec.withHidden(hidden, Activation.RELU);
        designs.add(WholeRunForm.FITTING.design(scaled(network), false, 800, 32));
        if (!spec.equals(counts)) {
          designs.add(WholeRunForm.FITTING.design(refined(network), true, 800, 32));
        }
      }
    }
    // Epochs are ended by the kernel that takes steps.
    NetworkSpec three = NetworkSpec.of(3, Output.IDENTITY_SQUARED_ERROR, 1);
    designs.add(
        WholeRunForm.FITTING.design(
            refined(three.withHidden(12, Activation.LEAKY_RELU)), true, 300, 300));
    designs.addAll(wideRuns());
    return designs.stream()
        .map(Optional::orElseThrow)
        .map(design -> KernelSource.read(design.training().file(), design.defines()))
        .toList();
  }

  /** Some that registers can't hold, up to the largest. */
  private static List<Optional<WholeRunDesign>> wideRuns() {
    NetworkSpec one = NetworkSpec.of(340, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec number = NetworkSpec.of(57, Output.IDENTITY_SQUARED_ERROR, 1);
    NetworkSpec counts = NetworkSpec.of(100, Output.EXPONENTIAL_POISSON, 1);
    NetworkSpec classes = NetworkSpec.of(1024, Output.SOFTMAX_CROSS_ENTROPY, 16);
    List<Optional<WholeRunDesign>> designs = new ArrayList<>();
    for (Activation activation : List.of(Activation.TANH, Activation.RELU)) {
      designs.add(
          WholeRunForm.FITTING.design(scaled(one.withHidden(64, activation)), false, 800, 32));
    }
    for (int hidden : new int[] {96, 128}) {
      NetworkSpec largest = classes.withHidden(hidden, Activation.TANH);
      designs.add(WholeRunForm.FITTING.design(model(largest), false, 800, 800));
      designs.add(WholeRunForm.FITTING.design(refined(largest), true, 5000, 1024));
    }
    designs.add(
        WholeRunForm.FITTING.design(
            refined(number.withHidden(100, Activation.RELU)), false, 800, 32));
    designs.add(
        WholeRunForm.FITTING.design(scaled(counts.withHidden(64, Activation.TANH)), true, 800, 32));
    return designs;
  }
}
