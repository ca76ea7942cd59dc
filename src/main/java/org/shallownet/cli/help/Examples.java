package org.shallownet.cli.help;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Command lines to try, which end the help of each command. */
public final class Examples {
  private static final Map<String, List<String>> OF_COMMANDS =
      Map.of(
          "train",
          List.of(
              "train examples/customers.csv --target status",
              "train examples/customers.csv --target status --hidden 16 --activation relu --out"
                  + " small.onnx",
              "train --query \"SELECT * FROM 'examples/planar.csv' WHERE x1 > 0\" --target label"),
          "cross-validate",
          List.of(
              "cross-validate examples/customers.csv --target status",
              "cross-validate examples/customers.csv --target status --folds 10 --predictions"
                  + " folds.csv"),
          "compare",
          List.of(
              "compare examples/planar.csv --target label --hidden none,4,16,64",
              "compare examples/planar.csv --target label --folds 5 --ensemble"),
          "evaluate",
          List.of(
              "evaluate customers.onnx examples/customers.csv --report page.html",
              "evaluate customers.onnx examples/customers.csv --json"),
          "explain",
          List.of(
              "explain customers.onnx examples/customers.csv",
              "explain customers.onnx examples/customers.csv --metric accuracy --repeats 20"),
          "predict",
          List.of(
              "predict customers.onnx examples/customers.csv --keep customer",
              "predict customers.onnx examples/customers.csv --probabilities --out"
                  + " predictions.csv"),
          "serve",
          List.of("serve customers.onnx", "serve customers.onnx --port 9000"),
          "info",
          List.of("info customers.onnx", "info customers.onnx --json"),
          "doctor",
          List.of("doctor", "doctor --json"));

  private static final List<String> OF_ALL =
      List.of(
          "train examples/customers.csv --target status",
          "predict customers.onnx examples/customers.csv",
          "help train");

  private Examples() {}

  /** Writes examples under the help of a command, and of all that it has. */
  public static void addTo(CommandSpec command) {
    add(command, OF_ALL);
    command
        .subcommands()
        .forEach(
            (name, sub) -> add(sub.getCommandSpec(), OF_COMMANDS.getOrDefault(name, List.of())));
  }

  private static void add(CommandSpec command, List<String> lines) {
    if (lines.isEmpty()) {
      return;
    }
    UsageMessageSpec usage = command.usageMessage();
    String program = command.root().name();
    usage.footerHeading("%nExamples:%n");
    usage.footer(
        lines.stream()
            .map(line -> "  " + (program + " " + line).replace("%", "%%"))
            .toArray(String[]::new));
  }
}
