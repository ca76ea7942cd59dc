package org.shallownet.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.shallownet.cli.output.Terminal;

/**
 * Runs the usual commands once in one JVM, from which Java makes an archive of their classes: the
 * launcher starts it after a build. Nothing is printed.
 */
final class Rehearsal {
  private Rehearsal() {}

  /**
   * Trains on a table, and evaluates and predicts with the model.
   *
   * @param arguments the table, its target, and a folder for what the commands write
   */
  public static void main(String[] arguments) {
    VectorModule.loadFor("train");
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    String table = arguments[0];
    String target = arguments[1];
    String model = Path.of(arguments[2], "rehearsal.onnx").toString();
    String predictions = Path.of(arguments[2], "rehearsal.csv").toString();
    String[][] commands = {
      {"--version"},
      {"train", table, "--target", target, "--epochs", "2", "--out", model},
      {"train", table, "--target", target, "--patience", "1", "--out", model},
      {"evaluate", model, table, "--target", target},
      {"predict", model, table, "--out", predictions},
      {"info", model},
    };
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Terminal terminal = Terminal.plain(nowhere, nowhere);
    for (String[] command : commands) {
      int exitCode = Main.run(terminal, new Interruption(() -> {}), command);
      if (exitCode != ExitCode.OK) {
        System.exit(exitCode);
      }
    }
    System.exit(ExitCode.OK);
  }
}
