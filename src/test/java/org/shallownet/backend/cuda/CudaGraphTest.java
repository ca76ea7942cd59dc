package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.driver.GraphCapture;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.Recording;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Recordings as graphs that the driver captures and starts with one call. */
class CudaGraphTest {
  private static final int UNKNOWN = 999;
  private static final int SAMPLES = 23;

  private static final NetworkSpec SPEC =
      NetworkSpec.of(2, Output.SOFTMAX_CROSS_ENTROPY, 3).withHidden(4, Activation.TANH);

  @BeforeEach
  void emulate() {
    CudaTests.requireEmulation();
    CudaEmulator.reset();
  }

  @AfterEach
  void forget() {
    System.clearProperty(GraphCapture.GRAPHS.name());
    if (!CudaTests.onCard() && CudaEmulator.available()) {
      CudaEmulator.reset();
    }
  }

  private static TrainingEngine newEngine(
      CudaBackend backend, Scope scope, int batch, Optimizer... optimizers) {
    float[] x = new float[2 * SAMPLES];
    float[] y = new float[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      x[2 * i] = (float) Math.sin(i);
      x[2 * i + 1] = (float) Math.cos(3 * i);
      y[i] = i % 3;
    }
    float[] initial = new float[SPEC.parameterCount()];
    for (int i = 0; i < initial.length; i++) {
      initial[i] = 0.3f * (float) Math.sin(i);
    }
    Matrix features = backend.allocate(scope, SAMPLES, 2);
    Matrix targets = backend.allocate(scope, SAMPLES, 1);
    backend.upload(x, 0, features);
    backend.upload(y, 0, targets);
    List<ModelPlan> models =
        List.of(optimizers).stream()
            .map(optimizer -> new ModelPlan(Weights.of(SPEC, initial), optimizer, 0.1, 7))
            .toList();
    return backend.newTrainingEngine(new TrainingPlan(features, targets, batch, models));
  }

  private static long live(CudaEmulator.Resource resource) {
    return CudaEmulator.live().getOrDefault(resource, 0L);
  }

  /** Of the whole step of all models; once its parts have been recorded. */
  @ParameterizedTest
  @ValueSource(ints = {5, 23})
  void aStepIsOneCall(int batch) {
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope();
        TrainingEngine engine =
            newEngine(
                backend, scope, batch, Optimizer.Adam.of(0.01), new Optimizer.Momentum(0.1, 0.9))) {
      engine.advance(10);
      long before = CudaEmulator.calls();
      engine.advance(100);
      // And one that makes the context the thread's current one.
      assertThat(CudaEmulator.calls() - before).isEqualTo(200);
      assertThat(live(CudaEmulator.Resource.GRAPH)).isZero();
      assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isEqualTo(batch == SAMPLES ? 1 : 2);
      engine.retire(0);
      assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isZero();
      engine.advance(10);
      assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isEqualTo(batch == SAMPLES ? 1 : 2);
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }

