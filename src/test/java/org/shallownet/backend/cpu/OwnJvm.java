package org.shallownet.backend.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    change.accept(builder.environment());
    Process process = builder.start();
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } finally {
      process.destroy();
    }
  }
}
