package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.Backends;
import org.shallownet.backend.cpu.tiled.KernelChoice;
import org.shallownet.backend.cpu.tiled.TileDesign;
import org.shallownet.backend.cpu.tiled.TileKernels;
import org.shallownet.backend.cpu.tiled.TileKernelsTest;

/** What computes tiles in JVMs of several kinds. */
class KernelChoiceTest {
  /** Prints what computes tiles, or why there is no backend. */
  static final class Print {
    private Print() {}

    public static void main(String[] arguments) {
      try {
        Backends.open("cpu").close();
        KernelChoice.Obstacle obstacle = KernelChoice.obstacle();
        System.out.println(
            KernelChoice.fromProperty().describe()
                + ": "
                + (obstacle == null ? "no obstacle" : obstacle.text()));
      } catch (BackendUnavailableException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void withoutTheModuleThereAreNoVectors() throws IOException {
    assertThat(OwnJvm.print(Print.class, List.of()))
        .isEqualTo("plain Java: Java was started without " + KernelChoice.FLAG);
  }

  @Test
  void vectorsThatAreAskedForAndNotThereAreAFault() throws IOException {
    assertThat(OwnJvm.print(Print.class, List.of("-D" + KernelChoice.PROPERTY + "=on")))
        .isEqualTo(
            "backend 'cpu' is unavailable: the system property shallownet.cpu.vectors asks for"
                + " vectors, but Java was started without --add-modules jdk.incubator.vector; start"
                + " Java with --add-modules jdk.incubator.vector or leave out the property");
  }

  /** Java then computes each product and sum exactly, in BigDecimal. */
  @Test
  void withoutFusedMultiplyAddThereAreNoVectors() throws IOException {
    List<String> options = new ArrayList<>(OwnJvm.VECTORS);
    options.add("-XX:-UseFMA");
    assertThat(OwnJvm.print(Print.class, options))
        .isEqualTo("plain Java: this processor has no fused multiply-add");
  }

  @Test
  void vectorsOfOtherWidthsThanTheKernelsTakeAreLeftAlone() {
    assertThat(KernelChoice.obstacle(4)).isNull();
    assertThat(KernelChoice.obstacle(16)).isNull();
    assertThat(KernelChoice.obstacle(2))
        .isEqualTo(
            new KernelChoice.Obstacle(
                "this Java computes without vectors", "use a Java and a processor that have them"));
    // An ARM processor's may have up to 2,048 bits.
    assertThat(KernelChoice.obstacle(32))
        .isEqualTo(
            new KernelChoice.Obstacle(
                "the kernels aren't made for vectors of 1024 bits, only for up to 512",
                "start Java with -XX:MaxVectorSize=64"));
  }

  /** Checks the kernels and random networks by vectors. */
  static final class CheckVectors {
    private CheckVectors() {}

    public static void main(String[] arguments) {
      TileKernels kernels = KernelChoice.ON.kernels(TileDesign.VECTOR_BLOCK);
      TileKernelsTest.checkActivations(kernels);
      TileKernelsTest.checkDerivatives(kernels);
      TileKernelsTest.checkOutputs(kernels);
      TiledTrainingTest.fuzz(TiledTrainingTest.open(2, KernelChoice.ON), 20);
      System.out.println("right with " + kernels.describe());
    }
  }

  /** As on processors that have no wider ones. */
  @ParameterizedTest
  @ValueSource(ints = {16, 32})
  void narrowerVectorsComputeTheSame(int bytes) throws IOException {
    int widest = Integer.parseInt(KernelChoice.ON.describe().replaceAll("\\D.*", ""));
    assumeTrue(Byte.SIZE * bytes <= widest, "vectors here have " + widest + " bits");
    List<String> options = new ArrayList<>(OwnJvm.VECTORS);
    options.add("-XX:MaxVectorSize=" + bytes);
    assertThat(OwnJvm.print(CheckVectors.class, options))
        .isEqualTo("right with " + Byte.SIZE * bytes + "-bit vectors");
  }
}
