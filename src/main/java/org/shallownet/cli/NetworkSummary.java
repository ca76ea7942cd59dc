package org.shallownet.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.cli.options.ResultOptions;
import org.shallownet.cli.options.TrainingData;
import org.shallownet.cli.output.Baseline;
import org.shallownet.cli.output.ColumnsTable;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.MetricsTable;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.output.RareClasses;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.Dataset;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.TrainingResult;

/** The part of {@code train} that tells what came of one network. */
final class NetworkSummary {
  private final Terminal terminal;
  private final ResultOptions results;
  private final boolean weighted;

  /**
   * A summary.
   *
   * @param weighted whether the user gave weights
   */
  NetworkSummary(Terminal terminal, ResultOptions results, boolean weighted) {
    this.terminal = terminal;
    this.results = results;
    this.weighted = weighted;
  }

  /**
   * What there is to tell.
   *
   * @param train what it learned from
   * @param onTrain how good it is on these rows
   * @param onDev how good it is on the dev set; null without one
   */
  record Told(
      Backend opened,
      TrainingData.Loaded loaded,
      Dataset train,
      TrainingResult result,
      Metrics onTrain,
      @Nullable Metrics onDev) {}

  /**
   * Prints it.
   *
   * @param saved what became of the model, a sentence without its full stop
   */
  void tell(Told told, Path modelFile, String saved) {
    Backend opened = told.opened();
    Dataset train = told.train();
    TrainingResult result = told.result();
    Metrics onTrain = told.onTrain();
    Metrics onDev = told.onDev();
    Metrics judged = onDev == null ? onTrain : onDev;
    double cost = result.trainCost();
    if (results.json()) {
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
                  .putObjects("columns", ColumnsTable.json(told.loaded().columns()))
                  .put("epochs", result.epochs())
                  .put("seconds", result.seconds())
                  .put("samples_per_second", result.samplesPerSecond())
                  .put("cost", cost)
                  .put("model", modelFile.toString())
                  .putNumbers("train", onTrain.asMap())
                  .putNumbers("dev", onDev == null ? null : onDev.asMap())
                  .putAll(TargetsTable.json(judged)));
      return;
    }
    boolean early = result.ending() == TrainingResult.Ending.STOPPED_EARLY;
    boolean timeUp = result.ending() == TrainingResult.Ending.INTERRUPTED;
    note(
        "Trained "
            + result.epochs()
            + (result.epochs() == 1 ? " epoch in " : " epochs in ")
            + Numbers.duration(result.seconds())
            + ", "
            + Numbers.count(result.samplesPerSecond())
            + " rows/s"
            + (early ? "; the dev cost fell no further" : "")
            + (timeUp ? "; the time was up" : "")
            + (onDev == null ? "" : "; best is epoch " + result.bestEpoch()));
    Map<String, Metrics> columns = new LinkedHashMap<>();
    columns.put("train", onTrain);
    if (onDev != null) {
      columns.put("dev", onDev);
    }
    MetricsTable.print(terminal, columns, Map.of("train", cost));
    TargetsTable.print(terminal, judged);
    Baseline.warn(terminal, judged, Baseline.Advice.OF_TRAINING);
    if (!weighted) {
      RareClasses.sentences(judged, onDev == null ? "learned from" : "of the dev set")
          .forEach(this::note);
    }
    terminal.say(saved);
  }

  private void note(String line) {
    if (!results.quiet()) {
      terminal.note(line);
    }
  }
}
