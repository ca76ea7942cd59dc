package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.LayeredTrainingEngine;
import org.shallownet.backend.Matrix;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.NumericAssert;
import org.shallownet.backend.Optimizer;
import org.shallownet.backend.Scope;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** The tiled engine beside the layered one, and with itself on other numbers of threads. */
class TiledTrainingTest {
  private static final int[] SIZES = {1, 31, 33, 255, 257};

  private static CpuBackend open(int threads, KernelChoice kernels) {
    BackendOptions options = new BackendOptions(0, threads, BackendOptions.Precision.FP32);
    return CpuBackend.open(options, CpuBackend.ARRAY_FLOATS, Gemm.Choice.AUTO, kernels);
  }

  private static NetworkSpec spec(
      int inputs, int hidden, Activation f, Output output, int outputs) {
    NetworkSpec spec = NetworkSpec.of(inputs, output, outputs);
    return hidden == 0 ? spec : spec.withHidden(hidden, f);
  }

  private static ModelPlan model(NetworkSpec spec, long seed) {
    Random random = new Random(seed);
    float[] values = new float[spec.parameterCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(spec.inputs()));
    }
    return new ModelPlan(Weights.of(spec, values), Optimizer.Adam.of(0.01), 0.01, seed);
  }

  private static Matrix random(
      CpuBackend backend, Scope scope, long rows, int columns, int classes) {
    Random random = new Random(columns);
    float[] values = new float[(int) rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = classes > 0 ? random.nextInt(classes) : (float) random.nextGaussian();
    }
    Matrix matrix = backend.allocate(scope, rows, columns);
    backend.upload(values, 0, matrix);
    return matrix;
  }

  private static int classes(NetworkSpec spec) {
    return switch (spec.output()) {
      case SIGMOID_CROSS_ENTROPY -> 2;
      case SOFTMAX_CROSS_ENTROPY -> spec.outputs();
      case IDENTITY_SQUARED_ERROR -> 0;
    };
  }

  private static TrainingPlan plan(
      CpuBackend backend, Scope scope, long rows, long batch, List<ModelPlan> models) {
    NetworkSpec spec = models.get(0).spec();
    int columns = spec.output().targetColumns(spec.outputs());
    return new TrainingPlan(
        random(backend, scope, rows, spec.inputs(), 0),
        random(backend, scope, rows, columns, classes(spec)),
        batch,
        models);
  }

  private record Trained(
      List<Weights> weights, List<Progress> progress, List<List<Progress>> judged) {}

  private static Trained train(
      int threads, KernelChoice kernels, long rows, long batch, int steps, List<ModelPlan> models) {
    try (CpuBackend backend = open(threads, kernels);
        Scope scope = backend.newScope();
        TrainingEngine engine =
            backend.newTrainingEngine(plan(backend, scope, rows, batch, models))) {
      assertThat(engine.name()).isEqualTo("tiled");
      TrainingPlan others = plan(backend, scope, 3_001, 1, models);
      engine.advance(steps);
      List<Weights> weights = new ArrayList<>();
      List<Progress> progress = new ArrayList<>();
      for (int i = 0; i < models.size(); i++) {
        weights.add(engine.weights(i));
        progress.add(engine.progress(i));
      }
      // From the second time on, a copy of the samples is read.
      List<Integer> all = IntStream.range(0, models.size()).boxed().toList();
      List<List<Progress>> judged = new ArrayList<>();
      for (int round = 0; round < 2; round++) {
        judged.add(engine.evaluate(all, others.samples()));
      }
      assertThat(judged.get(1)).isEqualTo(judged.get(0));
      return new Trained(weights, progress, judged);
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    for (KernelChoice kernels : new KernelChoice[] {KernelChoice.ON, KernelChoice.OFF}) {
      for (int hidden : new int[] {0, 13, 700}) {
        for (int outputs : new int[] {2, 5}) {
          NetworkSpec spec =
              spec(24, hidden, Activation.TANH, Output.SOFTMAX_CROSS_ENTROPY, outputs);
          List<ModelPlan> models = List.of(model(spec, 1), model(spec, 2));
          for (long batch : new long[] {9_001, 4_000}) {
            Trained alone = train(1, kernels, 9_001, batch, 4, models);
            for (int threads : new int[] {2, 3, 7}) {
              assertThat(train(threads, kernels, 9_001, batch, 4, models)).isEqualTo(alone);
            }
          }
        }
      }
    }
  }

  @Test
  void modelsTrainedTogetherAreThoseTrainedAlone() {
    List<ModelPlan> models = new ArrayList<>();
    for (Activation f : Activation.values()) {
      models.add(model(spec(6, 9, f, Output.SIGMOID_CROSS_ENTROPY, 1), models.size()));
      models.add(model(spec(6, 20, f, Output.SIGMOID_CROSS_ENTROPY, 1), models.size()));
    }
    Trained together = train(2, KernelChoice.AUTO, 1_000, 1_000, 5, models);
    for (int i = 0; i < models.size(); i++) {
      Trained alone = train(2, KernelChoice.AUTO, 1_000, 1_000, 5, List.of(models.get(i)));
      assertThat(alone.weights().get(0)).isEqualTo(together.weights().get(i));
      assertThat(alone.progress().get(0)).isEqualTo(together.progress().get(i));
      assertThat(alone.judged().get(0).get(0)).isEqualTo(together.judged().get(0).get(i));
    }
  }

  @Test
  void sizesOfAllKindsAgreeWithTheLayeredEngine() {
    Output[] outputs = Output.values();
    Activation[] activations = Activation.values();
    int kind = 0;
    for (KernelChoice kernels : new KernelChoice[] {KernelChoice.ON, KernelChoice.OFF}) {
      for (int inputs : SIZES) {
        for (int hidden : SIZES) {
          Output output = outputs[kind % 3];
          int units = output == Output.SOFTMAX_CROSS_ENTROPY ? 3 : 1 + kind % 2;
          ModelPlan model =
              model(spec(inputs, hidden, activations[kind % 5], output, units), kind++);
          compare(kernels, model);
        }
      }
    }
  }

  /** Three steps, the last one of a short batch. */
  private static void compare(KernelChoice kernels, ModelPlan model) {
    try (CpuBackend backend = open(2, kernels);
        Scope scope = backend.newScope()) {
      TrainingPlan plan = plan(backend, scope, 200, 95, List.of(model));
      try (TrainingEngine tiled = backend.newTrainingEngine(plan);
          TrainingEngine layered = new LayeredTrainingEngine(backend, plan)) {
        assertThat(tiled.name()).isEqualTo("tiled");
        ModelPlan start = plan.models().get(0);
        tiled.advance(3);
        layered.advance(3);
        double expected = layered.progress(0).lossSum();
        assertThat(tiled.progress(0).lossSum())
            .as("%s", start.spec())
            .isCloseTo(expected, within(1e-4 * (1 + expected)));
        float[] weights = layered.weights(0).toArray();
        double[] wide = new double[weights.length];
        for (int i = 0; i < wide.length; i++) {
          wide[i] = weights[i];
        }
        // Adam divides by the gradient's size: what is nearly 0 may go either way, a step at most.
        NumericAssert.assertClose(
            start.spec().toString(), wide, tiled.weights(0).toArray(), 0.02, 1, 1);
      }
    }
  }

  @Test
  void whatIsNotANumberShows() {
    for (KernelChoice kernels : new KernelChoice[] {KernelChoice.ON, KernelChoice.OFF}) {
      for (Activation f : Activation.values()) {
        ModelPlan model = model(spec(3, 5, f, Output.SIGMOID_CROSS_ENTROPY, 1), 1);
        try (CpuBackend backend = open(1, kernels);
            Scope scope = backend.newScope()) {
          TrainingPlan plan = plan(backend, scope, 70, 70, List.of(model));
          backend.upload(new float[] {1, Float.NaN, 2}, 0, plan.features().rows(66, 1));
          try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
            engine.advance(1);
            assertThat(engine.progress(0).lossSum()).as("%s", f).isNaN();
            assertThat(engine.weights(0).isFinite()).isFalse();
          }
        }
      }
    }
  }
}
