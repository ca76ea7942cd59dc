package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.ArraySource;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingEngine.Epochs;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingEngine.Watch;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.data.Target;
import org.shallownet.data.features.FloatTable;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;
import org.shallownet.network.Weights;
import org.shallownet.training.Planar;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.checkpoint.CheckpointSchedule;

/** Whole trainings in a launch, against the layered engine; what the engine kit doesn't show. */
@Tag("cuda")
class CudaWholeRunTest {
  @AfterEach
  void forget() {
    if (!CudaTests.onCard() && CudaEmulator.available()) {
      CudaEmulator.reset();
    }
  }

  /** A network, its samples and how it is trained. */
  private record Job(NetworkSpec spec, int rows, int batch, Optimizer optimizer, boolean weighted) {
    @Override
    public String toString() {
      return spec.sizes()
          + " "
          + spec.hidden().stream().map(layer -> layer.activation().id()).toList()
          + ", "
          + batch
          + " of "
          + rows
          + ", "
          + optimizer.id()
          + (weighted ? ", weighted" : "");
    }
  }

  /** Shapes that fill neither lanes nor tiles, and every optimizer. */
  static Stream<Job> jobs() {
    Optimizer descent = new Optimizer.GradientDescent(0.1);
    Optimizer momentum = new Optimizer.Momentum(0.05, 0.9);
    Optimizer adam = Optimizer.Adam.of(0.01);
    Output sigmoid = Output.SIGMOID_CROSS_ENTROPY;
    Output softmax = Output.SOFTMAX_CROSS_ENTROPY;
    Output identity = Output.IDENTITY_SQUARED_ERROR;
    return Stream.of(
        new Job(network(1, 1, Activation.TANH, sigmoid, 1), 1, 1, descent, false),
        new Job(network(2, 4, Activation.TANH, sigmoid, 1), 400, 400, descent, false),
        new Job(network(3, 5, Activation.RELU, sigmoid, 2), 77, 33, adam, true),
        new Job(network(10, 32, Activation.TANH, sigmoid, 1), 3001, 3001, momentum, false),
        new Job(network(7, 33, Activation.SIGMOID, softmax, 4), 513, 513, adam, false),
        new Job(network(28, 64, Activation.LEAKY_RELU, sigmoid, 1), 700, 256, adam, false),
        new Job(network(9, 100, Activation.IDENTITY, identity, 2), 300, 300, descent, true),
        new Job(network(11, 32, Activation.TANH, softmax, 16), 260, 64, momentum, true),
        new Job(network(5, 0, Activation.IDENTITY, softmax, 6), 1000, 1000, adam, false),
        new Job(network(20, 0, Activation.IDENTITY, sigmoid, 1), 2000, 100, descent, true),
        new Job(network(41, 20, Activation.TANH, softmax, 3), 90, 90, descent, false),
        // The wide form: one feature too many, units that fill neither lanes nor chunks.
        new Job(network(29, 64, Activation.TANH, sigmoid, 1), 70, 32, adam, false),
        new Job(network(57, 64, Activation.LEAKY_RELU, softmax, 3), 300, 65, momentum, true),
        new Job(network(340, 64, Activation.RELU, sigmoid, 1), 64, 64, momentum, false),
        new Job(network(1024, 5, Activation.SIGMOID, identity, 2), 45, 20, descent, false),
        new Job(network(64, 97, Activation.TANH, sigmoid, 16), 31, 7, adam, true),
        new Job(
            network(150, 128, Activation.IDENTITY, Output.EXPONENTIAL_POISSON, 1),
            9,
            9,
            adam,
            false));
  }

