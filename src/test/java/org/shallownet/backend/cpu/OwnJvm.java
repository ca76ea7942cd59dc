package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs a class in a JVM of its own, for what options or what was compiled before decide. */
final class OwnJvm {
  private static final String DONT_INLINE =
      "-XX:CompileCommand=dontinline,org.shallownet.backend.cpu.vector.";

  /** The launcher's options for vectors. */
  static final List<String> VECTORS =
      List.of(
          "--add-modules",
          "jdk.incubator.vector",
          "-XX:CompileCommand=quiet",
          DONT_INLINE + "VectorKernels::*",
          DONT_INLINE + "VectorOutputs::*",
          DONT_INLINE + "VectorWeightedOutputs::*");

  private OwnJvm() {}

  /** What {@code main} prints, which has to end within minutes. */
  static String print(Class<?> main, List<String> options) throws IOException {
    return print(main, options, environment -> {});
  }

  /**
   * The same in another environment.
   *
   * @param change changes the variables that this process has
   */
  static String print(Class<?> main, List<String> options, Consumer<Map<String, String>> change)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Path errors = Files.createTempFile("shallownet", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    change.accept(builder.environment());
    Process process = builder.start();
    try {
      byte[] printed = process.getInputStream().readAllBytes();
      assertThat(process.waitFor()).as(() -> said(errors)).isZero();
      return new String(printed, StandardCharsets.UTF_8).strip();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      process.destroy();
      Files.delete(errors);
    }
  }

  private static String said(Path errors) {
    try {
      return "exit status beside \"" + Files.readString(errors).strip() + "\"";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
