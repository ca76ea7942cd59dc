package org.shallownet.backend.cpu.tiled;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.ArraySource;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.Cut;
import org.shallownet.backend.device.Matrix;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** How the tiled engine goes about networks of all sizes, which no training is needed to see. */
class TileDesignTest {
  private static final TileDesign.Machine VECTORS = new TileDesign.Machine(true, true);

  private static NetworkSpec spec(String sizes) {
    String[] units = sizes.split("-", 3);
    return spec(Integer.parseInt(units[0]), Integer.parseInt(units[1]), Integer.parseInt(units[2]));
  }

  private static NetworkSpec spec(int inputs, int hidden, int outputs) {
    NetworkSpec spec = NetworkSpec.of(inputs, Output.IDENTITY_SQUARED_ERROR, outputs);
    return hidden == 0 ? spec : spec.withHidden(hidden, Activation.TANH);
  }

  /**
   * Design and support on machines with vectors and OpenBLAS, with one of the two, with neither.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # in-hidden-out | vectors, OpenBLAS | vectors only | OpenBLAS only | neither
          1-0-1           | 16×64             | 16×64        | 4×256         | 4×256
          28-0-1          | 16×64             | 16×64        | 4×256         | 4×256
          9000-0-1        | 4×64              | 4×64         | 1×256         | 1×256
          16382-0-1       | 4×64              | 4×64         | 1×256         | 1×256
          16383-0-1       | layered           | layered      | layered       | layered
          60000000-0-1    | layered           | layered      | layered       | layered
          1-0-8000        | 4×64              | 4×64         | 128           | 1×256
          2-4-1           | 16×64             | 16×64        | 4×256         | 4×256
          16-16-1         | 16×64             | 16×64        | 4×256         | 4×256
          16-17-1         | 8×64              | 8×64         | 1024          | 2×256
          28-64-1         | 4×64              | 4×64         | 1024          | 1×256
          128-128-1       | 4×64              | 4×64         | 1024          | 1×256
          129-128-1       | 1024              | 4×64         | 1024          | 1×256
          784-1024-10     | 1024              | layered      | 1024          | layered
          784-2000-10     | 512               | layered      | 512           | layered
          12000-300-1     | 256               | layered      | 256           | layered
          4096-1024-1     | 512               | layered      | 512           | layered
          4097-1024-1     | layered           | layered      | layered       | layered
          400-1300-400    | 512               | 4×64         | 512           | 1×256
          400-1300-404    | layered           | layered      | layered       | layered
          """)
  void designs(String sizes, String both, String vectors, String openBlas, String neither) {
    NetworkSpec spec = spec(sizes);
    assertThat(design(spec, true, true)).isEqualTo(both);
    assertThat(design(spec, true, false)).isEqualTo(vectors);
    assertThat(design(spec, false, true)).isEqualTo(openBlas);
    assertThat(design(spec, false, false)).isEqualTo(neither);
  }

  /** Samples of an OpenBLAS tile, or blocks × samples; or that the layered engine trains. */
  private static String design(NetworkSpec spec, boolean vectors, boolean openBlas) {
    TileDesign.Machine machine = new TileDesign.Machine(vectors, openBlas);
    TileDesign design = TileDesign.of(spec, machine);
    if (!TileDesign.supports(resident(spec), spec, machine)) {
      return "layered";
    }
    return design.openBlas() ? "" + design.tile() : design.tileBlocks() + "×" + design.block();
  }

  /** A table of one sample, of which only the form matters. */
  private static Samples resident(NetworkSpec spec) {
    return new Samples.Resident(
        CpuMatrix.of(new float[0], 1, spec.inputs()),
        CpuMatrix.of(new float[0], 1, spec.outputs()),
        false);
  }

  @Test
  void largeInnerLayersAndStreamedSamplesAreLeftToTheLayeredEngine() {
    NetworkSpec shallow = spec(2, 4, 1);
    NetworkSpec deep = spec(2, 256, 1).withHidden(512, Activation.TANH);
    NetworkSpec large = spec(2, 256, 1).withHidden(513, Activation.TANH);
    NetworkSpec many = deep;
    for (int i = 0; i < 4; i++) {
      many = many.withHidden(256, Activation.TANH);
    }
    assertThat(TileDesign.supports(resident(shallow), shallow, VECTORS)).isTrue();
    assertThat(TileDesign.supports(resident(deep), deep, VECTORS)).isTrue();
    assertThat(TileDesign.supports(resident(large), large, VECTORS)).isFalse();
    // Not one of its layers is large, but a thread has sums of all of them.
    many = many.withHidden(256, Activation.TANH).withHidden(512, Activation.TANH);
    assertThat(TileDesign.supports(resident(many), many, VECTORS)).isFalse();
    Samples streamed = Samples.streamed(new ArraySource(new float[1][2], new float[1][1]));
    assertThat(TileDesign.supports(streamed, shallow, VECTORS)).isFalse();
  }

