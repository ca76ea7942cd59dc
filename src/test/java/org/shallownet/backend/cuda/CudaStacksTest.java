package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.driver.GraphCapture;
import org.shallownet.backend.cuda.launch.CollectedLaunches;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;
import org.shallownet.network.Weights;

/** Launches that the networks of a stack share. */
class CudaStacksTest {
  private static final int UNKNOWN = 999;
  private static final int SAMPLES = 23;

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

  private static ModelPlan model(int number, Activation activation, Optimizer optimizer) {
    return new ModelPlan(weights(number, activation), optimizer, 0.1, 7);
  }

  private static Weights weights(int number, Activation activation) {
    NetworkSpec spec = NetworkSpec.of(2, Output.SOFTMAX_CROSS_ENTROPY, 3).withHidden(4, activation);
    float[] values = new float[spec.parameterCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.3f * (float) Math.sin(i + number);
    }
    return Weights.of(spec, values);
  }

  /** Models that differ in all that those of a stack may differ in. */
  private static List<ModelPlan> mixed() {
    List<ModelPlan> models = new ArrayList<>();
    List<Optimizer> optimizers =
        List.of(
            Optimizer.Adam.of(0.01),
            new Optimizer.GradientDescent(0.1),
            new Optimizer.Momentum(0.1, 0.9),
            new Optimizer.Nesterov(0.1, 0.9));
    List<Refinements> refinements =
        List.of(
            Refinements.NONE,
            Refinements.NONE.withClipNorm(0.1).withL1(0.01),
            Refinements.NONE.withLoss(new Loss.Smoothed(0.1)).withClipNorm(0.2),
            Refinements.NONE.withSchedule(new Schedule.Cosine(10)),
            Refinements.NONE.withDropout(0.3));
    List<Activation> activations = List.of(Activation.values());
    for (int i = 0; i < 10; i++) {
      Weights initial = weights(i, activations.get(i % activations.size()));
      Optimizer optimizer = optimizers.get(i % optimizers.size());
      double front = i % 3 == 2 ? 2 : 0;
      models.add(
          new ModelPlan(initial, optimizer, i % 2 == 0 ? 0 : 0.1, 7, ModelSamples.ALL, front)
              .withRefinements(refinements.get(i % refinements.size())));
    }
    return models;
  }

  private static TrainingEngine newEngine(
      CudaBackend backend, Scope scope, boolean weighted, int batch, List<ModelPlan> models) {
    int columns = weighted ? 2 : 1;
    float[] x = new float[2 * SAMPLES];
    float[] y = new float[columns * SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      x[2 * i] = (float) Math.sin(i);
      x[2 * i + 1] = (float) Math.cos(3 * i);
      Arrays.fill(y, columns * i, columns * (i + 1), 0.5f * (i % 4));
      y[columns * i] = i % 3;
    }
    Matrix features = backend.allocate(scope, SAMPLES, 2);
    Matrix targets = backend.allocate(scope, SAMPLES, columns);
    backend.upload(x, 0, features);
    backend.upload(y, 0, targets);
    Samples samples = Samples.resident(features, targets, weighted);
    return backend.newTrainingEngine(new TrainingPlan(samples, batch, models));
  }

  /**
   * As many launches as {@code CudaGraphTest.whatAStepIsMadeOf} has of one model, when a step is
   * taken for the first time and when it is captured.
   */
  @ParameterizedTest
  @CsvSource({"1, 15", "2, 15", "7, 15"})
  void aStackTakesTheLaunchesOfOneModel(int count, int launches) {
    List<ModelPlan> models = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      models.add(model(i, Activation.TANH, new Optimizer.GradientDescent(0.1 * (i + 1))));
    }
    for (int warm = 0; warm < 2; warm++) {
      for (int allowed : new int[] {launches - 1, launches}) {
        CudaEmulator.reset();
        try (CudaBackend backend = CudaTests.open();
            Scope scope = backend.newScope();
            TrainingEngine engine = newEngine(backend, scope, false, SAMPLES, models)) {
          engine.advance(warm);
          CudaEmulator.failAt("cuLaunchKernel", allowed + 1, UNKNOWN);
          engine.advance(1);
          // A capture that is refused is no fault, but what is launched instead.
          assertThat(CudaEmulator.failedCall().isEmpty()).isEqualTo(allowed == launches);
        } catch (BackendException e) {
          assertThat(warm).isZero();
          assertThat(allowed).isLessThan(launches);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"5, false, on", "5, true, on", "23, true, on", "5, false, off"})
  void everyModelOfAMixedStackHasTheBitsThatItHasAlone(int batch, boolean weighted, String graphs) {
    System.setProperty(GraphCapture.GRAPHS.name(), graphs);
    List<ModelPlan> models = mixed();
    int retired = 4;
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope();
        TrainingEngine engine = newEngine(backend, scope, weighted, batch, models)) {
      engine.advance(12);
      engine.retire(retired);
      engine.advance(11);
      for (int i = 0; i < models.size(); i++) {
        List<ModelPlan> one = List.of(models.get(i));
        try (TrainingEngine alone = newEngine(backend, scope, weighted, batch, one)) {
          alone.advance(i == retired ? 12 : 23);
          if (CudaTests.batchesKeepBits()) {
            assertThat(engine.weights(i)).as("model " + i).isEqualTo(alone.weights(0));
            assertThat(engine.progress(i)).as("model " + i).isEqualTo(alone.progress(0));
          }
        }
      }
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }

  /** Tables of arguments reach the card before what reads them, whatever runs late. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1})
  void thousandsOfOperationsAtOnce(long order) {
    int count = CollectedLaunches.MOST_TOGETHER + 100;
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope()) {
      Matrix z = backend.allocate(scope, count, 1);
      Matrix bias = backend.allocate(scope, count, 1);
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = i;
      }
      backend.upload(values, 0, bias);
      List<BiasActivate> operations = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        operations.add(new BiasActivate(Activation.IDENTITY, bias.rows(i, 1), z.rows(i, 1)));
      }
      CudaEmulator.deferStreams(order);
      int times = 6;
      for (int time = 0; time < times; time++) {
        Collections.rotate(operations, 1);
        backend.runAtOnce(operations);
      }
      float[] sums = new float[count];
      backend.download(z, sums, 0);
      for (int i = 0; i < count; i++) {
        assertThat(sums[i]).isEqualTo(times * (float) i);
      }
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }

  /** Two sums of 13,600 bytes of partial sums fit the scratch memory of small pieces. */
  @Test
  void whatTheScratchMemoryHasNoRoomForTakesMoreLaunches() {
    try (CudaBackend backend =
            CudaTests.open(Precision.FP32, CudaBackendContractTest.SMALL_PIECES);
        Scope scope = backend.newScope()) {
      List<SumRows> sums = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        sums.add(
            new SumRows(backend.allocate(scope, 1, 1700), 0, backend.allocate(scope, 1, 1700)));
      }
      CudaEmulator.failAt("cuLaunchKernel", 5, UNKNOWN);
      backend.runAtOnce(sums);
      assertThat(CudaEmulator.failedCall()).isEmpty();
      backend.runAtOnce(sums.subList(0, 2));
      assertThat(CudaEmulator.failedCall()).isEqualTo("cuLaunchKernel");
    } catch (BackendException e) {
      assertThat(e).hasMessage("sumRows: kernel sum_rows_partials: CUDA_ERROR_UNKNOWN");
    }
  }

