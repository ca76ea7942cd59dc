package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.shallownet.cli.help.Words;
import org.shallownet.cli.output.ColumnsTable;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.text.Printable;
import org.shallownet.model.Model;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code shallownet info}: what is in a model file. */
@Command(name = "info", description = "Show what is in a model file.")
final class InfoCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL", description = "The model, an .onnx file.")
  private Path modelFile = Path.of("");

  @Option(names = "--json", description = "Print it as one JSON object.")
  private boolean json;

  InfoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Model model = Model.load(modelFile);
    List<String> activations = model.activationNames();
    if (json) {
      terminal
          .out()
          .println(
              new Json()
                  .put("model", modelFile.toString())
                  .put("task", model.task().id())
                  .put("foreign", model.isForeign())
                  .put("network", model.sizes())
                  .put("activations", activations)
                  .put("output", model.outputName())
                  .put("parameters", model.parameterCount())
                  .put("features", model.featureNames())
                  .putObjects("columns", ColumnsTable.json(model.preprocessing().schema()))
                  .put("target", model.targetName())
                  .put("classes", model.classes())
                  .put("standardized", model.standardizer() != null)
                  .put("provenance", model.provenance()));
      return ExitCode.OK;
    }
    line("task", model.task().id());
    line("network", model.sizes() + ", " + model.parameterCount() + " parameters");
    line("activations", activations.isEmpty() ? "none" : String.join(", ", activations));
    line("output", model.outputName());
    if (model.isForeign()) {
      line("made by", "another tool: columns are taken by position");
      line("standardised", model.standardizer() != null ? "yes" : "no");
    } else {
      line("target", model.targetName());
      if (model.preprocessing().schema().isPlain()) {
        line("features", String.join(", ", model.featureNames()));
      } else {
        line("columns", Integer.toString(model.featureNames().size()));
        ColumnsTable.lines(model.preprocessing())
            .forEach(text -> terminal.out().println("  " + Printable.text(text)));
      }
      line("standardised", model.standardizer() != null ? "yes" : "no");
    }
    if (!model.classes().isEmpty()) {
      line("classes", String.join(", ", model.classes()));
    }
    model.provenance().forEach((name, value) -> line(name, Words.of(value)));
    return ExitCode.OK;
  }

  private void line(String name, String value) {
    terminal
        .out()
        .println(
            String.format(Locale.ROOT, "%-18s%s", Printable.text(name), Printable.text(value)));
  }
}
