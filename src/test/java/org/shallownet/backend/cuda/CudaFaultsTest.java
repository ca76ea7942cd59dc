package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jcuda.driver.CUresult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.natives.LoadingProcess;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.Shape;
import org.shallownet.model.Model;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;
import org.shallownet.training.EpochReport;
import org.shallownet.training.Planar;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingFaultException;

/** What happens when the driver refuses: clean errors, and nothing stays allocated. */
class CudaFaultsTest {
  private static final int UNKNOWN = 999;

  private static final NetworkSpec SPEC =
      NetworkSpec.of(2, Output.SOFTMAX_CROSS_ENTROPY, 2).withHidden(3, Activation.TANH);

  @BeforeEach
  void emulate() {
    CudaTests.requireEmulation();
    CudaEmulator.reset();
  }

  @AfterEach
  void forget() {
    if (!CudaTests.onCard() && CudaEmulator.available()) {
      CudaEmulator.reset();
    }
  }

  /** A way to train: an engine, and a network that it takes in a way of its own. */
  private record Way(ForcedEngine engine, NetworkSpec spec) {
    CudaBackend open() {
      return CudaTests.open(engine);
    }

    /**
     * Mini-batches and L2, so that every kind of operation is there; then whole epochs, judged and,
     * of full batches, not judged.
     */
    List<Weights> train(CudaBackend backend) {
      try (Scope scope = backend.newScope()) {
        Matrix features = backend.allocate(scope, 3, spec.inputs());
        Matrix targets = backend.allocate(scope, 3, 1);
        float[] x = new float[3 * spec.inputs()];
        for (int i = 0; i < x.length; i++) {
          x[i] = 1 + i % 6;
        }
        backend.upload(x, 0, features);
        backend.upload(new float[] {0, 1, 0}, 0, targets);
        float[] initial = new float[spec.parameterCount()];
        Arrays.fill(initial, 0.1f);
        ModelPlan model = new ModelPlan(Weights.of(spec, initial), Optimizer.Adam.of(0.01), 0.1, 1);
        TrainingPlan plan = new TrainingPlan(features, targets, 2, List.of(model));
        List<Weights> found = new ArrayList<>();
        try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
          // Two epochs, so that the steps of both sizes are recorded and replayed.
          engine.advance(4);
          engine.takeProgress(0);
          engine.evaluate(0, plan.samples());
          takeEpochs(engine, plan.samples());
          found.add(engine.weights(0));
        }
        TrainingPlan full = new TrainingPlan(features, targets, 3, List.of(model));
        try (TrainingEngine engine = backend.newTrainingEngine(full)) {
          engine.advance(1);
          engine.takeProgress(0);
          takeEpochs(engine, null);
          found.add(engine.weights(0));
        }
        return found;
      }
    }

    private static void takeEpochs(TrainingEngine engine, @Nullable Samples dev) {
      if (engine.takesEpochs(dev)) {
        engine.takeEpochs(2, List.of(new TrainingEngine.Watch(0, 9, 2, 2, 1e6)), dev);
      }
    }

