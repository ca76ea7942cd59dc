package org.shallownet.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.cli.options.BackendChoice;
import org.shallownet.cli.options.ModelAndRows;
import org.shallownet.cli.options.ModelData;
import org.shallownet.cli.options.ReportOption;
import org.shallownet.cli.output.ImportanceTable;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.Terminal;
import org.shallownet.cli.report.Report;
import org.shallownet.cli.report.ReportedData;
import org.shallownet.data.TableSource;
import org.shallownet.model.importance.PermutationImportance;
import org.shallownet.training.Defaults;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code shallownet explain}: which columns a model's answers depend on. */
@Command(
    name = "explain",
    description =
        "Measure which columns a model depends on: how much worse it gets when the cells of one"
            + " column are shuffled (permutation importance).")
final class ExplainCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ModelAndRows rows = new ModelAndRows();

  @Option(
      names = "--metric",
      paramLabel = "NAME",
      description =
          "The metric of evaluate that gets worse (default: log_loss for classes, rmse for a"
              + " number, r2 for several).")
  private String metric = "";

  @Option(
      names = "--repeats",
      paramLabel = "N",
      defaultValue = "" + Defaults.SHUFFLES,
      description = "How often each column is shuffled (default: ${DEFAULT-VALUE}).")
  private int repeats = Defaults.SHUFFLES;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "" + Defaults.EXPLAINED_ROWS,
      description = "Of more rows so many are drawn (default: ${DEFAULT-VALUE}).")
  private long mostRows = Defaults.EXPLAINED_ROWS;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "" + Defaults.SHUFFLE_SEED,
      description = "Decides how cells are shuffled (default: ${DEFAULT-VALUE}).")
  private long seed = Defaults.SHUFFLE_SEED;

  @Mixin private BackendChoice backend = new BackendChoice();

  @Mixin private ReportOption report = new ReportOption();

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    TableSource data = rows.source();
    requirePositive("--repeats", repeats);
    requirePositive("--rows", mostRows);
    backend.require();
    rows.require();
    report.require(data, rows.modelFile());
    ModelData read = rows.read(data, terminal);
    Backends.Selection selection = backend.select(read.data().rows(), read.model());
    try (Backend opened = selection.open()) {
      PermutationImportance importance =
          PermutationImportance.of(
              opened,
              read.model(),
              read.data(),
              new PermutationImportance.Settings(metric, repeats, seed, mostRows));
      report.writeAfter(
          () -> print(importance, read.data().rows()),
          new ReportOption.Notice(terminal, false, false, ""),
          () ->
              new Report(opened, report.typed(), Map.of("data asked about", data.origin()))
                  .ofImportance(
                      read.model(),
                      String.valueOf(rows.modelFile().getFileName()),
                      ReportedData.of(read.data()),
                      importance));
    }
    return ExitCode.OK;
  }

  private void print(PermutationImportance importance, long all) {
    if (json) {
      terminal.out().println(object(importance));
    } else {
      ImportanceTable.print(terminal, importance, all);
    }
  }

  private Json object(PermutationImportance importance) {
    List<Json> columns = new ArrayList<>();
    for (PermutationImportance.Column column : importance.columns()) {
      columns.add(
          new Json()
              .put("name", column.name())
              .put("importance", column.mean())
              .put("deviation", column.deviation()));
    }
    return new Json()
        .put("model", rows.modelFile().toString())
        .put("method", "permutation")
        .put("metric", importance.metric())
        .put("score", importance.score())
        .put("rows", importance.rows())
        .put("repeats", importance.repeats())
        .put("seed", seed)
        .putObjects("columns", columns);
  }

  private void requirePositive(String option, long value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(), option + " must be at least 1, not " + value);
    }
  }
}
