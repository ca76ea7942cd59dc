package org.shallownet.backend.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.shallownet.backend.cpu.tiled.KernelChoice;

/** Runs a class in a JVM of its own, for what options or what was compiled before decide. */
final class OwnJvm {
  /** Options for vectors. */
  static final List<String> VECTORS = List.of(KernelChoice.FLAG.split(" ", 2));

  private OwnJvm() {}

  /** What {@code main} prints, which has to end within minutes. */
  static String print(Class<?> main, List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } finally {
      process.destroy();
    }
  }
}
