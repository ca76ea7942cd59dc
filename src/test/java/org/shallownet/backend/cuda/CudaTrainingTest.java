package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.Backends;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;
import org.shallownet.training.EpochReport;
import org.shallownet.training.Planar;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingResult;

/** Training on a card, against known results and against the CPU. */
@Tag("cuda")
class CudaTrainingTest {
  /** All costs that the exercise knows, and its accuracy. */
  @Test
  void thePlanarExercise() {
    try (CudaBackend backend = CudaTests.open()) {
      List<EpochReport> history =
          new Trainer(backend, Planar.settings(7001))
              .fit(Planar.start(4), Planar.data(), null)
              .history();
      Planar.checkCosts(history);
      assertThat(history.get(7000).trainScore()).isBetween(0.895, 0.915);
    }
  }

  /** The first costs that the exercise knows, by the engines that one has to ask for. */
  @ParameterizedTest
  @CsvSource({"OUTPUT_PASS, output-pass", "ONE_PASS, one-pass", "WHOLE_RUN, whole-run"})
  void thePlanarExerciseByOtherEngines(ForcedEngine choice, String name) {
    try (CudaBackend backend = CudaTests.open(choice)) {
      TrainingResult result =
          new Trainer(backend, Planar.settings(1001)).fit(Planar.start(4), Planar.data(), null);
      assertThat(result.engine()).isEqualTo(name);
      assertThat(result.history().get(0).trainCost()).isCloseTo(0.693048, within(1e-6));
      assertThat(result.history().get(1000).trainCost()).isCloseTo(0.288083, within(1e-5));
    }
  }

  /** A training job made of random choices. */
  private record Job(NetworkSpec spec, int samples, int batch, Optimizer optimizer, long seed) {
    static Job random(long seed) {
      Random random = new Random(seed);
      List<Output> kinds = List.of(Output.values());
      Output output = kinds.get(random.nextInt(kinds.size()));
      int outputs = output == Output.SOFTMAX_CROSS_ENTROPY ? 2 + random.nextInt(30) : 1;
      NetworkSpec spec = NetworkSpec.of(1 + random.nextInt(40), output, outputs);
      for (int layers = random.nextInt(3); layers > 0; layers--) {
        List<Activation> activations = List.of(Activation.values());
        spec =
            spec.withHidden(
                1 + random.nextInt(70), activations.get(random.nextInt(activations.size())));
      }
      int samples = 1 + random.nextInt(600);
      int batch = random.nextBoolean() ? samples : 1 + random.nextInt(samples);
      Optimizer optimizer =
          switch (random.nextInt(3)) {
            case 0 -> new Optimizer.GradientDescent(0.05);
            case 1 -> new Optimizer.Momentum(0.02, 0.9);
            default -> Optimizer.Adam.of(0.01);
          };
      return new Job(spec, samples, batch, optimizer, seed);
    }

    private Weights train(Backend backend) {
      return train(backend, 1).get(0);
    }

