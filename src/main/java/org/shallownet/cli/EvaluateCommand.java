package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.cli.options.BackendChoice;
import org.shallownet.cli.options.ColumnList;
import org.shallownet.cli.options.FormatOptions;
import org.shallownet.cli.options.ModelData;
import org.shallownet.cli.options.QueryOptions;
import org.shallownet.cli.options.TrainingData;
import org.shallownet.cli.output.ClassesTable;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.MetricsTable;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.Columns;
import org.shallownet.data.TableSource;
import org.shallownet.data.Task;
import org.shallownet.model.Metrics;
import org.shallownet.model.Model;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shallownet evaluate}: how good a model is on a table. */
@Command(name = "evaluate", description = "Measure how good a model is on a table.")
final class EvaluateCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(index = "0", paramLabel = "MODEL", description = "The model, an .onnx file.")
  private Path modelFile = Path.of("");

  @Parameters(index = "1..*", arity = "0..*", paramLabel = "DATA", description = QueryOptions.FILES)
  private List<Path> files = new ArrayList<>();

  @Mixin private QueryOptions query = new QueryOptions();

  @Option(
      names = "--target",
      paramLabel = "A[,B,…]",
      converter = ColumnList.Converter.class,
      description = "The column with the truth, or several (default: what the model learned).")
  private @Nullable ColumnList target;

  @Option(
      names = "--weights",
      paramLabel = "COLUMN",
      description =
          "A column of numbers that say how much each row counts (default: all the same).")
  private @Nullable String weights;

  @Option(
      names = "--features",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "The columns for a model from another tool (default: all but the target).")
  private @Nullable ColumnList features;

  @Mixin private FormatOptions format = new FormatOptions();

  @Option(
      names = "--task",
      paramLabel = "T",
      description =
          "What a model from another tool predicts: auto, binary, multiclass, regression or"
              + " multilabel (default: auto, by its outputs and the target).")
  private String task = "auto";

  @Spec private CommandSpec command = CommandSpec.create();

  @Mixin private BackendChoice backend = new BackendChoice();

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  EvaluateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    TableSource data = query.source(files);
    backend.require("fp32");
    Task wanted = TrainingData.task(task, command);
    List<String> chosen = features == null ? null : features.names();
    Model model = Model.load(modelFile);
    ModelData read =
        ModelData.read(
            model,
            data,
            target == null ? null : target.names(),
            chosen,
            wanted,
            format.options(Columns.training(null, null).withWeights(weights)));
    read.doubts().forEach(terminal::warn);
    if (model.isForeign()) {
      terminal.note(modelFile + " is from another tool: " + read.assumption(model, wanted));
    }
    Backends.Selection selection = backend.select(read.data().rows(), read.model());
    try (Backend opened = selection.open()) {
      Metrics metrics = read.model().evaluate(opened, read.data());
      if (json) {
        terminal
            .out()
            .println(
                new Json()
                    .put("model", modelFile.toString())
                    .put("task", read.data().task().id())
                    .put("backend", opened.name())
                    .put("device", opened.device())
                    .put("rows", read.data().rows())
                    .putNumbers("metrics", metrics.asMap())
                    .putAll(ClassesTable.json(metrics))
                    .putAll(TargetsTable.json(metrics)));
      } else {
        MetricsTable.print(terminal, Map.of("data", metrics), Map.of());
        ClassesTable.print(terminal, metrics);
        TargetsTable.print(terminal, metrics);
      }
    }
    return ExitCode.OK;
  }
}
