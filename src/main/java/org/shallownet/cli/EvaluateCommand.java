package org.shallownet.cli;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.cli.options.BackendChoice;
import org.shallownet.cli.options.ModelAndRows;
import org.shallownet.cli.options.ModelData;
import org.shallownet.cli.options.ReportOption;
import org.shallownet.cli.output.Baseline;
import org.shallownet.cli.output.ClassesTable;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.MetricsTable;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.cli.report.Report;
import org.shallownet.cli.report.ReportedData;
import org.shallownet.data.TableSource;
import org.shallownet.model.metrics.Metrics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code shallownet evaluate}: how good a model is on a table. */
@Command(name = "evaluate", description = "Measure how good a model is on a table.")
final class EvaluateCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private ModelAndRows rows = new ModelAndRows();

  @Mixin private BackendChoice backend = new BackendChoice();

  @Mixin private ReportOption report = new ReportOption();

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  EvaluateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    TableSource data = rows.source();
    backend.require();
    rows.require();
    report.require(data, rows.modelFile());
    ModelData read = rows.read(data, terminal);
    Backends.Selection selection = backend.select(read.data().rows(), read.model());
    try (Backend opened = selection.open()) {
      Metrics metrics = read.model().evaluate(opened, read.data());
      report.writeAfter(
          () -> print(read, opened, metrics),
          new ReportOption.Notice(terminal, false, false, ""),
          () ->
              new Report(opened, report.typed(), Map.of("data evaluated", data.origin()))
                  .ofEvaluation(
                      read.model(),
                      String.valueOf(rows.modelFile().getFileName()),
                      ReportedData.of(read.data()),
                      metrics));
    }
    return ExitCode.OK;
  }

  private void print(ModelData read, Backend opened, Metrics metrics) {
    if (json) {
      terminal
          .out()
          .println(
              new Json()
                  .put("model", rows.modelFile().toString())
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
    Baseline.warn(terminal, metrics, Baseline.Advice.OF_EVALUATION);
  }
}