    /** Trains several models that differ in their first weights. */
    private List<Weights> train(Backend backend, int models) {
      Random random = new Random(seed);
      try (Scope scope = backend.newScope()) {
        float[] x = new float[samples * spec.inputs()];
        for (int i = 0; i < x.length; i++) {
          x[i] = (float) random.nextGaussian();
        }
        float[] y = new float[samples * spec.output().targetColumns(spec.outputs())];
        for (int i = 0; i < y.length; i++) {
          y[i] = random.nextInt(Math.max(2, spec.outputs()));
        }
        List<ModelPlan> plans = new ArrayList<>();
        for (int model = 0; model < models; model++) {
          float[] initial = new float[spec.parameterCount()];
          for (int i = 0; i < initial.length; i++) {
            initial[i] = (float) (0.2 * random.nextGaussian());
          }
          plans.add(new ModelPlan(Weights.of(spec, initial), optimizer, 0.01, seed));
        }
        Matrix features = backend.allocate(scope, samples, spec.inputs());
        Matrix targets = backend.allocate(scope, samples, y.length / samples);
        backend.upload(x, 0, features);
        backend.upload(y, 0, targets);
        TrainingPlan plan = new TrainingPlan(features, targets, batch, plans);
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          engine.advance(5);
          return IntStream.range(0, models).mapToObj(engine::weights).toList();
        }
      }
    }
  }

  /** Adam divides by the root of small squares, so that it magnifies differences in rounding. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void trainsAsTheCpuDoes(long seed) {
    requireAsOnTheCpu(seed, ForcedEngine.LAYERED);
  }

  /** Each of these networks needs kernels of its own. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void trainsInPassesAsTheCpuDoes(long seed) {
    requireAsOnTheCpu(seed, ForcedEngine.ONE_PASS);
  }

  /** Where the emulation does otherwise all that a card may do otherwise. */
  @ParameterizedTest
  @EnumSource(ForcedEngine.class)
  void trainsWithNoiseAsTheCpuDoes(ForcedEngine engine) {
    NetworkSpec spec =
        NetworkSpec.of(5, Output.SOFTMAX_CROSS_ENTROPY, 3).withHidden(9, Activation.SIGMOID);
    CudaTests.makeNoise();
    try {
      requireAsOnTheCpu(new Job(spec, 100, 32, Optimizer.Adam.of(0.01), 5), engine);
    } finally {
      CudaTests.endNoise();
    }
  }

  private static void requireAsOnTheCpu(long seed, ForcedEngine engine) {
    requireAsOnTheCpu(Job.random(seed), engine);
  }

  private static void requireAsOnTheCpu(Job job, ForcedEngine engine) {
    float[] onCard;
    try (CudaBackend backend = CudaTests.open(engine)) {
      Weights first = job.train(backend);
      assertThat(job.train(backend)).as("the same again").isEqualTo(first);
      onCard = first.toArray();
    }
    try (Backend cpu = Backends.open("cpu")) {
      assertThat(onCard)
          .as(job.toString())
          .containsExactly(job.train(cpu).toArray(), within(1e-3f));
    }
  }

  /** Chunks of 256 samples, whose gradients add up. */
  @Test
  void chunksMakeNoDifference() {
    Job job = new Job(Job.random(2).spec(), 700, 700, new Optimizer.GradientDescent(0.05), 2);
    Weights whole;
    try (CudaBackend backend = CudaTests.open()) {
      whole = job.train(backend);
    }
    CudaLimits small = CudaBackendContractTest.SMALL_PIECES;
    try (CudaBackend backend = CudaTests.open(Precision.FP32, small)) {
      assertThat(backend.preferredRows(40)).isEqualTo(256);
      assertThat(job.train(backend).toArray()).containsExactly(whole.toArray(), within(1e-5f));
    }
  }

  /** Products of reduced precision are near those in float32; the emulation rounds nothing. */
  @ParameterizedTest
  @EnumSource(names = {"TF32", "BF16"})
  void reducedPrecision(Precision precision) {
    Job job = new Job(Job.random(1).spec(), 100, 100, new Optimizer.GradientDescent(0.05), 1);
    List<Weights> exact;
    try (CudaBackend backend = CudaTests.open()) {
      exact = job.train(backend, 3);
    }
    try (CudaBackend backend = CudaTests.open(precision, CudaLimits.DEFAULT)) {
      for (int models : new int[] {1, 3}) {
        List<Weights> near = job.train(backend, models);
        for (int i = 0; i < models; i++) {
          float[] expected = exact.get(i).toArray();
          assertThat(near.get(i).toArray()).containsExactly(expected, within(0.01f));
        }
      }
    }
  }

  /** Passes multiply with tensor cores where they can, which the emulation does as a card. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, TANH",
    "2, 4, SIGMOID",
    "7, 16, RELU",
    "8, 17, TANH",
    "9, 32, LEAKY_RELU",
    "16, 5, IDENTITY",
    "17, 40, SIGMOID",
    "28, 64, TANH",
    "32, 64, RELU",
    "40, 20, TANH"
  })
  void passesOfReducedPrecision(int inputs, int hidden, Activation activation) {
    NetworkSpec spec =
        NetworkSpec.of(inputs, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(hidden, activation);
    Job job = new Job(spec, 203, 203, new Optimizer.GradientDescent(0.05), inputs);
    float[] expected;
    try (CudaBackend backend = CudaTests.open(ForcedEngine.LAYERED)) {
      expected = job.train(backend).toArray();
    }
    try (CudaBackend backend =
        CudaTests.open(Precision.TF32, CudaLimits.DEFAULT, ForcedEngine.ONE_PASS)) {
      float[] near = job.train(backend).toArray();
      assertThat(near).containsExactly(expected, within(0.002f)).isNotEqualTo(expected);
    }
  }

  /**
   * A sample's derivative is more than a float holds, its share of a batch is not: a logit of 89.5,
   * with weights and features that every precision holds.
   */
  @ParameterizedTest
  @CsvSource({
    "FP32, OUTPUT_PASS, output-pass, 4, 6",
    "FP32, ONE_PASS, one-pass, 4, 6",
    "FP32, ONE_PASS, one-pass, 16, 16",
    "TF32, ONE_PASS, one-pass, 4, 6",
    "BF16, ONE_PASS, one-pass, 4, 6",
    "FP32, WHOLE_RUN, whole-run, 4, 6",
    "FP32, WHOLE_RUN_WIDE, whole-run, 4, 6"
  })
  void exponentialsBeyondFloatsMoveWeightsAsLayerByLayer(
      Precision precision, ForcedEngine choice, String name, int inputs, int hidden) {
    NetworkSpec spec =
        NetworkSpec.of(inputs, Output.EXPONENTIAL_POISSON, 1).withHidden(hidden, Activation.RELU);
    for (boolean weighted : new boolean[] {false, true}) {
      Moved layered = Moved.by(Precision.FP32, ForcedEngine.LAYERED, spec, weighted);
      Moved own = Moved.by(precision, choice, spec, weighted);
      assertThat(own.engine()).isEqualTo(name);
      double bits = precision == Precision.FP32 ? 1e-6 : precision == Precision.TF32 ? 2e-3 : 1e-2;
      for (int i = 0; i < own.by().size(); i++) {
        float expected = layered.by().get(i);
        assertThat(Math.abs(expected)).isBetween(0.01f, 100f);
        assertThat(own.by().get(i))
            .isCloseTo(expected, within((float) (bits * Math.abs(expected))));
      }
    }
  }

  /** By how much a step moves weights, and which engine took it. */
  private record Moved(String engine, List<Float> by) {
    private static final int SAMPLES = 300;

    static Moved by(Precision precision, ForcedEngine choice, NetworkSpec spec, boolean weighted) {
      int inputs = spec.inputs();
      float[] theta = new float[spec.parameterCount()];
      Arrays.fill(theta, spec.weightsOffset(1), spec.biasOffset(1), 1f / inputs);
      Arrays.fill(theta, spec.weightsOffset(2), spec.biasOffset(2), 90f / spec.units(1));
      theta[spec.biasOffset(2)] = -0.5f;
      float[] x = new float[SAMPLES * inputs];
      Arrays.fill(x, 0.0625f);
      Arrays.fill(x, 0, inputs, 1);
      int columns = weighted ? 2 : 1;
      float[] y = new float[SAMPLES * columns];
      Arrays.fill(y, 1);
      y[columns - 1] = weighted ? 0.01f : 1;
      try (CudaBackend backend = CudaTests.open(precision, CudaLimits.DEFAULT, choice);
          Scope scope = backend.newScope()) {
        Matrix features = backend.allocate(scope, SAMPLES, inputs);
        backend.upload(x, 0, features);
        Matrix targets = backend.allocate(scope, SAMPLES, columns);
        backend.upload(y, 0, targets);
        ModelPlan model =
            new ModelPlan(Weights.of(spec, theta), new Optimizer.GradientDescent(1e-36), 0, 1);
        TrainingPlan plan =
            new TrainingPlan(
                Samples.resident(features, targets, weighted), SAMPLES, List.of(model));
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          engine.advance(1);
          float[] now = engine.weights(0).toArray();
          List<Float> moved = new ArrayList<>();
          for (int i = 0; i < now.length; i++) {
            moved.add(now[i] - theta[i]);
          }
          return new Moved(engine.name(), moved);
        }
      }
    }
  }
}
