package org.shallownet.backend.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What is known of this machine's processor. */
final class Processor {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** The model's name where the system tells it, else the architecture. */
  static String name() {
    return name(CPUINFO);
  }

  static String name(Path cpuinfo) {
    return entry(cpuinfo, "model name").orElse(System.getProperty("os.arch"));
  }

  /** Whether it is known to compute on 512 bits at once. */
  static boolean hasAvx512() {
    return hasAvx512(CPUINFO);
  }

  static boolean hasAvx512(Path cpuinfo) {
    String flags = entry(cpuinfo, "flags").orElse("");
    return List.of(flags.split(" ", -1)).contains("avx512f");
  }

  private static Optional<String> entry(Path cpuinfo, String key) {
    if (!Files.isReadable(cpuinfo)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(cpuinfo)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .filter(value -> !value.isEmpty())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
