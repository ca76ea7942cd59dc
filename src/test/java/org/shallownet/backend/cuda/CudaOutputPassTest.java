package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.Backends;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.OutputOperation.LossDelta;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.OutputPass;
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** The pass over the last hidden layer and the output, against the operations that it replaces. */
@Tag("cuda")
class CudaOutputPassTest {
  /** Sums over some hundred rows in another order, of the largest of them. */
  private static final float TOLERANCE = 1e-5f;

  /** A network with its samples and what a pass leaves of them. */
  private static final class Case {
    private final Backend backend;
    private final Scope scope;
    private final NetworkSpec spec;
    private final Loss loss;
    private final Matrix z;
    private final Matrix targets;
    private final Matrix delta;
    private final MatrixGroup parameters;
    private final MatrixGroup gradients;
    private final Tally tally;

    private Case(
        Backend backend, Scope scope, NetworkSpec spec, Loss loss, int rows, boolean weighted) {
      this.backend = backend;
      this.scope = scope;
      this.spec = spec;
      this.loss = loss;
      int units = spec.units(1);
      int outputs = spec.outputs();
      z = filled(rows, units, 1);
      targets = targets(rows, weighted);
      delta = backend.allocate(scope, rows, outputs);
      parameters = group(1);
      gradients = group(2);
      tally = backend.allocateTally(scope);
    }

    private Matrix filled(int rows, int columns, int salt) {
      Matrix matrix = backend.allocate(scope, rows, columns);
      fill(matrix, salt);
      return matrix;
    }

    private void fill(Matrix matrix, int salt) {
      float[] values = new float[(int) matrix.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) Math.sin(0.7 * i + 3 * salt) / 2;
      }
      backend.upload(values, 0, matrix);
    }

    private MatrixGroup group(int salt) {
      int units = spec.units(1);
      MatrixGroup group =
          backend.allocateGroup(
              scope,
              new Shape(units, spec.inputs()),
              new Shape(1, units),
              new Shape(spec.outputs(), units),
              new Shape(1, spec.outputs()));
      group.parts().forEach(part -> fill(part, salt + (int) (part.size() % 7)));
      return group;
    }

    private Matrix targets(int rows, boolean weighted) {
      int own = spec.output().targetColumns(spec.outputs());
      int columns = own + (weighted ? 1 : 0);
      float[] values = new float[rows * columns];
      for (int i = 0; i < values.length; i++) {
        int column = i % columns;
        values[i] =
            column == own
                ? i / columns % 4 * 0.5f
                : switch (spec.output()) {
                  case SIGMOID_CROSS_ENTROPY -> i % 3 == 0 ? 1 : 0;
                  case SOFTMAX_CROSS_ENTROPY -> (float) (i / columns * 5 % spec.outputs());
                  case IDENTITY_SQUARED_ERROR -> (float) Math.cos(i);
                  case EXPONENTIAL_POISSON -> (float) (i % 5);
                };
      }
      Matrix matrix = backend.allocate(scope, rows, columns);
      backend.upload(values, 0, matrix);
      return matrix;
    }

    private void pass(double scale, float beta) {
      backend.run(
          new OutputPass(spec, parameters, z, targets, scale, beta, gradients, delta, tally, loss));
    }

    private void plain(double scale, float beta) {
      Activation f = spec.hidden().get(0).activation();
      Matrix weights = parameters.part(2);
      Matrix below = backend.allocate(scope, z.rows(), z.columns());
      backend.run(new BiasActivate(f, parameters.part(1), z));
      backend.run(new Gemm(false, true, 1, z, weights, 0, delta));
      backend.run(new BiasActivate(Activation.IDENTITY, parameters.part(3), delta));
      backend.run(
          loss instanceof Loss.Own
              ? new OutputDelta(spec.output(), delta, targets, scale, delta, tally)
              : new LossDelta(loss, spec.output(), delta, targets, scale, delta, tally));
      backend.run(new Gemm(true, false, 1, delta, z, beta, gradients.part(2)));
      backend.run(new SumRows(delta, beta, gradients.part(3)));
      backend.run(new Gemm(false, false, 1, delta, weights, 0, below));
      backend.run(new ActivationBackward(f, z, below));
      backend.run(new SumRows(below, beta, gradients.part(1)));
      backend.upload(values(below), 0, z);
    }