    List<Weights> openAndTrain() {
      try (CudaBackend backend = open()) {
        return train(backend);
      }
    }
  }

  private static final Way PLAIN = new Way(ForcedEngine.LAYERED, SPEC);

  /**
   * Every engine, and passes by tensor cores: those of float32, by split factors, since the others
   * differ in nothing but the kernel.
   */
  private static Stream<Way> ways() {
    NetworkSpec sixteens =
        NetworkSpec.of(16, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(16, Activation.TANH);
    return Stream.concat(
        Stream.of(ForcedEngine.values())
            .filter(engine -> engine != ForcedEngine.CHOSEN)
            .map(engine -> new Way(engine, SPEC)),
        Stream.of(new Way(ForcedEngine.ONE_PASS, sixteens)));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aTrainingLeavesNothing(Way way) {
    way.openAndTrain();
    assertThat(CudaEmulator.liveAllocations()).isZero();
  }

  /**
   * Every call in turn, from opening to closing. Closing has no use for errors: a refusal there
   * shows in the log only, and what was to be released may stay.
   */
  @ParameterizedTest
  @MethodSource("ways")
  void anyCallMayFail(Way way) {
    List<Weights> expected = way.openAndTrain();
    long calls = CudaEmulator.calls();
    int thrown = 0;
    for (long n = 1; n <= calls; n++) {
      CudaEmulator.reset();
      CudaEmulator.failAt(n, UNKNOWN);
      int mayStay = 0;
      try {
        assertThat(way.openAndTrain()).as("call %s of %s failed", n, calls).isEqualTo(expected);
        mayStay = 1;
      } catch (BackendException e) {
        assertThat(e).hasMessageContaining(": ");
        thrown++;
      }
      assertThat(CudaEmulator.liveAllocations())
          .as("call %s of %s failed", n, calls)
          .isLessThanOrEqualTo(mayStay);
    }
    assertThat(thrown).isGreaterThan((int) calls / 2);
  }

  /** Every allocation in turn. */
  @ParameterizedTest
  @MethodSource("ways")
  void memoryThatRunsOutAtAnyAllocationChangesNothing(Way way) {
    try (CudaBackend backend = way.open()) {
      List<Weights> expected = way.train(backend);
      long bytes = CudaEmulator.liveBytes();
      int failures = 0;
      while (true) {
        CudaEmulator.failAt("cuMemAlloc_v2", failures + 1, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
        try {
          assertThat(way.train(backend)).isEqualTo(expected);
          break;
        } catch (DeviceMemoryException e) {
          assertThat(e.bytesAsked()).isPositive();
          failures++;
        }
        assertThat(backend.openAllocations()).isZero();
        assertThat(CudaEmulator.liveBytes()).isEqualTo(bytes);
      }
      assertThat(failures).isBetween(5, 500);
    }
  }

  /** Whatever is left at the begin. */
  @Test
  void memoryOfAnySizeChangesNothing() {
    try (CudaBackend backend = PLAIN.open()) {
      List<Weights> expected = PLAIN.train(backend);
      long used = usedBytes(backend);
      long bytes = CudaEmulator.liveBytes();
      int failures = 0;
      for (long room = 0; room < 8192; room += 16) {
        CudaEmulator.memoryLimit(used + room);
        try {
          assertThat(PLAIN.train(backend)).isEqualTo(expected);
          break;
        } catch (DeviceMemoryException e) {
          assertThat(e.bytesAsked()).isPositive();
          assertThat(e.bytesFree()).isBetween(0L, room);
          failures++;
        }
        assertThat(backend.openAllocations()).isZero();
        assertThat(CudaEmulator.liveBytes()).isEqualTo(bytes);
      }
      assertThat(failures).isBetween(10, 500);
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
    throw new AssertionError("4 TiB were to be had");
  }

  @Test
  void aRefusedAllocationNamesBothSizes() {
    try (CudaBackend backend = CudaTests.open();
        Scope scope = backend.newScope()) {
      CudaEmulator.memoryLimit(usedBytes(backend) + (5 << 20));
      assertThatExceptionOfType(DeviceMemoryException.class)
          .isThrownBy(() -> backend.allocateGroup(scope, new Shape(1 << 10, 1 << 11)))
          .withMessage(
              "not enough of the card's memory: 8 MiB asked, 5 MiB free; nvidia-smi shows who has"
                  + " it; close that, or choose fewer units");
      backend.allocate(scope, 2, 2);
    }
  }

  @Test
  void aFaultEndsTheBackendAndLeavesOthersAlone() {
    try (CudaBackend other = CudaTests.open()) {
      try (CudaBackend backend = CudaTests.open();
          Scope scope = backend.newScope()) {
        Matrix matrix = backend.allocate(scope, 2, 2);
        Matrix bias = backend.allocate(scope, 1, 2);
        long before = CudaEmulator.calls();
        backend.run(new BiasActivate(Activation.TANH, bias, matrix));
        // The launch is the last of the operation's calls.
        CudaEmulator.failAt(CudaEmulator.calls() - before, UNKNOWN);
        assertThatExceptionOfType(BackendException.class)
            .isThrownBy(() -> backend.run(new BiasActivate(Activation.TANH, bias, matrix)))
            .withMessage("biasActivate: kernel bias_activate_tanh: CUDA_ERROR_UNKNOWN");
        assertThatIllegalStateException()
            .isThrownBy(backend::synchronize)
            .withMessageContaining("can't be used after a fault: biasActivate");
      }
      PLAIN.train(other);
    }
    assertThat(CudaEmulator.liveAllocations()).isZero();
  }

  /**
   * A card that is lost, and a kernel that failed: from then on the driver answers nothing else.
   */
  @ParameterizedTest
  @ValueSource(ints = {CUresult.CUDA_ERROR_ECC_UNCORRECTABLE, CUresult.CUDA_ERROR_LAUNCH_FAILED})
  void aLostCardEndsATrainingThatKeepsWhatItLearned(int code) {
    CudaBackend backend = CudaTests.open();
    List<EpochReport> epochs = new ArrayList<>();
    Trainer trainer = new Trainer(backend, Planar.settings(50));
    trainer.listen(epochs::add);
    trainer.listen(
        report -> {
          if (report.epoch() == 7) {
            CudaEmulator.failAt("cuGraphLaunch", 1, code);
          }
        });
    TrainingFaultException e =
        catchThrowableOfType(
            TrainingFaultException.class, () -> trainer.fit(Planar.start(4), Planar.data(), null));
    assertThat(e.epoch()).isEqualTo(8);
    assertThat(e).hasMessageMatching("training ended in epoch 8: \\w+: .+: CUDA_ERROR_\\w+");
    assertThat(epochs).hasSize(7);
    assertThatIllegalStateException()
        .isThrownBy(backend::synchronize)
        .withMessageContaining("can't be used after a fault");
    backend.close();
    assertThat(CudaEmulator.live()).isEmpty();
    // A process that opens the card anew goes on where the other ended.
    try (CudaBackend again = CudaTests.open()) {
      Model kept = e.best().orElseThrow();
      Model expected =
          new Trainer(again, Planar.settings(7)).fit(Planar.start(4), Planar.data(), null).model();
      assertThat(kept.weights()).isEqualTo(expected.weights());
    }
  }

  /** The command line, in a JVM of its own. */
  @Test
  void aFaultInATrainingSavesTheBestWeightsAndIsOneSentence(@TempDir Path folder) throws Exception {
    Path model = folder.resolve("model.onnx");
    List<String> command =
        List.of(
            "cuStreamSynchronize",
            "100",
            Integer.toString(CUresult.CUDA_ERROR_LAUNCH_FAILED),
            "train",
            "examples/planar.csv",
            "--target",
            "label",
            "--effort",
            "fast",
            "--backend",
            "cuda",
            "--quiet",
            "--out",
            model.toString());
    LoadingProcess process = LoadingProcess.start(EmulatedCommand.class, command);
    assertThat(process.output())
        .matches(
            "error: training ended in epoch \\d+: .+: CUDA_ERROR_LAUNCH_FAILED; the best weights"
                + " before that are in .+/model.onnx, from which --from goes on\\.\\n");
    assertThat(process.exitStatus()).isEqualTo(7);
    assertThat(Model.load(model).weights().isFinite()).isTrue();
  }

  @Test
  void aFaultInAnEnsembleSavesWhatItsNetworksHaveLearned(@TempDir Path folder) throws Exception {
    Path model = folder.resolve("model.onnx");
    List<String> command =
        List.of(
            "cuStreamSynchronize",
            "2000",
            Integer.toString(CUresult.CUDA_ERROR_LAUNCH_FAILED),
            "train",
            "examples/planar.csv",
            "--target",
            "label",
            "--backend",
            "cuda",
            "--quiet",
            "--out",
            model.toString());
    LoadingProcess process = LoadingProcess.start(EmulatedCommand.class, command);
    assertThat(process.output())
        .matches(
            "error: training ended in epoch \\d+: .+: CUDA_ERROR_LAUNCH_FAILED; an ensemble of the"
                + " networks before that is in .+/model.onnx\\.\\n");
    assertThat(process.exitStatus()).isEqualTo(7);
    assertThat(Model.load(model).parts()).hasSize(4);
  }

  @Test
  void aFaultInAComparisonSavesTheBestModelAndShowsTheTable(@TempDir Path folder) throws Exception {
    Path model = folder.resolve("model.onnx");
    List<String> command =
        List.of(
            "cuLaunchKernel",
            "2000",
            Integer.toString(CUresult.CUDA_ERROR_LAUNCH_FAILED),
            "compare",
            "examples/planar.csv",
            "--target",
            "label",
            "--activations",
            "relu,tanh",
            "--hidden",
            "4",
            "--seeds",
            "1",
            "--backend",
            "cuda",
            "--quiet",
            "--out",
            model.toString());
    LoadingProcess process = LoadingProcess.start(EmulatedCommand.class, command);
    assertThat(process.output())
        .containsPattern("(?m)^1  (relu|tanh) +4 ")
        .containsPattern("(?m)^2  (relu|tanh) +4 .+ failed$")
        .containsPattern("Best: (relu|tanh) 4, rate 0.003, seed 0, epoch \\d+")
        .containsPattern(
            "error: training ended in epoch \\d+: .+: CUDA_ERROR_LAUNCH_FAILED; by then 0 of"
                + " 2 networks had ended, and the best model so far is in .+/model.onnx\\.");
    assertThat(process.exitStatus()).isEqualTo(7);
    assertThat(Model.load(model).weights().isFinite()).isTrue();
  }

  @Test
  void severalBackendsAtOnce() {
    CudaBackend second = CudaTests.open();
    try (CudaBackend first = CudaTests.open()) {
      assertThat(PLAIN.train(first)).isEqualTo(PLAIN.train(second));
      second.close();
      second.close();
      PLAIN.train(first);
    }
    assertThat(CudaEmulator.liveAllocations()).isZero();
  }

  @Test
  void theDeviceIsNamed() {
    try (CudaBackend backend = CudaTests.open()) {
      assertThat(backend.device()).matches(".+, \\d+ MiB, sm_\\d+, cuBLAS \\d+\\.\\d+\\.\\d+");
    }
  }

  /** A training that one of them began is not for another to go on with. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void thePrecisionIsTheOneAskedFor(Precision precision) {
    try (CudaBackend backend = CudaTests.open(precision, CudaLimits.DEFAULT)) {
      assertThat(backend.precision()).isEqualTo(precision);
    }
  }
}
