package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.cli.options.DevOptions;
import org.shallownet.cli.options.EffortOptions;
import org.shallownet.cli.options.ReportOption;
import org.shallownet.cli.options.ResultOptions;
import org.shallownet.cli.options.TensorBoardOption;
import org.shallownet.cli.options.TrainingData;
import org.shallownet.cli.output.Baseline;
import org.shallownet.cli.output.ColumnsTable;
import org.shallownet.cli.output.EnsembleDisplay;
import org.shallownet.cli.output.HistoryFile;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.MetricsTable;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.output.RareClasses;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.cli.report.Report;
import org.shallownet.cli.report.ReportedData;
import org.shallownet.cli.tensorboard.EventFiles;
import org.shallownet.data.Dataset;
import org.shallownet.model.Model;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.DivergedException;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.ensemble.EnsembleResult;
import org.shallownet.training.ensemble.EnsembleSettings;
import org.shallownet.training.ensemble.EnsembleTrainer;

/** The part of {@code train} that trains an ensemble and tells of it. */
final class EnsembleRun {
  private static final String CROSS_VALIDATED = "folds";

  private final Terminal terminal;
  private final Interruption interruption;
  private final TrainingData table;
  private final ResultOptions results;
  private final EffortOptions effort;
  private final Keeping keeping;

  EnsembleRun(
      Terminal terminal,
      Interruption interruption,
      TrainingData table,
      ResultOptions results,
      EffortOptions effort,
      Keeping keeping) {
    this.terminal = terminal;
    this.interruption = interruption;
    this.table = table;
    this.results = results;
    this.effort = effort;
    this.keeping = keeping;
  }

  /**
   * What is written beside the model.
   *
   * @param history where the epochs of all networks go; null for nowhere
   * @param events opens TensorBoard's files for a score and for who hears of trouble
   * @param report the page that was asked for, if any
   */
  record Files(
      @Nullable Path history,
      BiFunction<String, Consumer<String>, @Nullable EventFiles> events,
      ReportOption report) {}

  /**
   * Trains, saves the model and says how good it is.
   *
   * @param parts what to learn from, and what to judge the result by, if anything
   * @param files what is written beside the model
   * @return the exit code
   */
  int run(
      Backends.Selection selection,
      EnsembleSettings settings,
      TrainingData.Loaded loaded,
      DevOptions.Parts parts,
      Files files)
      throws IOException {
    Path history = files.history();
    Unfinished unfinished = new Unfinished(terminal, keeping);
    EnsembleDisplay display = new EnsembleDisplay(terminal, results.quiet());
    String scoreName = TargetsTable.scoreName(parts.train());
    interruption.guard();
    try (Backend opened = selection.open();
        HistoryFile file =
            history == null ? null : new HistoryFile(history, scoreName, display::onWarning);
        EventFiles events = files.events().apply(scoreName, display::onWarning)) {
      note("Backend: " + opened.device() + " (" + selection.reason() + ")");
      EnsembleTrainer trainer =
          keeping
              .checkpointed(new EnsembleTrainer(opened, settings))
              .listen(display)
              .stopWhen(() -> interruption.isRequested() || effort.isTimeUp())
              .provenance(table.provenance(loaded.fingerprint()));
      if (file != null) {
        trainer.listen(file);
      }
      if (events != null) {
        trainer.listen(events).note(TensorBoardOption.NOTE, events.training());
      }
      EnsembleResult result;
      try {
        result = trainer.fit(table.weights().weighed(parts).train());
      } catch (DivergedException e) {
        display.finish();
        return unfinished.diverged(e);
      } catch (TrainingFaultException e) {
        display.finish();
        return unfinished.failed(e, "an ensemble of the networks before that is", "");
      }
      display.finish();
      Model model = result.model().orElse(null);
      if (model == null || interruption.isRequested()) {
        int exitCode = unfinished.brokenOff(interruption.isRequested(), model, "the best so far");
        if (model != null) {
          Trained trained = new Trained(result, model);
          files
              .report()
              .write(
                  new ReportOption.Notice(terminal, results.quiet(), true, ""),
                  () ->
                      page(
                          opened,
                          files.report(),
                          loaded,
                          parts,
                          trained,
                          metrics(opened, parts, trained)));
        }
        return exitCode;
      }
      return save(opened, loaded, parts, new Trained(result, model), files.report());
    }
  }

  /** What came of the training: its model is there. */
  private record Trained(EnsembleResult result, Model model) {}

