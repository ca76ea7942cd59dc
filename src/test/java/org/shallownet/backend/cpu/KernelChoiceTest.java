package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What computes tiles in JVMs of several kinds. */
class KernelChoiceTest {
  /** Prints what stands in the way of vectors. */
  static final class Print {
    private Print() {}

    public static void main(String[] arguments) {
      System.out.println(KernelChoice.AUTO.vectors() + " " + KernelChoice.obstacle());
    }
  }

  private static String choiceOf(String... options) throws IOException {
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
    assertThat(choiceOf()).startsWith("false").contains(KernelChoice.FLAG);
  }

  /** Java then computes each product and sum exactly, in BigDecimal. */
  @Test
  void withoutFusedMultiplyAddThereAreNoVectors() throws IOException {
    assertThat(choiceOf("--add-modules", "jdk.incubator.vector", "-XX:-UseFMA"))
        .isEqualTo("false this processor has no fused multiply-add");
  }
}