  /** A step has five products: forward and by the weights in both layers, by the activations. */
  @ParameterizedTest
  @ValueSource(ints = {3, 9})
  void modelsOfEqualSizesShareCallsOfCublas(int models) {
    Optimizer[] optimizers = new Optimizer[models];
    Arrays.fill(optimizers, Optimizer.Adam.of(0.01));
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope();
        TrainingEngine engine = newEngine(backend, scope, SAMPLES, optimizers)) {
      CudaEmulator.failAt("cublasSgemm_v2", 1, UNKNOWN);
      engine.advance(1);
      assertThat(CudaEmulator.failedCall()).isEmpty();
      CudaEmulator.failAt("cublasSgemmStridedBatched", 6, UNKNOWN);
      engine.retire(0);
      engine.advance(1);
      assertThat(CudaEmulator.failedCall()).isEmpty();
      // Refused while it is captured, which is no fault.
      engine.advance(1);
      assertThat(CudaEmulator.failedCall()).isEqualTo("cublasSgemmStridedBatched");
    }
  }

  /**
   * Beside five products: bias and activation of each layer, the outputs' derivatives and their
   * sum, the activations' derivatives, two for each sum of a layer's biases, L2 of each layer in
   * two, the optimizer and the counter.
   */
  @Test
  void whatAStepIsMadeOf() {
    assertThat(callsOfAStep("cublasSgemm_v2", ForcedEngine.LAYERED)).isEqualTo(5);
    assertThat(callsOfAStep("cuLaunchKernel", ForcedEngine.LAYERED)).isEqualTo(15);
  }

  /**
   * Beside the first layer's two products: a pass forward, one back and what puts its sums
   * together, L2 of each layer in two, the optimizer and the counter.
   */
  @Test
  void whatAStepWithAnOutputPassIsMadeOf() {
    assertThat(callsOfAStep("cublasSgemm_v2", ForcedEngine.OUTPUT_PASS)).isEqualTo(2);
    assertThat(callsOfAStep("cuLaunchKernel", ForcedEngine.OUTPUT_PASS)).isEqualTo(9);
  }

  /** How often a function is called in a step of one model that is not recorded. */
  private static int callsOfAStep(String function, ForcedEngine choice) {
    for (int calls = 0; ; calls++) {
      try (CudaBackend backend = CudaTests.open(choice);
          Scope scope = backend.newScope();
          TrainingEngine engine =
              newEngine(backend, scope, SAMPLES, new Optimizer.GradientDescent(0.1))) {
        CudaEmulator.failAt(function, calls + 1, UNKNOWN);
        engine.advance(1);
        assertThat(CudaEmulator.failedCall()).isEmpty();
        return calls;
      } catch (BackendException e) {
        assertThat(CudaEmulator.failedCall()).isEqualTo(function);
      }
    }
  }

  @Test
  void theSwitchTurnsGraphsOffAndChangesNoBit() {
    Weights[] weights = new Weights[2];
    for (int i = 0; i < 2; i++) {
      System.setProperty(GraphCapture.GRAPHS.name(), i == 0 ? "on" : "off");
      try (CudaBackend backend = CudaTests.open();
          Scope scope = backend.newScope();
          TrainingEngine engine = newEngine(backend, scope, 5, Optimizer.Adam.of(0.01))) {
        engine.advance(33);
        weights[i] = engine.weights(0);
        assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isEqualTo(i == 0 ? 2 : 0);
      }
    }
    assertThat(weights[1]).isEqualTo(weights[0]);
    System.setProperty(GraphCapture.GRAPHS.name(), "maybe");
    assertThatIllegalArgumentException()
        .isThrownBy(CudaTests::open)
        .withMessage("the system property shallownet.cuda.graphs is 'maybe': choose on or off");
    assertThat(CudaEmulator.live()).isEmpty();
  }

  /** Each kind of call that recording and replaying adds, and one of those captured. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuStreamBeginCapture_v2",
        "cuStreamEndCapture",
        "cuGraphInstantiateWithFlags",
        "cuGraphDestroy",
        "cuGraphLaunch",
        "cuGraphExecDestroy"
      })
  void aFailureLeavesNothingHalfOpen(String function) {
    Weights expected = null;
    for (boolean failing : new boolean[] {false, true}) {
      CudaEmulator.reset();
      CudaBackend backend = CudaTests.open();
      if (failing) {
        CudaEmulator.failAt(function, 1, UNKNOWN);
      }
      try (Scope scope = backend.newScope();
          TrainingEngine engine = newEngine(backend, scope, SAMPLES, Optimizer.Adam.of(0.01))) {
        engine.advance(4);
        Weights weights = engine.weights(0);
        // What captures or gives back may fail, and training goes on.
        assertThat(!failing || !function.equals("cuGraphLaunch")).isTrue();
        expected = expected == null ? weights : expected;
        assertThat(weights).isEqualTo(expected);
      } catch (BackendException e) {
        assertThat(failing && function.equals("cuGraphLaunch")).isTrue();
        assertThat(e).hasMessage("replay: cuGraphLaunch: CUDA_ERROR_UNKNOWN");
        assertThatIllegalStateException().isThrownBy(backend::synchronize);
      } finally {
        backend.close();
      }
      assertThat(CudaEmulator.failedCall()).isEqualTo(failing ? function : "");
      assertThat(CudaEmulator.live()).isEmpty();
    }
  }

  /** Adds a bias twice. */
  private static Recording recordTwice(CudaBackend backend, Scope scope, Matrix bias, Matrix z) {
    return backend.record(
        scope,
        () -> {
          backend.run(new BiasActivate(Activation.IDENTITY, bias, z));
          backend.run(new BiasActivate(Activation.RELU, bias, z));
        });
  }

  /** What is refused while it is captured may run all the same. */
  @Test
  void whatCantBeCapturedIsRepeatedCallByCall() {
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope()) {
      Matrix z = backend.allocate(scope, 2, 2);
      Matrix bias = backend.allocate(scope, 1, 2);
      backend.upload(new float[] {1, 2}, 0, bias);
      CudaEmulator.failAt("cuLaunchKernel", 2, UNKNOWN);
      Recording recording = recordTwice(backend, scope, bias, z);
      assertThat(CudaEmulator.failedCall()).isEqualTo("cuLaunchKernel");
      assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isZero();
      float[] sums = new float[4];
      backend.download(z, sums, 0);
      assertThat(sums).containsOnly(0);
      backend.replay(recording);
      backend.replay(recording);
      backend.download(z, sums, 0);
      assertThat(sums).containsExactly(4, 8, 4, 8);
      // The next one is tried anew.
      recordTwice(backend, scope, bias, z);
      assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isEqualTo(1);
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }

  /** A card that is lost meanwhile is no matter of capturing. */
  @ParameterizedTest
  @ValueSource(strings = {"cuLaunchKernel", "cuStreamEndCapture", "cuGraphInstantiateWithFlags"})
  void aCardLostInACaptureEndsTheBackend(String function) {
    CudaBackend backend = CudaTests.open();
    try (Scope scope = backend.newScope()) {
      Matrix z = backend.allocate(scope, 2, 2);
      Matrix bias = backend.allocate(scope, 1, 2);
      CudaEmulator.failAt(function, 1, CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
      assertThatExceptionOfType(BackendException.class)
          .isThrownBy(() -> recordTwice(backend, scope, bias, z))
          .withMessageEndingWith(": CUDA_ERROR_ECC_UNCORRECTABLE");
      assertThatIllegalStateException()
          .isThrownBy(backend::synchronize)
          .withMessageContaining("can't be used after a fault");
    } finally {
      backend.close();
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }

  /** Drivers before CUDA 12.3 can't load a kernel while a stream captures. */
  @Test
  void whatHasRunBeforeCanBeCapturedAndWhatHasNotIsRepeated() {
    CudaEmulator.makeNoise(Set.of(CudaEmulator.Noise.LOADING));
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope();
        TrainingEngine engine = newEngine(backend, scope, 5, Optimizer.Adam.of(0.01))) {
      engine.advance(10);
      // The engine takes each of its steps once before it records it.
      assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isEqualTo(2);
      Matrix z = backend.allocate(scope, 2, 2);
      Matrix bias = backend.allocate(scope, 1, 2);
      Recording recording = recordTwice(backend, scope, bias, z);
      assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isEqualTo(2);
      backend.replay(recording);
      recordTwice(backend, scope, bias, z);
      assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isEqualTo(3);
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }

  @Test
  void thatStepsCantBeCapturedIsSaidOnce() {
    CudaEmulator.makeNoise(Set.of(CudaEmulator.Noise.LOADING));
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope()) {
      Matrix z = backend.allocate(scope, 2, 2);
      Matrix bias = backend.allocate(scope, 1, 2);
      recordTwice(backend, scope, bias, z);
      recordTwice(backend, scope, bias, z);
    } finally {
      System.setErr(before);
    }
    assertThat(log.toString(StandardCharsets.UTF_8))
        .containsOnlyOnce("captured")
        .contains(
            "a step can't be captured as a CUDA graph (biasActivate: kernel bias_activate_identity:"
                + " CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED); its operations are started one by one,"
                + " which gives the same bits and takes longer");
  }

  /** Nothing runs before it must: what is given back is waited for. */
  @Test
  void aGraphIsDestroyedAfterItsReplays() {
    try (CudaBackend backend = CudaTests.open()) {
      CudaEmulator.deferStreams(0);
      try (Scope memory = backend.newScope()) {
        Matrix z = backend.allocate(memory, 2, 2);
        Matrix bias = backend.allocate(memory, 1, 2);
        try (Scope scope = backend.newScope()) {
          backend.replay(recordTwice(backend, scope, bias, z));
        }
        assertThat(live(CudaEmulator.Resource.EXECUTABLE_GRAPH)).isZero();
      }
      assertThat(CudaEmulator.lastComplaint()).isEmpty();
    }
  }

  /** The card would have to be asked in the middle of the recording. */
  @Test
  void targetsThatWereNotCheckedAreRefused() {
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope()) {
      Matrix z = backend.allocate(scope, 2, 3);
      Matrix y = backend.allocate(scope, 3, 1);
      backend.upload(new float[] {1, 2, 0.5f}, 0, y);
      Matrix two = y.rows(0, 2);
      Tally tally = backend.allocateTally(scope);
      Runnable operation =
          () -> backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, z, two, 1, z, tally));
      assertThatIllegalStateException()
          .isThrownBy(() -> backend.record(scope, operation))
          .withMessage(
              "outputDelta: targets must be checked (checkTargets) before they are part of a"
                  + " recording");
      backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, two, 3);
      Recording recording = backend.record(scope, operation);
      backend.replay(recording);
      assertThat(backend.read(tally).cost()).isPositive();
      // What is written later counts again.
      backend.upload(new float[] {0.25f}, 0, y.rows(1, 1));
      assertThatIllegalStateException().isThrownBy(() -> backend.record(scope, operation));
      backend.replay(recording);
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }

  /** Kernels write where no host sees it: what was known of the values before is worth nothing. */
  @Test
  void whatARecordingWritesIsCheckedEachTime() {
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope()) {
      Matrix z = backend.allocate(scope, 1, 3);
      Matrix y = backend.allocate(scope, 1, 1);
      Matrix bias = backend.allocate(scope, 1, 1);
      Tally tally = backend.allocateTally(scope);
      backend.upload(new float[] {1}, 0, bias);
      Recording add =
          backend.record(scope, () -> backend.run(new BiasActivate(Activation.IDENTITY, bias, y)));
      for (int i = 1; i < 3; i++) {
        backend.replay(add);
        backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, z, y, 1, z, tally));
      }
      backend.replay(add);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, z, y, 1, z, tally)))
          .withMessage("outputDelta: a target is 3.0, not one of the classes 0 to 2");
    }
  }

  /** The scratch memory that a recording uses outlives a larger one. */
  @Test
  void scratchMemoryGrowsBesideRecordings() {
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope()) {
      Matrix m = backend.allocate(scope, 3, 2);
      Matrix out = backend.allocate(scope, 1, 2);
      backend.upload(new float[] {1, 2, 3, 4, 5, 6}, 0, m);
      Recording recording = backend.record(scope, () -> backend.run(new SumRows(m, 0, out)));
      backend.allocate(scope, 2, 40_000);
      backend.replay(recording);
      float[] sums = new float[2];
      backend.download(out, sums, 0);
      assertThat(sums).containsExactly(9, 12);
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }
}