  private int save(
      Backend opened,
      TrainingData.Loaded loaded,
      DevOptions.Parts parts,
      Trained trained,
      ReportOption report)
      throws IOException {
    EnsembleResult result = trained.result();
    String saved = keeping.saveWhole(trained.model());
    Map<String, Metrics> columns = metrics(opened, parts, trained);
    Runnable printing =
        results.json()
            ? () -> json(opened, loaded, parts.train(), result, columns)
            : () -> tell(parts.train(), result, columns, saved);
    report.writeAfter(
        printing,
        new ReportOption.Notice(terminal, results.quiet(), false, keeping.afterSaving()),
        () -> page(opened, report, loaded, parts, trained, columns));
    return ExitCode.OK;
  }

  private static Map<String, Metrics> metrics(
      Backend opened, DevOptions.Parts parts, Trained trained) {
    Map<String, Metrics> columns = new LinkedHashMap<>();
    columns.put("train", trained.model().evaluate(opened, parts.train()));
    columns.put(CROSS_VALIDATED, trained.result().crossValidation(parts.train()));
    Dataset dev = parts.dev();
    if (dev != null) {
      columns.put("dev", trained.model().evaluate(opened, dev));
    }
    return columns;
  }

  private static String page(
      Backend opened,
      ReportOption report,
      TrainingData.Loaded loaded,
      DevOptions.Parts parts,
      Trained trained,
      Map<String, Metrics> columns) {
    return new Report(opened, report.typed(), Map.of())
        .ofEnsemble(
            trained.result(),
            new ReportedData(parts.train(), parts.dev(), loaded.columns()),
            columns);
  }

  private void tell(
      Dataset train, EnsembleResult result, Map<String, Metrics> columns, String saved) {
    note(
        "Trained "
            + result.runs().size()
            + (result.runs().size() == 1 ? " network, " : " networks, ")
            + result.epochs()
            + " epochs at most, in "
            + Numbers.duration(result.seconds())
            + ", "
            + Numbers.count(result.samplesPerSecond())
            + " rows/s"
            + (result.isInterrupted() ? "; the time was up" : ""));
    note("Shares: " + shares(result));
    boolean all = result.judgedRows() == train.rows();
    note(
        CROSS_VALIDATED
            + ": cross-validated, "
            + (all ? "each row" : "each of " + result.judgedRows() + " rows")
            + " by the networks that have not learned from it");
    MetricsTable.print(terminal, columns, Map.of());
    Metrics judged = judged(columns);
    TargetsTable.print(terminal, judged);
    Baseline.warn(terminal, judged, Baseline.Advice.OF_TRAINING);
    if (!table.weights().isGiven()) {
      RareClasses.sentences(judged, "that judged").forEach(this::note);
    }
    terminal.say(saved);
  }

  private static Metrics judged(Map<String, Metrics> columns) {
    Metrics judged = columns.get(CROSS_VALIDATED);
    if (judged == null) {
      throw new IllegalStateException("an ensemble is cross-validated");
    }
    return judged;
  }

  private static String shares(EnsembleResult result) {
    return result.shares().entrySet().stream()
        .map(entry -> entry.getKey().id() + " " + Numbers.exact(entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  private void json(
      Backend opened,
      TrainingData.Loaded loaded,
      Dataset train,
      EnsembleResult result,
      Map<String, Metrics> columns) {
    List<Json> families = new ArrayList<>();
    result
        .shares()
        .forEach(
            (family, share) ->
                families.add(new Json().put("family", family.id()).put("share", share)));
    Metrics dev = columns.get("dev");
    Metrics judged = judged(columns);
    Baseline.warn(terminal, judged, Baseline.Advice.OF_TRAINING);
    terminal
        .out()
        .println(
            new Json()
                .put("backend", opened.name())
                .put("device", opened.device())
                .put("engine", result.engine())
                .put("rows", train.rows())
                .put("features", train.featureNames().size())
                .putObjects("columns", ColumnsTable.json(loaded.columns()))
                .put("networks", result.runs().size())
                .putObjects("families", families)
                .put("epochs", result.epochs())
                .put("seconds", result.seconds())
                .put("samples_per_second", result.samplesPerSecond())
                .put("model", keeping.modelFile().toString())
                .putNumbers("train", columns.getOrDefault("train", judged).asMap())
                .putNumbers("cross_validation", judged.asMap())
                .put("cross_validation_rows", result.judgedRows())
                .putNumbers("dev", dev == null ? null : dev.asMap())
                .putAll(TargetsTable.json(judged)));
  }

  private void note(String line) {
    if (!results.quiet()) {
      terminal.note(line);
    }
  }
}
