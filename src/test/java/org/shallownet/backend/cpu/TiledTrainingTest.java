package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.ArraySource;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.NumericAssert;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.Gemm;
import org.shallownet.backend.cpu.tiled.KernelChoice;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** The tiled engine beside the layered one, and with itself on other numbers of threads. */
class TiledTrainingTest {
  private static final int[] SIZES = {1, 31, 33, 255, 257};

  /** Drawing as many for each test would take most of its time; a prime number of them. */
  private static final float[] NORMALS = new float[65_537];

  static {
    Random random = new Random(1);
    for (int i = 0; i < NORMALS.length; i++) {
      NORMALS[i] = (float) random.nextGaussian();
    }
  }

  private static final Output[] OUTPUTS = Output.values();
  private static final Activation[] ACTIVATIONS = Activation.values();

  static CpuBackend open(int threads, KernelChoice kernels) {
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
    float[] values = new float[(int) rows * columns];
    for (int i = 0; i < values.length; i++) {
      float normal = NORMALS[(31 * columns + i) % NORMALS.length];
      values[i] = classes > 0 ? Math.floorMod(Float.floatToIntBits(normal), classes) : normal;
    }
    Matrix matrix = backend.allocate(scope, rows, columns);
    backend.upload(values, 0, matrix);
    return matrix;
  }

  private static int classes(NetworkSpec spec) {
    return switch (spec.output()) {
      case SIGMOID_CROSS_ENTROPY -> 2;
      case SOFTMAX_CROSS_ENTROPY -> spec.outputs();
      case IDENTITY_SQUARED_ERROR, EXPONENTIAL_POISSON -> 0;
    };
  }

  private static TrainingPlan plan(
      CpuBackend backend, Scope scope, long rows, long batch, List<ModelPlan> models) {
    return plan(backend, scope, rows, batch, models, false);
  }

  private static TrainingPlan plan(
      CpuBackend backend,
      Scope scope,
      long rows,
      long batch,
      List<ModelPlan> models,
      boolean weighted) {
    NetworkSpec spec = models.get(0).spec();
    int columns = spec.output().targetColumns(spec.outputs());
    Matrix targets = random(backend, scope, rows, columns, classes(spec));
    return new TrainingPlan(
        Samples.resident(
            random(backend, scope, rows, spec.inputs(), 0),
            weighted ? withWeights(backend, scope, targets) : targets,
            weighted),
        batch,
        models);
  }

  /** With weights behind, a quarter of them 0. */
  private static Matrix withWeights(CpuBackend backend, Scope scope, Matrix targets) {
    int columns = targets.columns();
    float[] without = new float[(int) targets.rows() * columns];
    backend.download(targets, without, 0);
    float[] rows = new float[(int) targets.rows() * (columns + 1)];
    for (int row = 0; row < targets.rows(); row++) {
      System.arraycopy(without, row * columns, rows, row * (columns + 1), columns);
      float normal = NORMALS[row % NORMALS.length];
      rows[row * (columns + 1) + columns] = row % 4 == 1 ? 0 : Math.abs(normal);
    }
    Matrix weighted = backend.allocate(scope, targets.rows(), columns + 1);
    backend.upload(rows, 0, weighted);
    return weighted;
  }

  /** What training gives, and judging other samples by all models again and again. */
  private record Trained(
      List<Weights> weights, List<Progress> progress, List<List<Progress>> judged) {}

  private static Trained train(
      int threads, KernelChoice kernels, long rows, long batch, int steps, List<ModelPlan> models) {
    return train(threads, kernels, rows, batch, steps, models, false);
  }

