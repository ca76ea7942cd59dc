package org.shallownet.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.shallownet.cli.output.Terminal;

/** Runs command lines in this process and keeps what they wrote. */
final class Cli {
  static final Path PLANAR = Path.of("examples", "planar.csv").toAbsolutePath();

  private Cli() {}

  /**
   * What a command line did.
   *
   * @param exitCode its exit status
   * @param out what it wrote to standard output
   * @param err what it wrote to standard error
   */
  record Result(int exitCode, String out, String err) {
    List<String> lines() {
      return out.lines().toList();
    }
  }

  static Result run(Object... args) {
    return run(new Interruption(() -> {}), args);
  }

  static Result run(Interruption interruption, Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    Terminal terminal =
        Terminal.plain(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    int exitCode = Main.run(terminal, interruption, words);
    return new Result(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static Path write(Path file, String... lines) {
    try {
      return Files.write(file, List.of(lines), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> read(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails as standard output does whose reader has ended. */
  static OutputStream pipeWithoutReader() {
    try {
      Pipe pipe = Pipe.open();
      pipe.source().close();
      return Channels.newOutputStream(pipe.sink());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
