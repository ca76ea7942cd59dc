package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.features.FloatTable;
import org.shallownet.network.Activation;
import org.shallownet.network.Weights;
import org.shallownet.training.EpochReport;
import org.shallownet.training.PlacementListener;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;

/** Training with too little of a card's memory: samples are streamed, chunks get smaller. */
class CudaMemoryTest {
  private static final int OUT_OF_MEMORY = 2;
  private static final int UNKNOWN = 999;

  /** Chunks of 256 samples, and all memory is planned with. */
  private static final CudaLimits LIMITS = CudaBackendContractTest.SMALL_PIECES;

  private static final Dataset TRAIN = data(700, 1);
  private static final Dataset DEV = data(300, 2);

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

  private static Dataset data(int rows, long seed) {
    Random random = new Random(seed);
    float[][] x = new float[rows][4];
    int[] y = new int[rows];
    for (int i = 0; i < rows; i++) {
      float sum = 0;
      for (int j = 0; j < 4; j++) {
        x[i][j] = (float) random.nextGaussian();
        sum += x[i][j];
      }
      y[i] = sum < -1 ? 0 : sum < 1 ? 1 : 2;
    }
    Target target = new Target.Classes(List.of("low", "middle", "high"), y);
    return new Dataset(List.of("a", "b", "c", "d"), FloatTable.of(x), "y", target);
  }

  /** A training: its weights, and where the samples were. */
  private record Outcome(Weights weights, List<EpochReport> history, String placement) {
    boolean streamed() {
      return placement.startsWith("rows streamed: ");
    }

    List<Double> costs() {
      return history.stream().map(EpochReport::devCost).toList();
    }
  }

  private static Outcome train(CudaBackend backend, long batch) {
    PlacementListener placement = new PlacementListener();
    TrainingResult result =
        new Trainer(
                backend, TrainingSettings.defaults().withEpochs(2).withBatchSize(batch).withL2(0.1))
            .listen(placement)
            .fit(TRAIN.network().withHidden(20, Activation.TANH), TRAIN, DEV);
    return new Outcome(result.model().weights(), result.history(), placement.text());
  }

  private static CudaBackend open() {
    return CudaTests.open(Precision.FP32, LIMITS);
  }

  /** Lets the backend have this many bytes more. */
  private static void leave(CudaBackend backend, long room) {
    long limit = 1L << 30;
    CudaEmulator.memoryLimit(limit);
    CudaEmulator.memoryLimit(limit - backend.freeBytes() + room);
  }

  /** From too little for anything up to enough for everything, each training after the other. */
  @ParameterizedTest
  @ValueSource(longs = {64, 300, TrainingSettings.FULL_BATCH})
  void withMoreMemoryTrainingGoesFromRefusedToStreamedToResident(long batch) {
    try (CudaBackend backend = open()) {
      Outcome expected = train(backend, batch);
      assertThat(expected.streamed()).isFalse();
      long bytes = CudaEmulator.liveBytes();
      Set<String> phases = new LinkedHashSet<>();
      for (long room = 0; !phases.contains("resident"); room += 4096) {
        leave(backend, room);
        try {
          Outcome outcome = train(backend, batch);
          boolean same = outcome.weights().equals(expected.weights());
          phases.add(
              outcome.streamed() ? same ? "streamed" : "streamed in smaller chunks" : "resident");
          // Where chunks are the same all bits are; sums in smaller ones are rounded otherwise.
          if (same) {
            assertThat(outcome.costs()).isEqualTo(expected.costs());
          }
          assertThat(outcome.weights().toArray())
              .containsExactly(expected.weights().toArray(), within(1e-4f));
        } catch (DeviceMemoryException e) {
          phases.add("refused");
          assertThat(e).hasMessageContaining("of the card's memory").hasMessageContaining("close");
          assertThat(e.bytesFree()).isBetween(0L, room);
        }
        assertThat(backend.openAllocations()).isZero();
        assertThat(CudaEmulator.liveBytes()).as("at %s bytes", room).isEqualTo(bytes);
      }
      // The smallest chunks hold a batch of 64, which makes all bits the same.
      assertThat(phases)
          .containsExactlyElementsOf(
              batch == 64
                  ? List.of("refused", "streamed", "resident")
                  : List.of("refused", "streamed in smaller chunks", "streamed", "resident"));
    }
  }