  @Test
  void tablesOfARecordingLiveAsLongAsIt() {
    List<ModelPlan> models = mixed();
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope();
        TrainingEngine engine = newEngine(backend, scope, false, SAMPLES, models)) {
      engine.advance(1);
      long before = CudaEmulator.liveBytes();
      long open = backend.openBytes();
      engine.advance(2);
      long tables = CudaEmulator.liveBytes() - before;
      assertThat(tables).isBetween(1L, 32L << 10);
      assertThat(backend.openBytes() - open).isEqualTo(tables);
      engine.retire(0);
      assertThat(CudaEmulator.liveBytes()).isEqualTo(before);
    }
    assertThat(CudaEmulator.live()).isEmpty();
  }

  /** A step whose tables the card has no memory for is not captured. */
  @Test
  void withoutMemoryForTablesStepsAreTakenOneByOne() {
    List<Weights> weights = new ArrayList<>();
    for (boolean enough : new boolean[] {true, false}) {
      // No memory is spared there.
      CudaLimits limits = CudaBackendContractTest.SMALL_PIECES;
      try (CudaBackend backend = CudaTests.open(Precision.FP32, limits);
          Scope scope = backend.newScope();
          TrainingEngine engine = newEngine(backend, scope, false, SAMPLES, mixed())) {
        engine.advance(1);
        if (!enough) {
          long limit = 1L << 30;
          CudaEmulator.memoryLimit(limit);
          CudaEmulator.memoryLimit(limit - backend.freeBytes());
        }
        engine.advance(3);
        assertThat(CudaEmulator.live().getOrDefault(CudaEmulator.Resource.EXECUTABLE_GRAPH, 0L))
            .isEqualTo(enough ? 1 : 0);
        weights.addAll(engine.weights(List.of(0, 1, 2)));
      }
      assertThat(CudaEmulator.live()).isEmpty();
    }
    assertThat(weights.subList(3, 6)).isEqualTo(weights.subList(0, 3));
  }

  private static List<Weights> train(CudaBackend backend) {
    List<ModelPlan> models =
        List.of(
            model(1, Activation.TANH, Optimizer.Adam.of(0.01)),
            model(2, Activation.TANH, Optimizer.Adam.of(0.02)));
    try (Scope scope = backend.newScope();
        TrainingEngine engine = newEngine(backend, scope, false, SAMPLES, models)) {
      engine.advance(3);
      return engine.weights(List.of(0, 1));
    }
  }

  /** Each call after opening; see {@code CudaFaultsTest.anyCallMayFail}. */
  @Test
  void anyCallMayFailAndNothingStays() {
    CudaBackend backend = CudaTests.open();
    long opened = CudaEmulator.calls();
    List<Weights> expected = train(backend);
    long calls = CudaEmulator.calls() - opened;
    backend.close();
    int thrown = 0;
    for (long n = 1; n <= calls; n++) {
      CudaEmulator.reset();
      backend = CudaTests.open();
      CudaEmulator.failAt(n, UNKNOWN);
      int mayStay = 0;
      try {
        assertThat(train(backend)).as("call %s of %s failed", n, calls).isEqualTo(expected);
        mayStay = 1;
      } catch (BackendException e) {
        assertThat(e).hasMessageContaining(": ");
        thrown++;
      } finally {
        backend.close();
      }
      assertThat(CudaEmulator.liveAllocations())
          .as("call %s of %s failed", n, calls)
          .isLessThanOrEqualTo(mayStay);
    }
    assertThat(thrown).isGreaterThan((int) calls / 3);
  }
}
