package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.ArraySource;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * Trainings in passes by tensor cores, in float32 by split factors: what an engine must do, with a
 * network that is wide enough for them.
 */
@Tag("cuda")
class CudaTensorCoresTest {
  /** More than two pieces of 256. */
  private static final int SAMPLES = 600;

  private static final NetworkSpec SPEC =
      NetworkSpec.of(17, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(18, Activation.TANH);

  private static final float[][] FEATURES = table(SPEC.inputs(), 1);
  private static final float[][] TARGETS = table(2, 2);

  /** What a model has learned and seen. */
  private record Trained(Weights weights, List<Progress> progress) {}

  /** Random numbers, of targets 0 and 1 and weights of 0 to 3. */
  private static float[][] table(int columns, long seed) {
    Random random = new Random(seed);
    float[][] rows = new float[SAMPLES][columns];
    for (float[] row : rows) {
      for (int j = 0; j < columns; j++) {
        row[j] =
            columns == 2 ? random.nextInt(j == 0 ? 2 : 4) : (float) (0.5 * random.nextGaussian());
      }
    }
    return rows;
  }

  @AfterEach
  void workAtOnceAgain() {
    if (!CudaTests.onCard() && CudaEmulator.available()) {
      CudaEmulator.reset();
    }
  }

  private static Matrix matrix(CudaBackend backend, Scope scope, float[][] rows) {
    int columns = rows[0].length;
    float[] values = new float[rows.length * columns];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * columns, columns);
    }
    Matrix matrix = backend.allocate(scope, rows.length, columns);
    backend.upload(values, 0, matrix);
    return matrix;
  }

  /**
   * Trains on samples with weights, in pieces of 256.
   *
   * @param order in which the emulation does what it has put off; -1 for doing it at once
   */
  private static Trained train(
      Precision precision, ForcedEngine choice, int batch, boolean streamed, long order) {
    try (CudaBackend backend =
            CudaTests.open(precision, CudaBackendContractTest.SMALL_PIECES, choice);
        Scope scope = backend.newScope()) {
      if (order >= 0) {
        CudaEmulator.deferStreams(order);
      }
      Samples samples =
          streamed
              ? Samples.streamed(new ArraySource(FEATURES, TARGETS, true))
              : Samples.resident(
                  matrix(backend, scope, FEATURES), matrix(backend, scope, TARGETS), true);
      float[] initial = new float[SPEC.parameterCount()];
      for (int i = 0; i < initial.length; i++) {
        initial[i] = 0.3f * (float) Math.sin(i + 1);
      }
      ModelPlan model =
          new ModelPlan(Weights.of(SPEC, initial), new Optimizer.Momentum(0.1, 0.9), 0.01, 3);
      try (TrainingEngine engine =
          backend.newTrainingEngine(new TrainingPlan(samples, batch, List.of(model)))) {
        if (choice == ForcedEngine.ONE_PASS) {
          assertThat(engine.name()).isEqualTo("one-pass");
        }
        engine.advance(7);
        return new Trained(
            engine.weights(0), List.of(engine.takeProgress(0), engine.evaluate(0, samples)));
      }
    }
  }

  /** Full batches, and mini-batches of more than a piece. */
  @ParameterizedTest
  @CsvSource({
    "FP32, 600, 1e-5",
    "FP32, 300, 1e-5",
    "TF32, 600, 2e-3",
    "BF16, 600, 1e-2",
    "BF16, 300, 1e-2"
  })
  void trainsAsLayerByLayer(Precision precision, int batch, float most) {
    Trained expected = train(Precision.FP32, ForcedEngine.LAYERED, batch, false, -1);
    Trained found = train(precision, ForcedEngine.ONE_PASS, batch, false, -1);
    assertThat(found.weights().toArray())
        .containsExactly(expected.weights().toArray(), within(most))
        .isNotEqualTo(expected.weights().toArray());
    for (int i = 0; i < 2; i++) {
      assertThat(found.progress().get(i).cost())
          .isCloseTo(expected.progress().get(i).cost(), within((double) most));
      assertThat(found.progress().get(i).weight()).isEqualTo(expected.progress().get(i).weight());
    }
  }

  /** Nothing is read before what writes it, in whatever order the driver works. */
  @ParameterizedTest
  @EnumSource
  void lateWorkChangesNothing(Precision precision) {
    CudaTests.requireEmulation();
    Trained expected = train(precision, ForcedEngine.ONE_PASS, 300, false, -1);
    for (long order : new long[] {0, 1, 77}) {
      assertThat(train(precision, ForcedEngine.ONE_PASS, 300, false, order)).isEqualTo(expected);
      assertThat(CudaEmulator.lastComplaint()).isEmpty();
      CudaEmulator.reset();
    }
  }

  @ParameterizedTest
  @EnumSource
  void streamedSamplesGiveTheSameBits(Precision precision) {
    for (int batch : new int[] {300, SAMPLES}) {
      assertThat(train(precision, ForcedEngine.ONE_PASS, batch, true, -1))
          .isEqualTo(train(precision, ForcedEngine.ONE_PASS, batch, false, -1));
    }
  }
}
