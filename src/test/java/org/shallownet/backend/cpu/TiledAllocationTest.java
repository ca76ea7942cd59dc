package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.Gemm;
import org.shallownet.backend.cpu.tiled.KernelChoice;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Weights;

/** What the tiled engine allocates: all of it beforehand, and what can't be had is said then. */
class TiledAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * Until vectors and short-lived records are compiled away, behind the scenes, they are allocated.
   */
  private static final long MOST_SECONDS = 30;

  private static final int STEPS = 1_000;

  private static CpuBackend open(int threads, KernelChoice kernels) {
    BackendOptions options = new BackendOptions(0, threads, BackendOptions.Precision.FP32);
    return CpuBackend.open(options, CpuBackend.ARRAY_FLOATS, Gemm.Choice.AUTO, kernels);
  }

  private static ModelPlan model(NetworkSpec spec, Optimizer optimizer) {
    Random random = new Random(3);
    float[] values = new float[spec.parameterCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 4;
    }
    return new ModelPlan(Weights.of(spec, values), optimizer, 0.01, 5);
  }

  private static NetworkSpec spec(Output output, int hidden) {
    int outputs = output == Output.SOFTMAX_CROSS_ENTROPY ? 3 : 1;
    return NetworkSpec.of(2, output, outputs).withHidden(hidden, Activation.TANH);
  }

  private static Matrix random(CpuBackend backend, Scope scope, int rows, int columns, int bound) {
    Random random = new Random(columns);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = bound > 0 ? random.nextInt(bound) : (float) random.nextGaussian();
    }
    Matrix matrix = backend.allocate(scope, rows, columns);
    backend.upload(values, 0, matrix);
    return matrix;
  }

  /** Bytes that this thread and those of all teams have allocated so far. */
  private static long allocated() {
    long sum = THREADS.getCurrentThreadAllocatedBytes();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("shallownet-cpu-")) {
        sum += THREADS.getThreadAllocatedBytes(thread.getId());
      }
    }
    return sum;
  }

  /** Takes steps until a thousand of them allocate less than a byte each. */
  private static void check(
      KernelChoice kernels, int threads, int rows, int batch, List<ModelPlan> models) {
    NetworkSpec spec = models.get(0).spec();
    try (CpuBackend backend = open(threads, kernels);
        Scope scope = backend.newScope()) {
      TrainingPlan plan =
          new TrainingPlan(
              random(backend, scope, rows, spec.inputs(), 0),
              random(backend, scope, rows, 1, 2),
              batch,
              models);
      try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
        assertThat(engine.name()).isEqualTo("tiled");
        long least = Long.MAX_VALUE;
        long begin = System.nanoTime();
        while (least >= STEPS && System.nanoTime() - begin < MOST_SECONDS * 1_000_000_000) {
          // What asking costs is taken away.
          long asking = allocated();
          asking = allocated() - asking;
          long before = allocated();
          engine.advance(STEPS);
          least = Math.min(least, allocated() - before - asking);
        }
        assertThat(least).as("bytes in 1,000 steps of %s, %s", spec, kernels).isLessThan(STEPS);
      }
    }
  }

  private static void checkFullBatches(KernelChoice kernels) {
    for (Output output : Output.values()) {
      check(kernels, 1, 400, 400, List.of(model(spec(output, 4), Optimizer.Adam.of(0.01))));
    }
  }

  /** But for an order of the samples at the begin of each epoch. */
  private static void checkMiniBatches(KernelChoice kernels) {
    ModelPlan model =
        model(spec(Output.SIGMOID_CROSS_ENTROPY, 4), new Optimizer.Momentum(0.01, 0.9));
    check(kernels, 1, 40_000, 10, List.of(model));
    check(kernels, 2, 40_000, 10, List.of(model));
  }

  /** Models of two sizes, whose last batches are shorter, each on a thread of its own. */
  private static void checkManyModels(KernelChoice kernels) {
    List<ModelPlan> models = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      models.add(
          model(
              spec(Output.SIGMOID_CROSS_ENTROPY, 4 + i % 2 * 5),
              new Optimizer.GradientDescent(0.01)));
    }
    check(kernels, 2, 40_003, 10, models);
    ModelSamples some =
        new ModelSamples(
            SampleRows.of(IntStream.range(0, 30_000).map(i -> i + i / 3).toArray()),
            SampleRows.NONE,
            0);
    ModelPlan own = models.get(1);
    models.set(
        1, new ModelPlan(own.initial(), Optimizer.Adam.of(0.01), own.l2(), own.seed(), some, 6));
    check(kernels, 2, 40_003, 10, models);
    models.set(1, own);
    check(kernels, 2, 300, 300, models);
  }

  /** Gradients that are clipped at each step, and L1. */
  private static void checkRefined(KernelChoice kernels) {
    ModelPlan model =
        model(spec(Output.SIGMOID_CROSS_ENTROPY, 4), Optimizer.Adam.of(0.01))
            .withRefinements(Refinements.NONE.withClipNorm(1e-6).withL1(0.001));
    check(kernels, 1, 400, 400, List.of(model));
    check(kernels, 1, 40_000, 10, List.of(model));
  }

  /** Activations that are left out and another loss, in blocks and row by row. */
  private static void checkDropout(KernelChoice kernels) {
    Refinements refinements = Refinements.NONE.withDropout(0.2).withLoss(new Loss.Smoothed(0.1));
    for (int hidden : new int[] {4, 16}) {
      ModelPlan model =
          model(spec(Output.SOFTMAX_CROSS_ENTROPY, hidden), Optimizer.Adam.of(0.01))
              .withRefinements(refinements);
      check(kernels, 1, 400, 400, List.of(model));
      check(kernels, 1, 40_000, 10, List.of(model));
    }
  }

  /** Takes steps of many kinds. */
  static final class Check {
    private Check() {}

    public static void main(String[] arguments) {
      for (KernelChoice kernels : new KernelChoice[] {KernelChoice.ON, KernelChoice.OFF}) {
        checkFullBatches(kernels);
        checkMiniBatches(kernels);
        checkManyModels(kernels);
        checkRefined(kernels);
        checkDropout(kernels);
      }
      System.out.println("nothing");
    }
  }

  /** In a JVM of its own: what others let it compile would decide which vectors it allocates. */
  @Test
  void aStepAllocatesLessThanAByte() throws IOException {
    assertThat(OwnJvm.print(Check.class, OwnJvm.VECTORS)).isEqualTo("nothing");
  }

  /**
   * Takes steps of networks of all activations side by side, as those of ensembles, and of deep
   * ones.
   */
  static final class CheckOfActivations {
    private CheckOfActivations() {}

    public static void main(String[] arguments) {
      for (int inputs : new int[] {340, 10}) {
        List<ModelPlan> models = new ArrayList<>();
        for (Activation activation : Activation.values()) {
          NetworkSpec spec =
              NetworkSpec.of(inputs, Output.IDENTITY_SQUARED_ERROR, 1).withHidden(64, activation);
          models.add(model(spec, Optimizer.Adam.of(0.001)));
        }
        check(KernelChoice.ON, 2, 40_000, 32, models);
        check(KernelChoice.ON, 2, 64, 64, models);
      }
      List<ModelPlan> deep = new ArrayList<>();
      for (Activation activation : Activation.values()) {
        NetworkSpec spec = NetworkSpec.of(5, Output.IDENTITY_SQUARED_ERROR, 1);
        deep.add(
            model(
                spec.withHidden(16, activation).withHidden(8, activation),
                Optimizer.Adam.of(0.001)));
      }
      check(KernelChoice.ON, 2, 64, 64, deep);
      System.out.println("nothing");
    }
  }

  @Test
  void stepsOfEveryActivationAllocateLessThanAByte() throws IOException {
    assertThat(OwnJvm.print(CheckOfActivations.class, OwnJvm.VECTORS)).isEqualTo("nothing");
  }

  /** Judges thrice by samples whose copy doesn't fit any more, in a heap of 256 MiB. */
  static final class FullHeap {
    private FullHeap() {}

    public static void main(String[] arguments) {
      ModelPlan model =
          model(
              NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1),
              new Optimizer.GradientDescent(0.1));
      try (CpuBackend backend = open(1, KernelChoice.OFF);
          Scope scope = backend.newScope()) {
        Matrix one = backend.allocate(scope, 1, 1);
        TrainingPlan plan = new TrainingPlan(one, one, 1, List.of(model));
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          // 40 MiB, of which a copy has 100; 125 MiB were free for it when the engine was opened.
          int rows = 5 << 20;
          Samples samples =
              Samples.resident(backend.allocate(scope, rows, 1), backend.allocate(scope, rows, 1));
          Matrix ballast = backend.allocate(scope, 130 << 18, 1);
          TrainingEngine.Progress first = engine.evaluate(0, samples);
          boolean same = engine.evaluate(0, samples).equals(first);
          same &= engine.evaluate(0, samples).equals(first);
          System.out.println(same && ballast.rows() > 0 ? "the same" : "another");
        }
      }
    }
  }

  @Test
  void aCopyThatCanNotBeHadIsDoneWithout() throws IOException {
    assertThat(OwnJvm.print(FullHeap.class, List.of("-Xmx256m"))).isEqualTo("the same");
  }

  /** Opens an engine in a heap of 256 MiB that holds either its models or a copy of the samples. */
  static final class LargePlan {
    private LargePlan() {}

    public static void main(String[] arguments) {
      NetworkSpec spec =
          NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(16_000, Activation.RELU);
      ModelPlan model = model(spec, new Optimizer.GradientDescent(0.1));
      // Parameters, gradient and decay, which padding doubles: some 120 MiB for all models.
      int models = (60 << 20) / (3 * Float.BYTES * spec.parameterCount());
      try (CpuBackend backend = open(1, KernelChoice.OFF);
          Scope scope = backend.newScope()) {
        // 32 MiB, of which a copy has 80.
        int rows = 4 << 20;
        TrainingPlan plan =
            new TrainingPlan(
                backend.allocate(scope, rows, 1),
                backend.allocate(scope, rows, 1),
                rows,
                Collections.nCopies(models, model));
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          System.out.println(engine.name());
        }
      }
    }
  }

  @Test
  void aCopyOfTheSamplesLeavesRoomForTheModels() throws IOException {
    assertThat(OwnJvm.print(LargePlan.class, List.of("-Xmx256m"))).isEqualTo("tiled");
  }

  @Test
  void whatCanNotBeHadIsSaidBeforeTheFirstStep() {
    NetworkSpec spec =
        NetworkSpec.of(1_000, Output.SOFTMAX_CROSS_ENTROPY, 2).withHidden(4_000, Activation.RELU);
    Weights initial = Weights.of(spec, new float[spec.parameterCount()]);
    int models = (int) (Runtime.getRuntime().maxMemory() / (8L * spec.parameterCount())) + 1;
    ModelPlan model = new ModelPlan(initial, new Optimizer.GradientDescent(0.1), 0, 0);
    try (CpuBackend backend = open(1, KernelChoice.AUTO);
        Scope scope = backend.newScope()) {
      Matrix features = backend.allocate(scope, 8, 1_000);
      Matrix targets = backend.allocate(scope, 8, 1);
      TrainingPlan plan =
          new TrainingPlan(features, targets, 8, Collections.nCopies(models, model));
      assertThatExceptionOfType(DeviceMemoryException.class)
          .isThrownBy(() -> backend.newTrainingEngine(plan))
          .withMessageContaining("not enough of Java's heap")
          .withMessageContaining("choose fewer units or threads");
    }
  }
}
