package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.Backends;

/** What computes tiles in JVMs of several kinds. */
class KernelChoiceTest {
  private static final String[] MODULE = KernelChoice.FLAG.split(" ");

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

  private static String print(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Print.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void withoutTheModuleThereAreNoVectors() throws IOException {
    assertThat(print()).isEqualTo("plain Java: Java was started without " + KernelChoice.FLAG);
  }

  @Test
  void vectorsThatAreAskedForAndNotThereAreAFault() throws IOException {
    assertThat(print("-D" + KernelChoice.PROPERTY + "=on"))
        .isEqualTo(
            "backend 'cpu' is unavailable: the system property shallownet.cpu.vectors asks for"
                + " vectors, but Java was started without --add-modules jdk.incubator.vector; start"
                + " Java with --add-modules jdk.incubator.vector or leave out the property");
  }

  /** Java then computes each product and sum exactly, in BigDecimal. */
  @Test
  void withoutFusedMultiplyAddThereAreNoVectors() throws IOException {
    assertThat(print(MODULE[0], MODULE[1], "-XX:-UseFMA"))
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
}