  /** Refinements of networks that are wide; the contract kit has those of small ones. */
  static Stream<ModelPlan> refinedJobs() {
    NetworkSpec wide = network(340, 64, Activation.RELU, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec numbers = network(70, 33, Activation.TANH, Output.IDENTITY_SQUARED_ERROR, 2);
    NetworkSpec few = network(130, 3, Activation.TANH, Output.SOFTMAX_CROSS_ENTROPY, 4);
    Refinements clipped = Refinements.NONE.withClipNorm(0.1).withL1(1e-3);
    return Stream.of(
        scaled(model(wide, Optimizer.Adam.of(0.003), 0.01, 1)),
        scaled(model(few, new Optimizer.Nesterov(0.02, 0.9), 0, 2))
            .withRefinements(Refinements.NONE.withSchedule(new Schedule.Cosine(3)).withWarmup(1)),
        model(numbers, new Optimizer.GradientDescent(0.1), 0.01, 3)
            .withRefinements(clipped.withLoss(new Loss.Huber(0.5)).withDropout(0.3)),
        scaled(model(few, Optimizer.Adam.of(0.01), 0, 4))
            .withRefinements(clipped.withLoss(new Loss.Smoothed(0.1)).withDropout(0.5)));
  }

  private static ModelPlan scaled(ModelPlan model) {
    return new ModelPlan(
        model.initial(), model.optimizer(), model.l2(), model.seed(), ModelSamples.ALL, 6);
  }

  private static NetworkSpec network(
      int inputs, int hidden, Activation activation, Output output, int outputs) {
    NetworkSpec spec = NetworkSpec.of(inputs, output, outputs);
    return hidden == 0 ? spec : spec.withHidden(hidden, activation);
  }

  private static Samples samples(
      CudaBackend backend, Scope scope, NetworkSpec spec, int rows, boolean weighted) {
    Random random = new Random(rows);
    Matrix x = backend.allocate(scope, rows, spec.inputs());
    backend.upload(normal(random, rows * spec.inputs(), 1), 0, x);
    int columns = spec.output().targetColumns(spec.outputs()) + (weighted ? 1 : 0);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      boolean weight = weighted && i % columns == columns - 1;
      values[i] =
          weight
              ? random.nextInt(3)
              : switch (spec.output()) {
                case SIGMOID_CROSS_ENTROPY -> random.nextInt(2);
                case SOFTMAX_CROSS_ENTROPY -> random.nextInt(spec.outputs());
                case IDENTITY_SQUARED_ERROR -> (float) random.nextGaussian();
                case EXPONENTIAL_POISSON -> random.nextInt(4);
              };
    }
    Matrix y = backend.allocate(scope, rows, columns);
    backend.upload(values, 0, y);
    return Samples.resident(x, y, weighted);
  }