  private static Trained train(
      int threads,
      KernelChoice kernels,
      long rows,
      long batch,
      int steps,
      List<ModelPlan> models,
      boolean weighted) {
    try (CpuBackend backend = open(threads, kernels);
        Scope scope = backend.newScope();
        TrainingEngine engine =
            backend.newTrainingEngine(plan(backend, scope, rows, batch, models, weighted))) {
      assertThat(engine.name()).isEqualTo("tiled");
      TrainingPlan others = plan(backend, scope, rows / 2, 1, models, weighted);
      Samples streamed =
          Samples.streamed(
              new ArraySource(
                  rows(backend, others.features()), rows(backend, others.targets()), weighted));
      engine.advance(steps);
      List<Weights> weights = new ArrayList<>();
      List<Progress> progress = new ArrayList<>();
      for (int i = 0; i < models.size(); i++) {
        weights.add(engine.weights(i));
        progress.add(engine.progress(i));
      }
      // From the second time on, a copy of the samples is read; streamed ones never are copied.
      List<Integer> all = IntStream.range(0, models.size()).boxed().toList();
      List<List<Progress>> judged = new ArrayList<>();
      for (Samples samples : List.of(others.samples(), others.samples(), streamed)) {
        judged.add(engine.evaluate(all, samples));
        assertThat(judged).allMatch(judged.get(0)::equals);
      }
      return new Trained(weights, progress, judged);
    }
  }

  private static float[][] rows(CpuBackend backend, Matrix matrix) {
    float[][] rows = new float[(int) matrix.rows()][matrix.columns()];
    for (int row = 0; row < rows.length; row++) {
      backend.download(matrix.rows(row, 1), rows[row], 0);
    }
    return rows;
  }

  /**
   * Models and a number of samples on which several threads are put to work.
   *
   * @param rows samples of a full batch
   */
  private record Case(int rows, List<ModelPlan> models) {
    Case(int rows, NetworkSpec spec) {
      this(rows, List.of(model(spec, 1)));
    }
  }

