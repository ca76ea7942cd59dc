package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.GradientPass;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.Tally;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Gradients in one pass, beyond the engine kit: when they are taken, and what they refuse. */
@Tag("cuda")
class CudaOnePassTest {
  private static final NetworkSpec SPEC =
      NetworkSpec.of(3, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(5, Activation.TANH);

  @AfterEach
  void forgetTheProperty() {
    System.clearProperty(ForcedEngine.PROPERTY);
  }

  private static ModelPlan model(NetworkSpec spec) {
    float[] initial = new float[spec.parameterCount()];
    for (int i = 0; i < initial.length; i++) {
      initial[i] = 0.3f * (float) Math.sin(i + 1);
    }
    return new ModelPlan(Weights.of(spec, initial), new Optimizer.GradientDescent(0.1), 0, 1);
  }

  private static String chosen(long rows, int batch, NetworkSpec... specs) {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.CHOSEN);
        Scope scope = backend.newScope()) {
      List<ModelPlan> models = new ArrayList<>();
      for (NetworkSpec spec : specs) {
        models.add(model(spec));
      }
      TrainingPlan plan =
          new TrainingPlan(
              backend.allocate(scope, rows, specs[0].inputs()),
              backend.allocate(scope, rows, 1),
              batch,
              models);
      try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
        return engine.name();
      }
    }
  }

  /** Batches that are worth it, of networks that have room, of few shapes. */
  @Test
  void takenWhereItSuits() {
    NetworkSpec wide = NetworkSpec.of(28, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec[] shapes = new NetworkSpec[9];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = wide.withHidden(56 + i, Activation.RELU);
    }
    assertThat(chosen(8192, 8192, shapes[8])).isEqualTo("one-pass");
    assertThat(chosen(20_000, 8192, shapes[8])).isEqualTo("one-pass");
    assertThat(chosen(20_000, 8191, shapes[8])).isEqualTo("output-pass");
    assertThat(chosen(8192, 8192, wide.withHidden(65, Activation.RELU))).isEqualTo("output-pass");
    assertThat(chosen(8192, 8192, shapes)).isEqualTo("output-pass");
  }

  @Test
  void thePropertyChooses() {
    assertThat(ForcedEngine.fromProperty()).isEqualTo(ForcedEngine.CHOSEN);
    System.setProperty(ForcedEngine.PROPERTY, "one-pass");
    assertThat(ForcedEngine.fromProperty()).isEqualTo(ForcedEngine.ONE_PASS);
    System.setProperty(ForcedEngine.PROPERTY, "fast");
    assertThatIllegalArgumentException()
        .isThrownBy(ForcedEngine::fromProperty)
        .withMessage(
            "the system property shallownet.cuda.engine is 'fast': choose one of chosen, layered,"
                + " output-pass, one-pass, whole-run, whole-run-wide");
  }

  /** Lanes without a unit see infinite features too. */
  @ParameterizedTest
  @EnumSource(Activation.class)
  void infiniteFeaturesReachTheSameCost(Activation activation) {
    NetworkSpec spec =
        NetworkSpec.of(28, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(33, activation);
    double layered = costOfInfinity(spec, ForcedEngine.LAYERED);
    double onePass = costOfInfinity(spec, ForcedEngine.ONE_PASS);
    if (Double.isFinite(layered)) {
      assertThat(onePass).isCloseTo(layered, within(1e-6));
    } else {
      assertThat(Double.valueOf(onePass)).isEqualTo(Double.valueOf(layered));
    }
  }

  private static double costOfInfinity(NetworkSpec spec, ForcedEngine engine) {
    try (CudaBackend backend = CudaTests.open(engine);
        Scope scope = backend.newScope()) {
      float[] x = new float[9 * spec.inputs()];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) Math.cos(i);
      }
      x[2] = Float.POSITIVE_INFINITY;
      Matrix features = backend.allocate(scope, 9, spec.inputs());
      backend.upload(x, 0, features);
      Matrix targets = backend.allocate(scope, 9, 1);
      TrainingPlan plan = new TrainingPlan(features, targets, 9, List.of(model(spec)));
      try (TrainingEngine trained = backend.newTrainingEngine(plan)) {
        trained.advance(1);
        return trained.progress(0).cost();
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.ONE_PASS);
        Scope scope = backend.newScope()) {
      MatrixGroup parameters = parameters(backend, scope);
      MatrixGroup gradients = parameters(backend, scope);
      Matrix features = backend.allocate(scope, 4, 3);
      Matrix targets = backend.allocate(scope, 4, 1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> pass(backend, scope, parameters, features, targets, parameters))
          .withMessageContaining("gradientPass: the parameters")
          .withMessageContaining("share");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> pass(backend, scope, parameters, features, targets.rows(0, 3), gradients))
          .withMessageStartingWith("gradientPass: features of ");
      MatrixGroup others = backend.allocateGroup(scope, new Shape(5, 3), new Shape(1, 5));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> pass(backend, scope, parameters, features, targets, others))
          .withMessage("gradientPass: the gradients are not those of a 3-5-1 network");
    }
  }

  @Test
  void lossesAndDropoutThatDoNotFitAreRefused() {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.ONE_PASS);
        Scope scope = backend.newScope()) {
      NetworkSpec logistic = NetworkSpec.of(3, Output.SIGMOID_CROSS_ENTROPY, 1);
      MatrixGroup parameters = backend.allocateGroup(scope, new Shape(1, 3), new Shape(1, 1));
      MatrixGroup gradients = backend.allocateGroup(scope, new Shape(1, 3), new Shape(1, 1));
      Matrix features = backend.allocate(scope, 4, 3);
      Matrix targets = backend.allocate(scope, 4, 1);
      Tally tally = backend.allocateTally(scope);
      Counter steps = backend.allocateCounter(scope);
      GradientPass.Dropping half = new GradientPass.Dropping(0.5, 1, steps, 0);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new GradientPass(
                      logistic,
                      parameters,
                      features,
                      targets,
                      1,
                      0,
                      gradients,
                      tally,
                      Loss.OWN,
                      half))
          .withMessage(
              "gradientPass: a 3-1 network has no hidden layer to leave out activations of");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new GradientPass(
                      logistic,
                      parameters,
                      features,
                      targets,
                      1,
                      0,
                      gradients,
                      tally,
                      new Loss.Huber(1),
                      null))
          .withMessageStartingWith("gradientPass: the loss huber:1.0 is none for ");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new GradientPass.Dropping(1, 1, steps, 0))
          .withMessage("gradientPass: the part must be from 0, below 1, not 1.0");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new GradientPass.Dropping(0.5, 1, steps, -1))
          .withMessage("gradientPass: a batch has no sample -1");
    }
  }

  @Test
  void otherBackendsHaveNone() {
    try (Backend cpu = Backends.open("cpu");
        Scope scope = cpu.newScope()) {
      Matrix features = cpu.allocate(scope, 4, 3);
      Matrix targets = cpu.allocate(scope, 4, 1);
      MatrixGroup parameters = parameters(cpu, scope);
      MatrixGroup gradients = parameters(cpu, scope);
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> pass(cpu, scope, parameters, features, targets, gradients));
      TrainingPlan plan = new TrainingPlan(features, targets, 4, List.of(model(SPEC)));
      assertThat(cpu.passRows(plan, plan.models().get(0))).isZero();
    }
  }

  private static MatrixGroup parameters(Backend backend, Scope scope) {
    return backend.allocateGroup(
        scope, new Shape(5, 3), new Shape(1, 5), new Shape(1, 5), new Shape(1, 1));
  }

  private static void pass(
      Backend backend,
      Scope scope,
      MatrixGroup parameters,
      Matrix features,
      Matrix targets,
      MatrixGroup gradients) {
    backend.run(
        new GradientPass(
            SPEC,
            parameters,
            features,
            targets,
            1,
            0,
            gradients,
            backend.allocateTally(scope),
            Loss.OWN,
            null));
  }
}