  /** Whole tiles in turn, as evenly as tiles allow, whatever the sizes are. */
  @ParameterizedTest
  @ValueSource(longs = {1, 63, 64, 65, 255, 4097, 60_000, 1_000_003, 3_000_000_000L})
  void chunksHoldEachSampleOnce(long samples) {
    for (NetworkSpec spec :
        List.of(spec(1, 0, 1), spec(28, 64, 1), spec(784, 1024, 10), spec(400, 1300, 400))) {
      for (TileDesign.Machine machine : List.of(VECTORS, new TileDesign.Machine(false, false))) {
        TileDesign design = TileDesign.of(spec, machine);
        for (boolean shuffled : new boolean[] {false, true}) {
          TileDesign.Chunks chunks = design.chunks(spec, samples, shuffled);
          assertThat(chunks.count()).isBetween(1, Cut.MOST_SUMS);
          assertThat(chunks.tile()).isBetween(1, design.tile());
          assertThat(chunks.start(0)).isZero();
          long most = (samples / chunks.tile() + chunks.count()) / chunks.count() + 1;
          for (int chunk = 0; chunk < chunks.count(); chunk++) {
            assertThat(chunks.start(chunk) % chunks.tile()).isZero();
            assertThat(chunks.end(chunk)).isGreaterThan(chunks.start(chunk));
            assertThat(chunks.end(chunk) - chunks.start(chunk))
                .isLessThanOrEqualTo(most * chunks.tile());
          }
          assertThat(chunks.end(chunks.count() - 1)).isEqualTo(samples);
        }
      }
    }
  }

  @Test
  void theSumsOfLargeNetworksAreFew() {
    assertThat(chunks(spec(28, 64, 1))).isEqualTo(32);
    assertThat(chunks(spec(784, 1024, 10))).isEqualTo(16);
    assertThat(chunks(spec(4096, 1024, 1))).isEqualTo(4);
  }

  private static int chunks(NetworkSpec spec) {
    return TileDesign.of(spec, VECTORS).chunks(spec, 1_000_000, false).count();
  }

  @ParameterizedTest
  @CsvSource({
    // Two pieces of 2^20 multiplications at least, 74 a sample here
    "2-4-1, 400, false, false",
    "2-4-1, 28339, false, false",
    "2-4-1, 28340, false, true",
    // and 4096 more where samples are fetched from anywhere.
    "2-4-1, 502, true, false",
    "2-4-1, 503, true, true",
    "28-64-1, 480, false, false",
    "28-64-1, 481, false, true",
    "784-1024-10, 1, false, false",
    "784-1024-10, 2, false, true",
  })
  void workIsSharedFromTwoMillionMultiplicationsOn(
      String sizes, long samples, boolean shuffled, boolean shared) {
    NetworkSpec spec = spec(sizes);
    assertThat(TileDesign.worthSharing(spec, samples, shuffled)).isEqualTo(shared);
  }

  @Test
  void modelsAreTrainedOnePerThreadIfTheyAreManyOrSmall() {
    TrainingPlan small = plan(spec(2, 4, 1), 400);
    assertThat(TileDesign.oneThreadPerModel(small, 1, 4)).isFalse();
    assertThat(TileDesign.oneThreadPerModel(small, 2, 4)).isTrue();
    TrainingPlan large = plan(spec(2, 4, 1), 100_000);
    assertThat(TileDesign.oneThreadPerModel(large, 2, 4)).isFalse();
    assertThat(TileDesign.oneThreadPerModel(large, 15, 4)).isFalse();
    assertThat(TileDesign.oneThreadPerModel(large, 16, 4)).isTrue();
  }

  private static TrainingPlan plan(NetworkSpec spec, long samples) {
    Weights initial = Weights.of(spec, new float[spec.parameterCount()]);
    Matrix features = CpuMatrix.of(new float[0], samples, spec.inputs());
    Matrix targets = CpuMatrix.of(new float[0], samples, spec.outputs());
    ModelPlan model = new ModelPlan(initial, new Optimizer.GradientDescent(0.1), 0, 0);
    return new TrainingPlan(features, targets, samples, List.of(model));
  }
}
