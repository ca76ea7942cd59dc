package org.shallownet.backend.cuda.fused;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.ModelPlan;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;

/** Which networks are trained as a whole, and how. */
class WholeRunDesignTest {
  /** What a block has without asking for more. */
  private static final int SHARED_BYTES = 48 << 10;

  private static NetworkSpec network(int inputs, int hidden, int outputs) {
    Output output = outputs == 1 ? Output.SIGMOID_CROSS_ENTROPY : Output.SOFTMAX_CROSS_ENTROPY;
    NetworkSpec spec = NetworkSpec.of(inputs, output, outputs);
    return hidden == 0 ? spec : spec.withHidden(hidden, Activation.TANH);
  }

  private static Optional<WholeRunDesign> design(NetworkSpec spec, long rows, long batch) {
    return WholeRunForm.FITTING.design(SpecialisedSources.model(spec), false, rows, batch);
  }

  @ParameterizedTest
  @CsvSource({
    // inputs, hidden, outputs, rows, batch, lanes, depth, warps, slots, resident
    "2, 4, 1, 400, 400, 1, 1, 8, 8, true",
    "10, 32, 1, 10000, 10000, 8, 8, 8, 8, false",
    "28, 64, 1, 1000000, 256, 32, 8, 8, 2, false",
    "20, 0, 1, 1000000, 1000000, 1, 1, 8, 8, false",
    "20, 64, 3, 500, 32, 32, 8, 4, 4, false",
    "4, 5, 3, 150, 150, 2, 2, 8, 8, true",
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
    NarrowRunDesign design =
        (NarrowRunDesign) design(network(inputs, hidden, outputs), rows, batch).orElseThrow();
    assertThat(design.lanes()).isEqualTo(lanes);
    assertThat(design.depth()).isEqualTo(depth);
    assertThat(design.warps()).isEqualTo(warps);
    assertThat(design.slots()).isEqualTo(slots);
    assertThat(design.resident()).isEqualTo(resident);
    assertThat(design.shuffled()).isEqualTo(batch < rows);
  }

  @ParameterizedTest
  @CsvSource({
    "784, 129, 10",
    "1025, 4, 1",
    "28, 64, 17",
    "60, 0, 1",
    "40, 0, 3",
    "100000, 0, 1",
    "100000, 64, 1"
  })
  void tooWide(int inputs, int hidden, int outputs) {
    assertThat(design(network(inputs, hidden, outputs), 1000, 100)).isEmpty();
  }

  /** What registers can't hold has its weights in the card's memory, up to a batch of 1,024. */
  @ParameterizedTest
  @CsvSource({
    // inputs, hidden, outputs, rows, batch, whether the form is the wide one, floats for a step
    "28, 64, 1, 5000, 256, false, 0",
    "29, 64, 1, 5000, 256, true, 18400",
    "29, 64, 1, 1024, 1024, true, 67552",
    "340, 64, 1, 1000, 33, true, 26016",
    "1024, 1, 1, 1000, 1, true, 2080",
    "1024, 128, 16, 5000, 1000, true, 264352",
    "100, 64, 1, 5000, 1024, true, 72096"
  })
  void wideDesigns(
      int inputs, int hidden, int outputs, long rows, long batch, boolean wide, int scratch) {
    NetworkSpec spec = network(inputs, hidden, outputs);
    WholeRunDesign design = design(spec, rows, batch).orElseThrow();
    assertThat(design instanceof WideRunDesign).isEqualTo(wide);
    assertThat(design.scratchNumbers(batch)).isEqualTo(scratch);
    if (wide) {
      assertThat(design.threads()).isEqualTo(256);
      assertThat(design.sharedBytes()).isZero();
      assertThat(design.kernel()).isEqualTo(design);
      assertThat(design.defines()).contains("SHUFFLED=" + (batch < rows ? 1 : 0));
      assertThat(design(spec, 5000, 1025)).isEmpty();
      assertThat(design(spec, 1025, 1025)).isEmpty();
    }
  }

  @Test
  void tooDeepOrTooLong() {
    NetworkSpec spec = network(2, 4, 1);
    assertThat(design(spec.withHidden(3, Activation.RELU), 100, 100)).isEmpty();
    assertThat(design(spec, 1L << 30, 100)).isPresent();
    assertThat(design(spec, (1L << 30) + 1, 100)).isEmpty();
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
            if (found.isPresent() && found.get() instanceof NarrowRunDesign design) {
              supported++;
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
  @ParameterizedTest
  @CsvSource({
    // inputs, hidden, rows, batch, networks, whether it is worth it
    "10, 32, 1000, 1000, 1, true",
    "10, 32, 1000000, 1000000, 1, false",
    "10, 32, 10000, 10000, 1024, true",
    "10, 32, 1000000, 256, 1, true",
    "28, 64, 1000000, 256, 1, true",
    "28, 64, 1000000, 1000000, 20, false",
    "60, 64, 1000, 32, 1, true",
    "340, 64, 1000, 32, 1, false",
    "340, 64, 1000, 32, 2, true",
    "340, 64, 100000, 256, 3, false",
    "340, 64, 100000, 256, 5, true",
    "1024, 128, 100000, 1024, 64, true",
    "2, 4, 400, 400, 1, true"
  })
  void whatIsWorthIt(int inputs, int hidden, long rows, long batch, int networks, boolean worthIt) {
    WholeRunDesign design = design(network(inputs, hidden, 1), rows, batch).orElseThrow();
    assertThat(WholeRunEngine.suits(design, batch, networks)).isEqualTo(worthIt);
  }

  /** What is asked of steps is compiled in; dropout takes registers that a network must leave. */
  @Test
  void refinedDesigns() {
    ModelPlan model = SpecialisedSources.model(network(10, 32, 1));
    assertThat(steps(model)).isEqualTo(new StepKind(false, false));
    ModelPlan nesterov =
        new ModelPlan(model.initial(), new Optimizer.Nesterov(0.1, 0.9), 0, 1, model.samples(), 6);
    assertThat(steps(nesterov)).isEqualTo(new StepKind(true, true));
    WholeRunDesign scaled = WholeRunForm.FITTING.design(nesterov, false, 100, 32).orElseThrow();
    assertThat(scaled.frontNumbers()).isEqualTo(32 * 10 + 3 * 10);
    assertThat(scaled.defines()).contains("FRONT=1", "REFINED=1", "DROPS=0");
    Refinements dropout = Refinements.NONE.withDropout(0.5);
    assertThat(steps(model.withRefinements(dropout))).isEqualTo(new StepKind(false, false));
    ModelPlan large = SpecialisedSources.model(network(28, 64, 1));
    assertThat(WholeRunForm.FITTING.design(large, false, 100, 32))
        .containsInstanceOf(NarrowRunDesign.class);
    assertThat(WholeRunForm.FITTING.design(large.withRefinements(dropout), false, 100, 32))
        .containsInstanceOf(WideRunDesign.class);
  }

  private static StepKind steps(ModelPlan model) {
    return WholeRunForm.FITTING.design(model, false, 100, 32).orElseThrow().steps();
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
            "LOSS=0",
            "DROPS=0",
            "WEIGHTED=0",
            "LANES=8",
            "DEPTH=8",
            "WARPS=8",
            "SLOTS=8",
            "MIN_BLOCKS=1",
            "FRONT=0",
            "REFINED=0",
            "SHUFFLED=0",
            "RESIDENT=0",
            "ENDS=0");
  }
}