  /** Outputs of all kinds without and with a hidden layer, by OpenBLAS, and many networks. */
  private static List<Case> cases() {
    Output softmax = Output.SOFTMAX_CROSS_ENTROPY;
    Output sigmoid = Output.SIGMOID_CROSS_ENTROPY;
    Output identity = Output.IDENTITY_SQUARED_ERROR;
    List<ModelPlan> many = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      int hidden = i % 3 == 0 ? 0 : 2 * i;
      many.add(model(spec(24, hidden, ACTIVATIONS[i % 5], sigmoid, 1), i));
    }
    return List.of(
        new Case(40_001, spec(24, 0, Activation.TANH, sigmoid, 1)),
        new Case(3_001, spec(24, 40, Activation.RELU, sigmoid, 1)),
        new Case(10_001, spec(24, 0, Activation.TANH, softmax, 5)),
        new Case(
            3_001,
            List.of(
                model(spec(24, 13, Activation.TANH, softmax, 5), 1),
                model(spec(24, 700, Activation.TANH, softmax, 5), 2))),
        new Case(3_001, spec(24, 13, Activation.LEAKY_RELU, identity, 3)),
        new Case(2_501, spec(24, 700, Activation.SIGMOID, identity, 1)),
        new Case(301, many));
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    for (KernelChoice kernels : new KernelChoice[] {KernelChoice.ON, KernelChoice.OFF}) {
      for (Case some : cases()) {
        for (int batch : new int[] {some.rows(), some.rows() / 2 + 7}) {
          for (boolean weighted : new boolean[] {false, true}) {
            Trained alone = train(1, kernels, some.rows(), batch, 2, some.models(), weighted);
            for (int threads : weighted ? new int[] {3} : new int[] {2, 3, 7}) {
              assertThat(train(threads, kernels, some.rows(), batch, 2, some.models(), weighted))
                  .as("%s threads, %s", threads, some.models().get(0).spec())
                  .isEqualTo(alone);
            }
          }
        }
      }
    }
  }

  /**
   * Batches that a second thread copies ahead, of epochs that end within a group and before one.
   */
  @Test
  void smallBatchesThatAreCopiedAheadGiveTheSameBits() {
    NetworkSpec wide = spec(700, 9, Activation.RELU, Output.IDENTITY_SQUARED_ERROR, 2);
    NetworkSpec narrow = spec(5, 9, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec linear = spec(5, 0, Activation.TANH, Output.SOFTMAX_CROSS_ENTROPY, 3);
    NetworkSpec shared = spec(5, 2_000, Activation.RELU, Output.SIGMOID_CROSS_ENTROPY, 1);
    ModelSamples some =
        new ModelSamples(
            SampleRows.of(IntStream.range(0, 1_001).map(i -> i + i / 3).toArray()),
            SampleRows.NONE,
            2);
    ModelPlan plain = model(spec(3, 9, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1), 4);
    ModelPlan scaled =
        new ModelPlan(plain.initial(), Optimizer.Adam.of(0.01), plain.l2(), plain.seed(), some, 6);
    for (Case seen :
        List.of(
            new Case(301, wide),
            new Case(3_333, narrow),
            new Case(3_333, linear),
            new Case(3_003, List.of(model(shared, 1), scaled)))) {
      for (int batch : new int[] {1, 7, 32, 100}) {
        for (boolean weighted : new boolean[] {false, true}) {
          Trained alone =
              train(1, KernelChoice.AUTO, seen.rows(), batch, 303, seen.models(), weighted);
          assertThat(train(2, KernelChoice.AUTO, seen.rows(), batch, 303, seen.models(), weighted))
              .as("batches of %s, %s", batch, seen.models().get(0).spec())
              .isEqualTo(alone);
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
    Trained together = train(2, KernelChoice.AUTO, 1_000, 1_000, 6, models);
    for (int i = 0; i < models.size(); i++) {
      Trained alone = train(2, KernelChoice.AUTO, 1_000, 1_000, 6, List.of(models.get(i)));
      assertThat(alone.weights().get(0)).isEqualTo(together.weights().get(i));
      assertThat(alone.progress().get(0)).isEqualTo(together.progress().get(i));
      assertThat(alone.judged().get(0).get(0)).isEqualTo(together.judged().get(0).get(i));
    }
  }

  @Test
  void sizesOfAllKindsAgreeWithTheLayeredEngine() {
    int kind = 0;
    for (KernelChoice kernels : new KernelChoice[] {KernelChoice.ON, KernelChoice.OFF}) {
      for (int inputs : SIZES) {
        for (int hidden : SIZES) {
          Output output = OUTPUTS[kind % OUTPUTS.length];
          int units = output == Output.SOFTMAX_CROSS_ENTROPY ? 3 : 1 + kind % 2;
          ModelPlan model =
              model(spec(inputs, hidden, ACTIVATIONS[kind % 5], output, units), kind++);
          compare(kernels, model);
        }
      }
    }
  }

  /** Three steps, the last one of a short batch. */
  private static void compare(KernelChoice kernels, ModelPlan model) {
    try (CpuBackend backend = open(2, kernels);
        Scope scope = backend.newScope()) {
      compare(backend, plan(backend, scope, 200, 95, List.of(model)));
    }
  }

  private static void compare(CpuBackend backend, TrainingPlan plan) {
    try (TrainingEngine tiled = backend.newTrainingEngine(plan);
        TrainingEngine layered = new LayeredTrainingEngine(backend, plan)) {
      assertThat(tiled.name()).isEqualTo("tiled");
      String what = plan.models().get(0).spec().toString();
      tiled.advance(3);
      layered.advance(3);
      double expected = layered.progress(0).lossSum();
      assertThat(tiled.progress(0).lossSum())
          .as(what)
          .isCloseTo(expected, within(1e-4 * (1 + expected)));
      float[] weights = layered.weights(0).toArray();
      double[] wide = new double[weights.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = weights[i];
      }
      // Adam divides by the gradient's size: what is nearly 0 may go either way, a step at most.
      NumericAssert.assertClose(what, wide, tiled.weights(0).toArray(), 0.02, 1, 1);
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

  /**
   * Samples of weight 0 after all others, as far as these fill the same chunks: it is as if they
   * were not there, to the bit.
   */
  @Test
  void lastSamplesOfWeightZeroAreAsGoodAsNone() {
    for (KernelChoice kernels : new KernelChoice[] {KernelChoice.ON, KernelChoice.OFF}) {
      for (Output output : Output.values()) {
        for (int hidden : new int[] {0, 4}) {
          int outputs = output == Output.SOFTMAX_CROSS_ENTROPY ? 3 : 1;
          ModelPlan model = model(spec(2, hidden, Activation.TANH, output, outputs), 1);
          try (CpuBackend backend = open(1, kernels);
              Scope scope = backend.newScope()) {
            TrainingPlan all = plan(backend, scope, 300, 300, List.of(model), true);
            int columns = all.targets().columns();
            for (int row = 270; row < 300; row++) {
              float[] target = new float[columns];
              backend.upload(target, 0, all.targets().rows(row, 1));
            }
            TrainingPlan some =
                new TrainingPlan(
                    Samples.resident(all.features().rows(0, 270), all.targets().rows(0, 270), true),
                    270,
                    List.of(model));
            try (TrainingEngine one = backend.newTrainingEngine(all);
                TrainingEngine other = backend.newTrainingEngine(some)) {
              assertThat(one.name()).isEqualTo("tiled");
              one.advance(20);
              other.advance(20);
              assertThat(one.weights(0)).isEqualTo(other.weights(0));
              assertThat(one.evaluate(0, all.samples()).loss())
                  .isEqualTo(other.evaluate(0, some.samples()).loss());
            }
          }
        }
      }
    }
  }

  /**
   * Beyond what a float holds, a cost is what the layered engine says, which sums in double. Nor
   * does a double hold what an exponential output makes of such logits.
   */
  @Test
  void costsBeyondFloatsAreFinite() {
    checkCostsBeyondFloats(false);
    checkCostsBeyondFloats(true);
  }

  private static void checkCostsBeyondFloats(boolean weighted) {
    for (KernelChoice kernels : new KernelChoice[] {KernelChoice.ON, KernelChoice.OFF}) {
      for (Output output : OUTPUTS) {
        if (output == Output.EXPONENTIAL_POISSON) {
          continue;
        }
        int outputs = output == Output.SOFTMAX_CROSS_ENTROPY ? 3 : 1;
        for (int hidden : new int[] {0, 4}) {
          NetworkSpec spec = spec(2, hidden, Activation.LEAKY_RELU, output, outputs);
          ModelPlan model = model(spec, 1);
          try (CpuBackend backend = open(1, kernels);
              Scope scope = backend.newScope()) {
            TrainingPlan plan = plan(backend, scope, 300, 300, List.of(model), weighted);
            float[] huge = new float[600];
            Arrays.fill(huge, 1e38f);
            backend.upload(huge, 0, plan.features());
            try (TrainingEngine tiled = backend.newTrainingEngine(plan);
                TrainingEngine layered = new LayeredTrainingEngine(backend, plan)) {
              assertThat(tiled.name()).isEqualTo("tiled");
              double expected = layered.evaluate(0, plan.samples()).lossSum();
              assertThat(expected).isFinite().isGreaterThan(Float.MAX_VALUE);
              assertThat(tiled.evaluate(0, plan.samples()).lossSum())
                  .isCloseTo(expected, within(1e-5 * expected));
              tiled.advance(1);
              assertThat(tiled.progress(0).lossSum()).isCloseTo(expected, within(1e-5 * expected));
              assertThat(tiled.evaluate(0, plan.samples()).hits()).isBetween(0.0, 300.0);
            }
          }
        }
      }
    }
  }

  /** A piece of so many targets isn't counted by its features alone. */
  @Test
  void samplesOfManyTargetsAreReadInSmallPieces() {
    NetworkSpec spec = spec(1, 0, Activation.TANH, Output.IDENTITY_SQUARED_ERROR, 2_050);
    try (CpuBackend backend = open(1, KernelChoice.AUTO);
        Scope scope = backend.newScope()) {
      TrainingPlan plan = plan(backend, scope, 900, 900, List.of(model(spec, 1)));
      Samples streamed =
          Samples.streamed(
              new ArraySource(rows(backend, plan.features()), rows(backend, plan.targets())));
      try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
        assertThat(engine.name()).isEqualTo("tiled");
        assertThat(engine.evaluate(0, streamed)).isEqualTo(engine.evaluate(0, plan.samples()));
      }
    }
  }

  /**
   * Networks of any kind and size on any number of samples, by vectors, in plain Java with and
   * without OpenBLAS.
   */
  @Test
  void anyNetworkAgreesWithTheLayeredEngine() {
    fuzz(open(2, KernelChoice.ON), 60);
    fuzz(open(2, KernelChoice.OFF), 60);
    BackendOptions options = new BackendOptions(0, 2, BackendOptions.Precision.FP32);
    fuzz(CpuBackend.open(options, 20_000, Gemm.Choice.JAVA, KernelChoice.OFF), 60);
  }

  /** Closes the backend. */
  static void fuzz(CpuBackend backend, int networks) {
    Random random = new Random(7);
    try (backend) {
      for (int i = 0; i < networks; i++) {
        Output output = OUTPUTS[random.nextInt(OUTPUTS.length)];
        int outputs = (output == Output.SOFTMAX_CROSS_ENTROPY ? 2 : 1) + random.nextInt(3);
        int inputs = 1 + random.nextInt(70);
        int hidden = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(90);
        Activation f = ACTIVATIONS[random.nextInt(5)];
        ModelPlan model = model(spec(inputs, hidden, f, output, outputs), i);
        int rows = 1 + random.nextInt(700);
        try (Scope scope = backend.newScope()) {
          int batch = 1 + random.nextInt(rows);
          compare(backend, plan(backend, scope, rows, batch, List.of(model)));
          compare(backend, plan(backend, scope, rows, batch, List.of(model), true));
        }
      }
    }
  }

  /** Twelve models on folds, some on a block of the inputs, in batches of both kinds of chunks. */
  @Test
  void modelsOnFoldsHaveTheSameBitsOnAnyNumberOfThreads() {
    int rows = 1003;
    List<ModelPlan> models = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      int number = i % 3;
      SampleRows fold =
          SampleRows.of(IntStream.range(0, rows).filter(row -> row % 3 == number).toArray());
      NetworkSpec spec =
          NetworkSpec.of(i % 2 == 0 ? 9 : 4, Output.SIGMOID_CROSS_ENTROPY, 1)
              .withHidden(i < 6 ? 20 : 5, i % 4 < 2 ? Activation.TANH : Activation.RELU);
      ModelSamples samples =
          new ModelSamples(fold.others(rows), fold, i % 2 == 0 ? ModelSamples.ALL_INPUTS : 3);
      ModelPlan plain = model(spec, i);
      models.add(new ModelPlan(plain.initial(), plain.optimizer(), plain.l2(), i, samples, i % 4));
    }
    List<Integer> all = IntStream.range(0, models.size()).boxed().toList();
    for (int batch : new int[] {32, 600, rows}) {
      List<List<Object>> results = new ArrayList<>();
      for (int threads : new int[] {1, 2, 7}) {
        try (CpuBackend backend = open(threads, KernelChoice.AUTO);
            Scope scope = backend.newScope()) {
          TrainingPlan plan = plan(backend, scope, rows, batch, models);
          try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
            engine.advance(2 * plan.stepsPerEpoch() + 1);
            results.add(List.of(engine.weights(all), engine.judge(all), engine.takeProgress(all)));
          }
        }
      }
      assertThat(results.get(1)).as("batch %s", batch).isEqualTo(results.get(0));
      assertThat(results.get(2)).as("batch %s", batch).isEqualTo(results.get(0));
    }
  }
}