  @Test
  void theNumbersAreTold() {
    try (CudaBackend backend = open()) {
      leave(backend, 60 << 10);
      assertThat(train(backend, 64).placement())
          .isEqualTo("rows streamed: 1 MiB beside 1 MiB of work, 1 MiB free");
      leave(backend, 1 << 30);
      assertThat(train(backend, 64).placement())
          .isEqualTo("rows resident: 1 MiB beside 1 MiB of work, 1024 MiB free");
    }
  }

  /**
   * Each allocation in turn is refused once, though there was enough by the numbers: what is tried
   * again then succeeds, or the refusal was when the backend was opened.
   */
  @ParameterizedTest
  @ValueSource(strings = {"cuMemAlloc_v2", "cuMemAllocHost_v2"})
  void anyAllocationMayFail(String function) {
    Weights expected;
    try (CudaBackend backend = open()) {
      expected = train(backend, 300).weights();
    }
    for (long room : new long[] {1 << 28, 45 << 10}) {
      List<String> outcomes = new ArrayList<>();
      boolean failed = true;
      for (long n = 1; failed; n++) {
        CudaEmulator.reset();
        CudaEmulator.failAt(function, n, OUT_OF_MEMORY);
        try (CudaBackend backend = open()) {
          leave(backend, room);
          Outcome outcome = train(backend, 300);
          assertThat(outcome.weights().toArray())
              .containsExactly(expected.toArray(), within(1e-4f));
          outcomes.add(outcome.streamed() ? "streamed" : "resident");
        } catch (DeviceMemoryException e) {
          assertThat(e).hasMessageContaining("not enough of");
          outcomes.add("refused");
        }
        failed = !CudaEmulator.failedCall().isEmpty();
        assertThat(CudaEmulator.live()).as("%s refused for time %s", function, n).isEmpty();
      }
      // Refused are only those of opening, which come first.
      int opening = outcomes.lastIndexOf("refused") + 1;
      assertThat(outcomes.subList(0, opening)).containsOnly("refused");
      assertThat(outcomes.size()).isGreaterThan(opening + (room > 1 << 20 ? 0 : 5));
      assertThat(outcomes.get(outcomes.size() - 1))
          .isEqualTo(room > 1 << 20 ? "resident" : "streamed");
    }
  }

  /** Every call of a training whose samples are streamed, from opening to closing. */
  @Test
  void anyCallOfAStreamedTrainingMayFail() {
    Outcome expected = openAndStream();
    assertThat(expected.streamed()).isTrue();
    long calls = CudaEmulator.calls();
    int thrown = 0;
    for (long n = 1; n <= calls; n += 7) {
      CudaEmulator.reset();
      CudaEmulator.failAt(n, UNKNOWN);
      int mayStay = 0;
      try {
        assertThat(openAndStream().weights()).isEqualTo(expected.weights());
        // A refusal on closing shows in the log only, and what was to be released may stay.
        mayStay = 1;
      } catch (BackendException | TrainingFaultException e) {
        assertThat(e).hasMessageContaining(": ");
        thrown++;
      }
      assertThat(CudaEmulator.liveAllocations())
          .as("call %s of %s failed", n, calls)
          .isLessThanOrEqualTo(mayStay);
    }
    assertThat(thrown).isGreaterThan((int) calls / 7 / 2);
  }

  private static Outcome openAndStream() {
    try (CudaBackend backend = open()) {
      leave(backend, 60 << 10);
      return train(backend, 300);
    }
  }
}