    private float[] values(Matrix matrix) {
      float[] values = new float[(int) matrix.size()];
      backend.download(matrix, values, 0);
      return values;
    }

    private List<float[]> all() {
      return List.of(
          values(z),
          values(delta),
          values(gradients.part(0)),
          values(gradients.part(1)),
          values(gradients.part(2)),
          values(gradients.part(3)));
    }
  }

  private static NetworkSpec spec(Activation f, int units, Output output, int outputs) {
    return NetworkSpec.of(2, output, outputs).withHidden(units, f);
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static Arguments tried(
      Activation f, int units, Output output, int outputs, Loss loss, int rows, boolean weighted) {
    return Arguments.of(spec(f, units, output, outputs), loss, rows, weighted);
  }

  private static Stream<Arguments> cases() {
    Output classes = Output.SOFTMAX_CROSS_ENTROPY;
    Output numbers = Output.IDENTITY_SQUARED_ERROR;
    return Stream.of(
        tried(Activation.TANH, 260, Output.SIGMOID_CROSS_ENTROPY, 1, Loss.OWN, 300, false),
        tried(Activation.TANH, 4, Output.SIGMOID_CROSS_ENTROPY, 1, Loss.OWN, 1, false),
        tried(Activation.RELU, 5, classes, 3, Loss.OWN, 33, false),
        tried(Activation.LEAKY_RELU, 65, classes, 10, Loss.OWN, 100, true),
        tried(Activation.IDENTITY, 8, numbers, 2, new Loss.Huber(0.7), 70, false),
        tried(Activation.SIGMOID, 132, classes, 16, new Loss.Smoothed(0.1), 40, true),
        tried(Activation.TANH, 12, Output.EXPONENTIAL_POISSON, 1, Loss.OWN, 37, true),
        tried(Activation.RELU, 1, numbers, 1, new Loss.Quantile(0.9), 65, false));
  }

  /** Units by fours and others, one and several blocks of them, one and several slices of rows. */
  @ParameterizedTest
  @MethodSource("cases")
  void givesWhatTheOperationsGiveThatItReplaces(
      NetworkSpec spec, Loss loss, int rows, boolean weighted) {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.OUTPUT_PASS);
        Scope scope = backend.newScope()) {
      Case passed = new Case(backend, scope, spec, loss, rows, weighted);
      Case again = new Case(backend, scope, spec, loss, rows, weighted);
      Case plain = new Case(backend, scope, spec, loss, rows, weighted);
      passed.pass(0.25, 1);
      again.pass(0.25, 1);
      plain.plain(0.25, 1);
      for (int part = 0; part < passed.all().size(); part++) {
        assertThat(passed.all().get(part)).isEqualTo(again.all().get(part));
        float[] expected = plain.all().get(part);
        assertThat(passed.all().get(part))
            .as("part %s", part)
            .containsExactly(expected, within(TOLERANCE * (1 + largest(expected))));
      }
      Tally.Values own = backend.read(passed.tally);
      Tally.Values other = backend.read(plain.tally);
      assertThat(own.cost()).isCloseTo(other.cost(), within(TOLERANCE * (1 + other.cost())));
      assertThat(own.hits()).isCloseTo(other.hits(), within(TOLERANCE * (1 + other.hits())));
      assertThat(own.weight()).isEqualTo(other.weight());

      // What gradients held has no influence; the tally goes on.
      passed.fill(passed.gradients.part(2), 5);
      passed.fill(passed.z, 1);
      passed.pass(0.25, 0);
      assertThat(passed.values(passed.z)).isEqualTo(again.values(again.z));
      assertThat(backend.read(passed.tally).cost()).isEqualTo(2 * own.cost());
      passed.pass(0, 0);
      assertThat(passed.values(passed.gradients.part(2))).containsOnly(0);
    }
  }

  /** As through the operations that it replaces, where rows and blocks end as elsewhere. */
  @Test
  void whatIsNotFiniteIsNotHidden() {
    NetworkSpec spec = spec(Activation.TANH, 4, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.OUTPUT_PASS);
        Scope scope = backend.newScope()) {
      Case passed = new Case(backend, scope, spec, Loss.OWN, 40, false);
      Case plain = new Case(backend, scope, spec, Loss.OWN, 40, false);
      for (Case each : List.of(passed, plain)) {
        backend.upload(
            new float[] {Float.NaN, Float.POSITIVE_INFINITY, 0, 1}, 0, each.z.rows(3, 1));
      }
      passed.pass(1, 0);
      plain.plain(1, 0);
      for (int part = 0; part < passed.all().size(); part++) {
        float[] own = passed.all().get(part);
        float[] other = plain.all().get(part);
        for (int i = 0; i < own.length; i++) {
          assertThat(Float.isNaN(own[i]))
              .as("part %s, %s", part, i)
              .isEqualTo(Float.isNaN(other[i]));
        }
      }
      assertThat(backend.read(passed.tally).cost()).isNaN();
    }
  }

  private static ModelPlan model(NetworkSpec spec) {
    float[] initial = new float[spec.parameterCount()];
    for (int i = 0; i < initial.length; i++) {
      initial[i] = 0.2f * (float) Math.sin(i + 1);
    }
    return new ModelPlan(Weights.of(spec, initial), Optimizer.Adam.of(0.01), 0.01, 1);
  }

  /** What models have learned and seen. */
  private record Trained(List<Weights> weights, List<TrainingEngine.Progress> progress) {}

  /**
   * Trains deep networks and models side by side, in batches of several chunks.
   *
   * @param order in which the emulation does what it has put off; -1 for doing it at once
   */
  private static Trained train(ForcedEngine choice, long order, int rows, int batch) {
    NetworkSpec wide = NetworkSpec.of(3, Output.SOFTMAX_CROSS_ENTROPY, 3);
    List<ModelPlan> models =
        List.of(
            model(wide.withHidden(9, Activation.TANH)),
            model(wide.withHidden(9, Activation.RELU)),
            model(wide.withHidden(6, Activation.RELU).withHidden(8, Activation.TANH)));
    CudaLimits limits = new CudaLimits(1 << 12, 1 << 10, 1 << 8, 0, 32 << 10);
    try (CudaBackend backend = CudaTests.open(BackendOptions.Precision.FP32, limits, choice);
        Scope scope = backend.newScope()) {
      if (order >= 0) {
        CudaEmulator.deferStreams(order);
      }
      Case samples = new Case(backend, scope, models.get(0).spec(), Loss.OWN, rows, false);
      Matrix features = samples.filled(rows, 3, 4);
      TrainingPlan plan = new TrainingPlan(features, samples.targets, batch, models);
      try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
        assertThat(engine.name())
            .isEqualTo(choice == ForcedEngine.OUTPUT_PASS ? "output-pass" : "layered");
        engine.advance(12);
        List<Integer> all = List.of(0, 1, 2);
        return new Trained(engine.weights(all), engine.progress(all));
      }
    }
  }

  /** The same training within what the order of sums changes. */
  @ParameterizedTest
  @CsvSource({"150, 150", "150, 40"})
  void enginesAgree(int rows, int batch) {
    Trained passes = train(ForcedEngine.OUTPUT_PASS, -1, rows, batch);
    Trained layered = train(ForcedEngine.LAYERED, -1, rows, batch);
    assertThat(CudaTests.onCard() || CudaEmulator.live().isEmpty()).isTrue();
    for (int model = 0; model < layered.weights().size(); model++) {
      assertThat(passes.weights().get(model).toArray())
          .containsExactly(layered.weights().get(model).toArray(), within(1e-4f));
      assertThat(passes.progress().get(model).cost())
          .isCloseTo(layered.progress().get(model).cost(), within(1e-4));
    }
  }

  /** Nothing is read before what writes it, in whatever order the driver works. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 77})
  void deferredWork(long order) {
    CudaTests.requireEmulation();
    Trained expected = train(ForcedEngine.OUTPUT_PASS, -1, 150, 40);
    try {
      assertThat(train(ForcedEngine.OUTPUT_PASS, order, 150, 40)).isEqualTo(expected);
      assertThat(CudaEmulator.lastComplaint()).isEmpty();
    } finally {
      CudaEmulator.reset();
    }
  }

  /** Alone, or with large batches; and what a network began with. */
  @Test
  void takenWhereItSuits() {
    NetworkSpec wide = NetworkSpec.of(3, Output.SIGMOID_CROSS_ENTROPY, 1);
    ModelPlan small = model(wide.withHidden(512, Activation.TANH));
    ModelPlan large = model(wide.withHidden(1024, Activation.TANH));
    assertThat(chosen(4096, small)).isEqualTo("output-pass");
    assertThat(chosen(4096, small, large)).isEqualTo("output-pass");
    assertThat(chosen(4096, small, small)).isEqualTo("layered");
    assertThat(chosen(4096, large, large)).isEqualTo("output-pass");
    assertThat(chosen(4096, small.resumedFrom("output-pass"), small))
        .isEqualTo("output-pass, layered");
    assertThat(chosen(4096, small.resumedFrom("layered"))).isEqualTo("layered");
    assertThat(chosen(4096, large.resumedFrom("layered"), large)).isEqualTo("output-pass, layered");
  }

  private static String chosen(int batch, ModelPlan... models) {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.CHOSEN);
        Scope scope = backend.newScope()) {
      Matrix features = backend.allocate(scope, 5000, 3);
      Matrix targets = backend.allocate(scope, 5000, 1);
      TrainingPlan plan = new TrainingPlan(features, targets, batch, List.of(models));
      try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
        return engine.name();
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    NetworkSpec spec = spec(Activation.TANH, 4, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (Backend cpu = Backends.open("cpu");
        Scope scope = cpu.newScope()) {
      Case own = new Case(cpu, scope, spec, Loss.OWN, 6, false);
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> own.pass(1, 0));
      Matrix features = cpu.allocate(scope, 6, 2);
      TrainingPlan plan = new TrainingPlan(features, own.targets, 6, List.of(model(spec)));
      assertThat(cpu.takesOutputPass(plan, plan.models().get(0))).isFalse();
      NetworkSpec flat = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Changed(own).with(flat, own.z, own.gradients, Loss.OWN))
          .withMessage("outputPass: a 2-1 network has no hidden layer");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Changed(own).with(spec, own.z.rows(0, 5), own.gradients, Loss.OWN))
          .withMessage("outputPass: z of 5×4 and delta of 6×1 differ in rows");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Changed(own).with(spec, features, own.gradients, Loss.OWN))
          .withMessageStartingWith("outputPass: z of 6×2 and delta of 6×1 do not fit a ");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Changed(own).with(spec, own.z, own.parameters, Loss.OWN))
          .withMessageContaining("share memory");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Changed(own).with(spec, own.z, own.gradients, new Loss.Huber(1)))
          .withMessageStartingWith("outputPass: the loss huber:1.0 is none for ");
    }
  }

  /** A pass of a case with something else. */
  private record Changed(Case own) {
    OutputPass with(NetworkSpec spec, Matrix z, MatrixGroup gradients, Loss loss) {
      return new OutputPass(
          spec, own.parameters, z, own.targets, 1, 0, gradients, own.delta, own.tally, loss);
    }
  }
}
