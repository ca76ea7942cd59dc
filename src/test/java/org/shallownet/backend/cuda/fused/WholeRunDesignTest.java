package org.shallownet.backend.cuda.fused;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.Matrix;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Which networks are trained as a whole, and how. */
class WholeRunDesignTest {
  /** What a block has without asking for more. */
  private static final int SHARED_BYTES = 48 << 10;

  /** A matrix of a size and nothing else. */
  private static final class Sized extends Matrix {
    Sized(long rows, int columns) {
      super(
          new Allocation(0) {
            @Override
            protected void free() {}
          },
          0,
          rows,
          columns);
    }

    @Override
    protected Matrix view(long first, long count) {
      return new Sized(count, columns());
    }
  }

  private static NetworkSpec network(int inputs, int hidden, int outputs) {
    Output output = outputs == 1 ? Output.SIGMOID_CROSS_ENTROPY : Output.SOFTMAX_CROSS_ENTROPY;
    NetworkSpec spec = NetworkSpec.of(inputs, output, outputs);
    return hidden == 0 ? spec : spec.withHidden(hidden, Activation.TANH);
  }

  private static TrainingPlan plan(NetworkSpec spec, long rows, long batch, int models) {
    Samples samples = Samples.resident(new Sized(rows, spec.inputs()), new Sized(rows, 1));
    ModelPlan model =
        new ModelPlan(
            Weights.of(spec, new float[spec.parameterCount()]),
            new Optimizer.GradientDescent(0.1),
            0,
            1);
    return new TrainingPlan(samples, batch, Collections.nCopies(models, model));
  }

  private static Optional<WholeRunDesign> design(NetworkSpec spec, long rows, long batch) {
    return WholeRunDesign.of(spec, plan(spec, rows, batch, 1));
  }

  @ParameterizedTest
  @CsvSource({
    // inputs, hidden, outputs, rows, batch, lanes, depth, warps, slots, resident
    "2, 4, 1, 400, 400, 1, 1, 8, 8, true",
    "10, 32, 1, 10000, 10000, 8, 8, 8, 8, false",
    "28, 64, 1, 1000000, 256, 32, 8, 8, 1, false",
    "28, 0, 1, 1000000, 1000000, 1, 1, 8, 8, false",
    "30, 64, 3, 500, 32, 32, 8, 4, 1, false",
    "4, 5, 3, 150, 150, 1, 1, 8, 8, true",
    "2, 4, 1, 400, 1, 1, 1, 1, 1, false"
  })
  void designs(
      int inputs,
      int hidden,
      int outputs,
      long rows,
      long batch,
      int lanes,
      int depth,
      int warps,
      int slots,
      boolean resident) {
    WholeRunDesign design = design(network(inputs, hidden, outputs), rows, batch).orElseThrow();
    assertThat(design.lanes()).isEqualTo(lanes);
    assertThat(design.depth()).isEqualTo(depth);
    assertThat(design.warps()).isEqualTo(warps);
    assertThat(design.slots()).isEqualTo(slots);
    assertThat(design.resident()).isEqualTo(resident);
    assertThat(design.shuffled()).isEqualTo(batch < rows);
  }

  @ParameterizedTest
  @CsvSource({
    "784, 1024, 10",
    "100, 64, 1",
    "28, 64, 17",
    "60, 0, 1",
    "40, 0, 3",
    "2000000000, 0, 1"
  })
  void tooWideForRegisters(int inputs, int hidden, int outputs) {
    assertThat(design(network(inputs, hidden, outputs), 1000, 100)).isEmpty();
  }

  @Test
  void tooDeepTooLongOrStreamed() {
    NetworkSpec spec = network(2, 4, 1);
    NetworkSpec deep = spec.withHidden(3, Activation.RELU);
    assertThat(design(deep, 100, 100)).isEmpty();
    assertThat(design(spec, 1L << 30, 100)).isPresent();
    assertThat(design(spec, (1L << 30) + 1, 100)).isEmpty();
    SampleSource source =
        new SampleSource() {
          @Override
          public long rows() {
            return 100;
          }

          @Override
          public int featureColumns() {
            return 2;
          }

          @Override
          public int targetColumns() {
            return 1;
          }

          @Override
          public void read(long first, int count, float[] features, float[] targets) {
            throw new AssertionError("nothing is read");
          }

          @Override
          public void gather(long[] rows, int offset, int count, float[] x, float[] y) {
            throw new AssertionError("nothing is read");
          }
        };
    ModelPlan model = plan(spec, 100, 100, 1).models().get(0);
    TrainingPlan streamed = new TrainingPlan(Samples.streamed(source), 100, List.of(model));
    assertThat(WholeRunDesign.of(spec, streamed)).isEmpty();
  }

  /** Whatever the shape, a block has its memory without asking. */
  @Test
  void sharedMemory() {
    int supported = 0;
    for (int inputs = 1; inputs <= 64; inputs++) {
      for (int hidden : new int[] {0, 1, 3, 8, 20, 32, 33, 64, 100, 128}) {
        for (int outputs : new int[] {1, 2, 5, 16}) {
          for (long rows : new long[] {1, 300, 5000}) {
            Optional<WholeRunDesign> found = design(network(inputs, hidden, outputs), rows, rows);
            if (found.isPresent()) {
              supported++;
              WholeRunDesign design = found.get();
              assertThat(design.sharedBytes()).isBetween(1, SHARED_BYTES);
              assertThat(design.judgingBytes()).isBetween(1, SHARED_BYTES);
              assertThat(design.warps() % design.slots()).isZero();
              assertThat(design.lanes() * design.tile() / design.depth()).isEqualTo(32);
            }
          }
        }
      }
    }
    assertThat(supported).isGreaterThan(1000);
  }

  /** One network has a block to itself while the layered engine has the whole card. */
  @Test
  void whatIsWorthIt() {
    NetworkSpec spec = network(10, 32, 1);
    assertThat(WholeRunEngine.suits(spec, plan(spec, 1000, 1000, 1))).isTrue();
    assertThat(WholeRunEngine.suits(spec, plan(spec, 1_000_000, 1_000_000, 1))).isFalse();
    assertThat(WholeRunEngine.suits(spec, plan(spec, 10_000, 10_000, 1024))).isTrue();
    assertThat(WholeRunEngine.suits(spec, plan(spec, 1_000_000, 256, 1))).isTrue();
    NetworkSpec planar = network(2, 4, 1);
    assertThat(WholeRunEngine.suits(planar, plan(planar, 400, 400, 1))).isTrue();
  }

  @Test
  void defines() {
    assertThat(design(network(10, 32, 1), 10_000, 10_000).orElseThrow().defines())
        .containsExactly(
            "N_X=10",
            "N_H=32",
            "N_Y=1",
            "ACTIVATION=Tanh",
            "OUTPUT=0",
            "WEIGHTED=0",
            "LANES=8",
            "DEPTH=8",
            "WARPS=8",
            "SLOTS=8",
            "MIN_BLOCKS=1",
            "SHUFFLED=0",
            "RESIDENT=0");
  }
}