  private static float[] normal(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  private static ModelPlan model(NetworkSpec spec, Optimizer optimizer, double l2, long seed) {
    double deviation = 1 / Math.sqrt(spec.inputs());
    float[] values = normal(new Random(seed), spec.parameterCount(), deviation);
    return new ModelPlan(Weights.of(spec, values), optimizer, l2, seed);
  }

  @ParameterizedTest
  @MethodSource("jobs")
  void trainsAsTheLayeredEngineDoes(Job job) {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, job.spec(), job.rows(), job.weighted());
      List<ModelPlan> models =
          List.of(
              model(job.spec(), job.optimizer(), 0, 1), model(job.spec(), job.optimizer(), 0.1, 2));
      TrainingPlan plan = new TrainingPlan(samples, job.batch(), models);
      try (TrainingEngine engine = backend.newTrainingEngine(plan);
          TrainingEngine layered = new LayeredTrainingEngine(backend, plan)) {
        assertThat(engine.name()).isEqualTo("whole-run");
        engine.advance(7);
        layered.advance(7);
        for (int i = 0; i < models.size(); i++) {
          double[] expected = widen(layered.weights(i).toArray());
          assertClose("model " + i, expected, engine.weights(i).toArray(), 2e-5, 1, 1);
          checkProgress(engine.evaluate(i, samples), layered.evaluate(i, samples));
          checkProgress(engine.takeProgress(i), layered.takeProgress(i));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("refinedJobs")
  void refinedStepsOfWideNetworksAreThoseOfTheLayeredEngine(ModelPlan model) {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, model.spec(), 50, true);
      TrainingPlan plan = new TrainingPlan(samples, 20, List.of(model));
      try (TrainingEngine engine = backend.newTrainingEngine(plan);
          TrainingEngine layered = new LayeredTrainingEngine(backend, plan)) {
        assertThat(engine.name()).isEqualTo("whole-run");
        engine.advance(7);
        layered.advance(7);
        double[] expected = widen(layered.weights(0).toArray());
        assertClose("weights", expected, engine.weights(0).toArray(), 5e-5, 1, 1);
        checkProgress(engine.takeProgress(0), layered.takeProgress(0));
      }
    }
  }

  /** From any state, whatever is trained beside it. */
  @Test
  void wideNetworksGoOnToTheSameBits() {
    List<ModelPlan> models = refinedJobs().toList();
    ModelPlan first = models.get(0);
    ModelPlan other = scaled(model(first.spec(), Optimizer.Adam.of(0.001), 0, 9));
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, first.spec(), 70, false);
      TrainingPlan plan = new TrainingPlan(samples, 33, List.of(first, other));
      TrainingPlan alone = new TrainingPlan(samples, 33, List.of(first));
      try (TrainingEngine whole = backend.newTrainingEngine(alone);
          TrainingEngine begun = backend.newTrainingEngine(plan);
          TrainingEngine resumed = backend.newTrainingEngine(alone)) {
        whole.advance(8);
        begun.advance(5);
        resumed.resume(List.of(begun.state(0)));
        resumed.advance(3);
        assertThat(resumed.weights(0)).isEqualTo(whole.weights(0));
        assertThat(resumed.progress(0)).isEqualTo(whole.progress(0));
        begun.advance(3);
        assertThat(begun.weights(0)).isEqualTo(whole.weights(0));
        assertThat(resumed.evaluate(0, samples)).isEqualTo(begun.evaluate(0, samples));
      }
    }
  }

  private static double[] widen(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private static void checkProgress(Progress found, Progress expected) {
    assertThat(found.samples()).isEqualTo(expected.samples());
    assertThat(found.weight()).isEqualTo(expected.weight());
    // A logit near 0 may fall on the other side.
    assertThat(found.hits()).isCloseTo(expected.hits(), within(2.0));
    assertThat(found.lossSum()).isCloseTo(expected.lossSum(), within(1e-5 * expected.lossSum()));
    assertThat(found.penaltySum())
        .isCloseTo(expected.penaltySum(), within(1e-5 * (1e-9 + expected.penaltySum())));
  }

  /** Shapes, activations, optimizers and seeds side by side; some end early. */
  @Test
  void manyModelsAreAskedInOneGo() {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples =
          samples(
              backend,
              scope,
              network(3, 0, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1),
              90,
              false);
      List<ModelPlan> models = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Activation activation = i % 3 == 0 ? Activation.RELU : Activation.TANH;
        NetworkSpec spec = network(3, 1 + i % 2 * 8, activation, Output.SIGMOID_CROSS_ENTROPY, 1);
        Optimizer optimizer =
            i % 4 == 0 ? new Optimizer.GradientDescent(0.1 + i) : Optimizer.Adam.of(0.01);
        models.add(model(spec, optimizer, i % 5 == 0 ? 0.01 : 0, i % 7));
      }
      List<Integer> asked = List.of(39, 3, 4, 5, 22, 21, 0);
      try (TrainingEngine engine =
          backend.newTrainingEngine(new TrainingPlan(samples, 40, models))) {
        engine.advance(4);
        List<Integer> ended = List.of(3, 17, 22);
        Weights before = engine.weights(22);
        ended.forEach(engine::retire);
        engine.advance(5);
        assertThat(engine.weights(22)).isEqualTo(before);
        List<Weights> weights = asked.stream().map(engine::weights).collect(Collectors.toList());
        assertThat(engine.weights(asked)).isEqualTo(weights);
        List<Progress> progress = asked.stream().map(engine::progress).collect(Collectors.toList());
        assertThat(engine.progress(asked)).isEqualTo(progress);
        assertThat(progress).extracting(Progress::samples).contains(130L, 270L);
        List<Progress> judged =
            asked.stream().map(i -> engine.evaluate(i, samples)).collect(Collectors.toList());
        assertThat(engine.evaluate(asked, samples)).isEqualTo(judged);
        Progress other = engine.progress(6);
        assertThat(engine.takeProgress(asked)).isEqualTo(progress);
        assertThat(engine.progress(asked)).containsOnly(Progress.NONE);
        assertThat(engine.progress(6)).isEqualTo(other);
        // As many in a row as there are, and none.
        List<Integer> all = IntStream.range(0, 40).boxed().toList();
        assertThat(engine.weights(all)).hasSize(40).containsAll(weights);
        assertThat(engine.weights(List.of())).isEmpty();
      }
    }
  }

  /**
   * Folds, one of which leaves out some rows more: they see rows and inputs of their own. They are
   * judged by what is held back, one of them by nothing.
   */
  private static List<ModelPlan> folds(NetworkSpec spec, int rows) {
    List<ModelPlan> models = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int fold = i % 5;
      SampleRows held =
          SampleRows.of(
              IntStream.range(0, rows)
                  .filter(r -> r % 5 == fold || (fold == 3 && r < 10))
                  .toArray());
      ModelSamples own =
          new ModelSamples(held.others(rows), i == 3 ? SampleRows.NONE : held, i < 5 ? 0 : 2);
      ModelPlan plain = model(spec, Optimizer.Adam.of(0.01), 0.01, i);
      models.add(new ModelPlan(plain.initial(), plain.optimizer(), 0.01, i, own, 0));
    }
    return models;
  }

  /** The second in the wide form. */
  @ParameterizedTest
  @CsvSource({"3, 4", "70, 20"})
  void networksOnRowsAndInputsOfTheirOwnAreTrainedByTheSameLaunches(int inputs, int hidden) {
    NetworkSpec spec = network(inputs, hidden, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec wide = network(inputs + 2, 0, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    List<ModelPlan> models = folds(spec, 99);
    List<Integer> all = IntStream.range(0, models.size()).boxed().toList();
    List<Watch> watches =
        all.stream().map(i -> new Watch(i, Double.POSITIVE_INFINITY, 3, 3, 1e6)).toList();
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, wide, 99, false);
      // Trained on 79, 80 or 71 rows, epochs have 5 steps or 4, and 1 or 2.
      for (int batch : new int[] {18, 79}) {
        TrainingPlan plan = new TrainingPlan(samples, batch, models);
        List<Weights> weights;
        List<Progress> judged;
        List<Progress> onAll;
        List<Epochs> taken;
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          assertThat(engine.name()).isEqualTo("whole-run");
          assertThat(engine.takesEpochs(null)).isTrue();
          engine.advance(2 * plan.stepsPerEpoch());
          engine.takeProgress(all);
          weights = engine.weights(all);
          judged = engine.judge(all);
          onAll = engine.evaluate(all, samples);
          taken = engine.takeEpochs(4, watches, null);
        }
        for (int i : all) {
          TrainingPlan alone = new TrainingPlan(samples, batch, List.of(models.get(i)));
          try (TrainingEngine engine = backend.newTrainingEngine(alone)) {
            engine.advance(2 * alone.stepsPerEpoch());
            engine.takeProgress(0);
            assertThat(weights.get(i)).isEqualTo(engine.weights(0));
            assertThat(judged.get(i)).isEqualTo(engine.judge(List.of(0)).get(0));
            assertThat(onAll.get(i)).isEqualTo(engine.evaluate(0, samples));
            Epochs own = engine.takeEpochs(4, List.of(watches.get(0)), null).get(0);
            assertThat(taken.get(i)).isEqualTo(own);
          }
        }
        assertThat(judged.get(3)).isEqualTo(Progress.NONE);
        assertThat(judged).extracting(Progress::samples).contains(0L, 19L, 20L, 28L);
      }
    }
  }

  /**
   * Each launch has all folds; alone, each would have launches of its own. Of full batches some
   * take more memory than others.
   */
  @ParameterizedTest
  @ValueSource(ints = {20, 201})
  void foldsTakeNoMoreLaunchesThanOneOfThem(int batch) {
    CudaTests.requireEmulation();
    NetworkSpec spec = network(3, 4, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec wide = network(5, 0, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    List<ModelPlan> models = folds(spec, 201);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, wide, 201, false);
      long[] calls = new long[2];
      for (int way = 0; way < 2; way++) {
        List<ModelPlan> some = way == 0 ? models.subList(0, 1) : models;
        List<Watch> watches =
            IntStream.range(0, some.size())
                .mapToObj(i -> new Watch(i, Double.POSITIVE_INFINITY, 99, 99, 1e6))
                .toList();
        try (TrainingEngine engine =
            backend.newTrainingEngine(new TrainingPlan(samples, batch, some))) {
          engine.takeEpochs(1, watches, null);
          long before = CudaEmulator.calls();
          engine.takeEpochs(20, watches, null);
          calls[way] = CudaEmulator.calls() - before;
        }
      }
      // Of the one that nothing judges, what an epoch began from is kept.
      assertThat(calls[1]).isBetween(calls[0], calls[0] + 2);
    }
  }

  /** More samples than a block judges. */
  @ParameterizedTest
  @CsvSource({"2, 3, 70000", "60, 17, 17000"})
  void streamedSamplesAreJudgedAsResidentOnesAre(int inputs, int hidden, int rows) {
    NetworkSpec spec = network(inputs, hidden, Activation.TANH, Output.SOFTMAX_CROSS_ENTROPY, 2);
    Random random = new Random(4);
    float[][] x = new float[rows][];
    float[][] y = new float[rows][];
    for (int i = 0; i < rows; i++) {
      x[i] = normal(random, inputs, 1);
      y[i] = new float[] {random.nextInt(2)};
    }
    ArraySource source = new ArraySource(x, y);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples train = samples(backend, scope, spec, 20, false);
      Samples resident = backend.load(scope, source, 0);
      TrainingPlan plan =
          new TrainingPlan(train, 20, List.of(model(spec, Optimizer.Adam.of(0.1), 0, 1)));
      try (TrainingEngine engine = backend.newTrainingEngine(plan);
          TrainingEngine layered = new LayeredTrainingEngine(backend, plan)) {
        Progress expected = engine.evaluate(0, resident);
        Progress streamed = engine.evaluate(0, Samples.streamed(source));
        checkProgress(expected, layered.evaluate(0, resident));
        assertThat(streamed.samples()).isEqualTo(rows);
        assertThat(streamed.hits()).isEqualTo(expected.hits());
        assertThat(streamed.lossSum())
            .isCloseTo(expected.lossSum(), within(1e-12 * expected.lossSum()));
      }
    }
  }

  /** What a unit that isn't there makes of it must not spread to those that are. */
  @ParameterizedTest
  @CsvSource({"3, 9", "90, 17"})
  void infiniteFeaturesDoWhatTheyDoInTheLayeredEngine(int inputs, int hidden) {
    NetworkSpec spec = network(inputs, hidden, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Matrix x = backend.allocate(scope, 2, inputs);
      Matrix y = backend.allocate(scope, 2, 1);
      float[] values = normal(new Random(1), 2 * inputs, 1);
      values[1] = Float.POSITIVE_INFINITY;
      backend.upload(values, 0, x);
      backend.upload(new float[] {0, 1}, 0, y);
      Samples samples = Samples.resident(x, y);
      TrainingPlan plan =
          new TrainingPlan(samples, 2, List.of(model(spec, Optimizer.Adam.of(0.1), 0, 1)));
      try (TrainingEngine engine = backend.newTrainingEngine(plan);
          TrainingEngine layered = new LayeredTrainingEngine(backend, plan)) {
        Progress expected = layered.evaluate(0, samples);
        assertThat(expected.lossSum()).isFinite();
        checkProgress(engine.evaluate(0, samples), expected);
      }
    }
  }

  /** Of each epoch three launches: its steps, their judgement, and what follows from it. */
  @Test
  void theHostHearsOfEpochsOnlyAtTheirEnd() {
    CudaTests.requireEmulation();
    NetworkSpec spec = network(2, 4, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, spec, 30, false);
      Samples dev = samples(backend, scope, spec, 20, false);
      List<ModelPlan> models =
          List.of(
              model(spec, Optimizer.Adam.of(0.01), 0, 1),
              model(spec, new Optimizer.GradientDescent(0.1), 0, 2));
      List<Watch> watches =
          List.of(
              new Watch(0, Double.POSITIVE_INFINITY, 99, 99, 1e6),
              new Watch(1, Double.POSITIVE_INFINITY, 99, 99, 1e6));
      try (TrainingEngine engine =
          backend.newTrainingEngine(new TrainingPlan(samples, 10, models))) {
        engine.takeEpochs(1, watches, dev);
        long before = CudaEmulator.calls();
        engine.takeEpochs(1, watches, dev);
        long alone = CudaEmulator.calls() - before;
        List<Epochs> taken = engine.takeEpochs(51, watches, dev);
        assertThat(taken).allMatch(epochs -> epochs.epochs().size() == 51);
        assertThat(CudaEmulator.calls() - before).isEqualTo(2 * alone + 50 * 3);
      }
    }
  }

  /** More models than the dev samples can be judged by at once, and streamed dev samples. */
  @Test
  void whereJudgingTakesTheHostItIsAskedStepByStep() {
    NetworkSpec spec = network(2, 1, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, spec, 10, false);
      Samples dev = samples(backend, scope, spec, 16_385, false);
      ModelPlan model = model(spec, Optimizer.Adam.of(0.01), 0, 1);
      for (int count : new int[] {2048, 4097}) {
        TrainingPlan plan = new TrainingPlan(samples, 10, Collections.nCopies(count, model));
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          assertThat(engine.takesEpochs(samples)).isTrue();
          assertThat(engine.takesEpochs(dev)).isEqualTo(count == 2048);
          assertThat(engine.takesEpochs(null)).isTrue();
        }
      }
      try (TrainingEngine engine =
          backend.newTrainingEngine(new TrainingPlan(samples, 10, List.of(model)))) {
        ArraySource source = new ArraySource(new float[][] {{1, 2}}, new float[][] {{1}});
        Samples streamed = Samples.streamed(source);
        assertThat(engine.takesEpochs(streamed)).isFalse();
        assertThatIllegalArgumentException()
            .isThrownBy(() -> engine.takeEpochs(1, List.of(new Watch(0, 9, 2, 2, 1e6)), streamed))
            .withMessage(
                "takeEpochs: the whole-run engine does not take epochs by itself with these dev"
                    + " samples; have it advance step by step");
      }
    }
  }

  /** A checkpoint after each epoch keeps the engine from taking several; nobody may see that. */
  @ParameterizedTest
  @ValueSource(ints = {0, 60})
  void trainingsEndAsIfEachEpochHadBeenHeardOf(int noise, @TempDir Path folder) {
    Dataset all = noise == 0 ? Planar.data() : noisy(noise);
    Split data = all.split(0.2, 1);
    NetworkSpec spec = all.network().withHidden(8, Activation.TANH);
    TrainingSettings settings =
        TrainingSettings.defaults()
            .withBatchSize(33)
            .withEpochs(200)
            .withPatience(12)
            .withOptimizer(Optimizer.Adam.of(0.05))
            .withL2(1e-3)
            .withSeed(5);
    Path file = folder.resolve("a.checkpoint");
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN)) {
      TrainingResult oneByOne =
          new Trainer(backend, settings)
              .checkpoint(file, CheckpointSchedule.everyEpochs(1))
              .fit(spec, data.train(), data.dev());
      TrainingResult whole = new Trainer(backend, settings).fit(spec, data.train(), data.dev());
      assertThat(whole.engine()).isEqualTo("whole-run");
      assertThat(whole.ending()).isEqualTo(TrainingResult.Ending.STOPPED_EARLY);
      requireSame(whole, oneByOne);
      AtomicInteger epochs = new AtomicInteger();
      TrainingResult broken =
          new Trainer(backend, settings)
              .listen(report -> epochs.set(report.epoch()))
              .stopWhen(() -> epochs.get() >= 5)
              .checkpoint(file, CheckpointSchedule.everyEpochs(7))
              .fit(spec, data.train(), data.dev());
      assertThat(broken.ending()).isEqualTo(TrainingResult.Ending.INTERRUPTED);
      requireSame(
          new Trainer(backend, settings).resume(file).fit(spec, data.train(), data.dev()),
          oneByOne);
    }
  }

  /** Alone it would have output passes, whose bits are others. */
  @Test
  void whatIsResumedKeepsItsEngineThoughAnotherSuitsIt(@TempDir Path folder) {
    Split data = noisy(340).split(0.2, 1);
    NetworkSpec spec = data.train().network().withHidden(64, Activation.RELU);
    TrainingSettings settings = TrainingSettings.defaults().withBatchSize(60).withEpochs(4);
    Path file = folder.resolve("a.checkpoint");
    TrainingResult whole;
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN)) {
      whole = new Trainer(backend, settings).fit(spec, data.train(), data.dev());
      AtomicInteger epochs = new AtomicInteger();
      TrainingResult broken =
          new Trainer(backend, settings)
              .listen(report -> epochs.set(report.epoch()))
              .stopWhen(() -> epochs.get() >= 2)
              .checkpoint(file, CheckpointSchedule.everyEpochs(1))
              .fit(spec, data.train(), data.dev());
      assertThat(broken.ending()).isEqualTo(TrainingResult.Ending.INTERRUPTED);
    }
    try (CudaBackend backend = CudaTests.open(ForcedEngine.CHOSEN)) {
      TrainingResult resumed =
          new Trainer(backend, settings).resume(file).fit(spec, data.train(), data.dev());
      assertThat(resumed.engine()).isEqualTo("whole-run");
      requireSame(resumed, whole);
      assertThat(engine(backend, spec, "")).isEqualTo("output-pass");
      assertThat(engine(backend, spec, "whole-run")).isEqualTo("whole-run");
      NetworkSpec small = NetworkSpec.of(2, spec.output(), 1).withHidden(4, Activation.TANH);
      assertThat(engine(backend, small, "")).isEqualTo("whole-run");
      assertThat(engine(backend, small, "layered")).isEqualTo("layered");
      assertThat(engine(backend, small, "one-pass")).isEqualTo("one-pass");
      // Of another backend: as if it were new.
      assertThat(engine(backend, small, "tiled")).isEqualTo("whole-run");
    }
  }

  /** Which engine a network has that began with this one. */
  private static String engine(CudaBackend backend, NetworkSpec spec, String began) {
    try (Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, spec, 70, false);
      ModelPlan model = model(spec, Optimizer.Adam.of(0.001), 0, 9).resumedFrom(began);
      try (TrainingEngine engine =
          backend.newTrainingEngine(new TrainingPlan(samples, 33, List.of(model)))) {
        return engine.name();
      }
    }
  }

  /** Few points, of so many numbers of which one tells something: for the wide form. */
  private static Dataset noisy(int columns) {
    Random random = new Random(columns);
    float[][] x = new float[150][];
    int[] codes = new int[x.length];
    List<String> names = IntStream.range(0, columns).mapToObj(i -> "x" + i).toList();
    for (int i = 0; i < x.length; i++) {
      x[i] = normal(random, columns, 1);
      codes[i] = x[i][0] + random.nextGaussian() > 0 ? 1 : 0;
    }
    return new Dataset(
        names, FloatTable.of(x), "label", new Target.Classes(List.of("0", "1"), codes));
  }

  private static void requireSame(TrainingResult found, TrainingResult expected) {
    assertThat(found.ending()).isEqualTo(expected.ending());
    assertThat(found.bestEpoch()).isEqualTo(expected.bestEpoch());
    assertThat(found.model().weights()).isEqualTo(expected.model().weights());
    assertThat(found.history())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("seconds")
        .isEqualTo(expected.history());
  }

  /** Factors of inputs, and what refines a step, are no reason to go layer by layer. */
  @Test
  void takesWhatADefaultTrainingAsksFor() {
    NetworkSpec spec = network(10, 64, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    ModelPlan plain = model(spec, Optimizer.Adam.of(0.01), 0.01, 1);
    ModelPlan scaled =
        new ModelPlan(plain.initial(), plain.optimizer(), 0.01, 1, ModelSamples.ALL, 6);
    ModelPlan refined = scaled.withRefinements(Refinements.NONE.withDropout(0.1).withClipNorm(1));
    List<ModelPlan> models = List.of(plain, scaled, refined);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.CHOSEN);
        Scope scope = backend.newScope();
        TrainingEngine engine =
            backend.newTrainingEngine(
                new TrainingPlan(samples(backend, scope, spec, 100, false), 32, models))) {
      assertThat(engine.name()).isEqualTo("whole-run");
    }
  }

  /** Memory that runs out at any of its allocations leaves nothing. */
  @Test
  void tooLittleMemory() {
    CudaTests.requireEmulation();
    NetworkSpec spec = network(2, 4, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, spec, 400, false);
      TrainingPlan plan =
          new TrainingPlan(samples, 400, List.of(model(spec, Optimizer.Adam.of(0.1), 0, 1)));
      // What the backend keeps for itself is there after the first.
      backend.newTrainingEngine(plan).close();
      int open = backend.openAllocations();
      long bytes = CudaEmulator.liveBytes();
      long used = usedBytes(backend);
      int failures = 0;
      for (long room = 0; ; room += 256) {
        CudaEmulator.memoryLimit(used + room);
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          engine.advance(1);
          break;
        } catch (DeviceMemoryException e) {
          failures++;
          assertThat(backend.openAllocations()).isEqualTo(open);
          assertThat(CudaEmulator.liveBytes()).isEqualTo(bytes);
        }
      }
      assertThat(failures).isBetween(5, 5000);
      assertThatThrownBy(
              () -> {
                CudaEmulator.memoryLimit(used);
                backend.newTrainingEngine(plan);
              })
          .isInstanceOf(DeviceMemoryException.class);
    }
  }

  /** How many bytes of the card the backend has. */
  private static long usedBytes(CudaBackend backend) {
    long limit = 1L << 30;
    CudaEmulator.memoryLimit(limit);
    try (Scope scope = backend.newScope()) {
      backend.allocate(scope, 1L << 40, 1);
    } catch (DeviceMemoryException e) {
      return limit - e.bytesFree();
    }
    throw new AssertionError("a terabyte was allocated");
  }

  /** Nothing is read before what writes it, in whatever order the driver works. */
  @ParameterizedTest
  @CsvSource({"WHOLE_RUN, 20", "WHOLE_RUN, 50", "WHOLE_RUN_WIDE, 20"})
  void deferredWork(ForcedEngine choice, int batch) {
    CudaTests.requireEmulation();
    List<Object> expected = null;
    for (long order : new long[] {-1, 0, 1, 77}) {
      CudaEmulator.reset();
      try (CudaBackend backend = CudaTests.open(choice);
          Scope scope = backend.newScope()) {
        if (order >= 0) {
          CudaEmulator.deferStreams(order);
        }
        NetworkSpec spec = network(3, 6, Activation.TANH, Output.SOFTMAX_CROSS_ENTROPY, 3);
        Samples samples = samples(backend, scope, spec, 50, false);
        List<ModelPlan> models =
            List.of(
                model(spec, Optimizer.Adam.of(0.1), 0.1, 1),
                model(spec, new Optimizer.Momentum(0.1, 0.9), 0, 2));
        try (TrainingEngine engine =
            backend.newTrainingEngine(new TrainingPlan(samples, batch, models))) {
          List<Object> found = new ArrayList<>();
          engine.advance(2);
          found.add(engine.takeProgress(List.of(1, 0)));
          engine.retire(0);
          engine.advance(3);
          found.add(engine.evaluate(List.of(0, 1), samples));
          found.add(engine.progress(List.of(0, 1)));
          found.add(engine.weights(List.of(0, 1)));
          engine.advance(1);
          engine.takeProgress(1);
          found.add(engine.takeEpochs(4, List.of(new Watch(1, 9, 2, 2, 1e6)), samples));
          found.add(engine.takeEpochs(3, List.of(new Watch(1, 9, 2, 2, 1e6)), null));
          found.add(engine.weights(1));
          expected = expected == null ? found : expected;
          assertThat(found).isEqualTo(expected);
        }
      }
    }
  }

  /** Where shared memory holds the samples, many epochs that nothing judges are one launch. */
  @Test
  void epochsThatNothingJudgesAreOneLaunch() {
    CudaTests.requireEmulation();
    NetworkSpec spec = network(2, 4, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, spec, 30, false);
      ModelPlan model = model(spec, Optimizer.Adam.of(0.01), 0, 1);
      TrainingPlan plan = new TrainingPlan(samples, 30, List.of(model));
      try (TrainingEngine engine = backend.newTrainingEngine(plan);
          TrainingEngine other = backend.newTrainingEngine(plan)) {
        engine.advance(500);
        // The second launch from here on would fail.
        CudaEmulator.failAt("cuLaunchKernel", 2, CUresult.CUDA_ERROR_LAUNCH_FAILED);
        List<Epochs> taken = other.takeEpochs(500, List.of(new Watch(0, 9, 2, 2, 1e6)), null);
        assertThat(CudaEmulator.failedCall()).isEmpty();
        assertThat(taken.get(0).epochs()).hasSize(500);
        assertThat(other.weights(0)).isEqualTo(engine.weights(0));
      }
    }
  }

  /** A model that has one step where its plan has 200: 1,000 of its epochs are two launches. */
  @Test
  void epochsThatNoLaunchHoldsTakeSeveral() {
    CudaTests.requireEmulation();
    NetworkSpec spec = network(2, 4, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec others = network(2, 3, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    SampleRows six = SampleRows.of(5, 7, 100, 333, 800, 1199);
    ModelPlan plain = model(spec, Optimizer.Adam.of(0.01), 0, 1);
    ModelSamples few = new ModelSamples(six, SampleRows.NONE, ModelSamples.ALL_INPUTS);
    List<ModelPlan> models =
        List.of(
            new ModelPlan(plain.initial(), plain.optimizer(), 0, 1, few, 0),
            model(others, Optimizer.Adam.of(0.01), 0, 1));
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      TrainingPlan plan = new TrainingPlan(samples(backend, scope, spec, 1200, false), 6, models);
      try (TrainingEngine engine = backend.newTrainingEngine(plan);
          TrainingEngine other = backend.newTrainingEngine(plan)) {
        engine.retire(1);
        other.retire(1);
        engine.advance(999 * plan.stepsPerEpoch());
        engine.takeProgress(0);
        engine.advance(plan.stepsPerEpoch());
        CudaEmulator.failAt("cuLaunchKernel", 3, CUresult.CUDA_ERROR_LAUNCH_FAILED);
        List<Epochs> taken = other.takeEpochs(1000, List.of(new Watch(0, 9, 2, 2, 1e6)), null);
        assertThat(CudaEmulator.failedCall()).isEmpty();
        assertThat(taken.get(0).epochs()).hasSize(1000);
        assertThat(taken.get(0).epochs().get(999).seen()).isEqualTo(engine.progress(0));
        assertThat(other.weights(0)).isEqualTo(engine.weights(0));
        // Not one launch either.
        CudaEmulator.failAt("cuLaunchKernel", 2, CUresult.CUDA_ERROR_LAUNCH_FAILED);
        assertThatThrownBy(() -> other.takeEpochs(1000, List.of(new Watch(0, 9, 2, 2, 1e6)), null))
            .isInstanceOf(BackendException.class);
      }
    }
  }

  @Test
  void kernelsAreUnloadedAfterTheirLastLaunch() {
    CudaTests.requireEmulation();
    NetworkSpec spec = network(2, 4, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.WHOLE_RUN);
        Scope scope = backend.newScope()) {
      Samples samples = samples(backend, scope, spec, 30, false);
      ModelPlan model = model(spec, Optimizer.Adam.of(0.01), 0, 1);
      CudaEmulator.deferStreams(0);
      try (TrainingEngine engine =
          backend.newTrainingEngine(new TrainingPlan(samples, 10, List.of(model)))) {
        engine.advance(3);
      }
      assertThat(CudaEmulator.lastComplaint()).isEmpty();
    }
    assertThat(CudaEmulator.lastComplaint()).isEmpty();
  }
}
