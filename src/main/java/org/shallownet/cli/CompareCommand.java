package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.backend.device.BackendException;
import org.shallownet.cli.options.BackendChoice;
import org.shallownet.cli.options.CheckpointOptions;
import org.shallownet.cli.options.DevOptions;
import org.shallownet.cli.options.GridOptions;
import org.shallownet.cli.options.InitializerOption;
import org.shallownet.cli.options.PrecisionOption;
import org.shallownet.cli.options.ResultOptions;
import org.shallownet.cli.options.SettingsOptions;
import org.shallownet.cli.options.TrainingData;
import org.shallownet.cli.output.Candidates;
import org.shallownet.cli.output.ColumnsTable;
import org.shallownet.cli.output.ComparisonDisplay;
import org.shallownet.cli.output.ComparisonJson;
import org.shallownet.cli.output.ComparisonTable;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.MetricsTable;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.cli.output.RareClasses;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Dataset;
import org.shallownet.model.Metrics;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.training.Candidate;
import org.shallownet.training.Comparison;
import org.shallownet.training.ComparisonFaultException;
import org.shallownet.training.ComparisonResult;
import org.shallownet.training.ComparisonResult.Run;
import org.shallownet.training.ComparisonResult.Standing;
import org.shallownet.training.Defaults;
import org.shallownet.training.TrainingSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code shallownet compare}: trains many networks at once and saves the best. */
@Command(
    name = "compare",
    description =
        "Train many networks at once, rank them by their cost on a dev set and save the best.")
final class CompareCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(CompareCommand.class);

  private final Terminal terminal;
  private final Interruption interruption;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private TrainingData table = new TrainingData();
  @Mixin private GridOptions grid = new GridOptions();
  @Mixin private InitializerOption init = new InitializerOption();
  @Mixin private SettingsOptions options = new SettingsOptions();
  @Mixin private DevOptions dev = new DevOptions();
  @Mixin private BackendChoice backend = new BackendChoice();
  @Mixin private PrecisionOption precision = new PrecisionOption();
  @Mixin private CheckpointOptions checkpoints = new CheckpointOptions();
  @Mixin private ResultOptions results = new ResultOptions();

  CompareCommand(Terminal terminal, Interruption interruption) {
    this.terminal = terminal;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    requireConsistentOptions();
    Path modelFile = results.modelFile(table.source());
    if (modelFile.toString().equals("-")) {
      throw refuse("a model can't be written to a terminal or pipe; name a file with --out");
    }
    OutputFiles.require(modelFile, table.source(), dev.file());
    Path checkpoint = checkpoints.file(modelFile, table.source(), dev.file());
    Keeping keeping =
        new Keeping(results, modelFile, checkpoint, checkpoints.resume(), spec.commandLine());
    keeping.tellOfOther(terminal);
    backend.require(precision.name());

    TrainingData.Loaded loaded = table.read(this::note);
    Dataset data = loaded.data();
    DevOptions.Parts parts = dev.split(data, options.seed(), table.options());
    TrainingSettings settings = options.settings(data, init.initializer());
    List<Candidate> candidates = grid.candidates(data.network(), settings);
    // Where the largest would be trained alone, since its results are to be the same as there.
    NetworkSpec largest =
        candidates.stream()
            .map(Candidate::network)
            .max(Comparator.comparingInt(NetworkSpec::parameterCount))
            .orElseThrow();
    Backends.Selection selection = backend.select(precision.name(), parts.train().rows(), largest);

    String scoreName = TargetsTable.scoreName(data);
    ComparisonDisplay display =
        new ComparisonDisplay(terminal, results.quiet(), scoreName, candidates);
    interruption.guard();
    try (Backend opened = selection.open()) {
      note("Backend: " + opened.device() + " (" + selection.reason() + ")");
      int networks = candidates.size() * grid.seeds();
      Comparison comparison =
          new Comparison(opened, settings)
              .listen(display)
              .stopWhen(interruption::isRequested)
              .provenance("data", table.source().origin())
              .provenance("data_fingerprint", loaded.fingerprint())
              .provenance("best_of", networks + " networks");
      table.weights().provenance().forEach(comparison::provenance);
      if (checkpoint != null) {
        comparison.checkpoint(checkpoint, checkpoints.schedule());
      }
      if (checkpoints.resume() != null) {
        comparison.resume(checkpoints.resume());
      }
      Dataset train = parts.train();
      Dataset devData = Objects.requireNonNull(parts.dev());
      DevOptions.Parts weighed = table.weights().weighed(parts);
      ComparisonResult result;
      ComparisonFaultException fault = null;
      try {
        result =
            comparison.run(
                candidates, grid.seeds(), weighed.train(), Objects.requireNonNull(weighed.dev()));
      } catch (ComparisonFaultException e) {
        result = e.result();
        fault = e;
      }
      display.finish();
      return report(
          new Report(opened, loaded.columns(), train, devData, result, scoreName, networks, fault),
          keeping);
    }
  }

  private void requireConsistentOptions() {
    table.require();
    dev.require(false);
    checkpoints.require();
    if (dev.isNone()) {
      throw refuse(
          "a comparison needs a dev set to judge by; leave --dev-fraction 0 out or give --dev"
              + " FILE");
    }
    // Mistakes in these options are found before the data is read.
    TrainingSettings settings = options.settings(TrainingSettings.defaults(), init.initializer());
    List<Candidate> candidates =
        grid.candidates(NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1), settings);
    options.requireLayers(candidates.stream().anyMatch(one -> !one.network().hidden().isEmpty()));
  }

  /** What there is to report. */
  private record Report(
      Backend opened,
      List<ColumnNote> columns,
      Dataset train,
      Dataset dev,
      ComparisonResult result,
      String scoreName,
      int networks,
      @Nullable ComparisonFaultException fault) {}

  private int report(Report report, Keeping keeping) throws IOException {
    ComparisonResult result = report.result();
    ComparisonFaultException fault = report.fault();
    Optional<Standing> first = result.best();
    Run best = first.flatMap(Standing::best).orElse(null);
    boolean whole = !result.isInterrupted() && (fault == null || fault.isOutOfMemory());
    Path saved = null;
    String said = "";
    if (best != null) {
      Model model = best.result().model();
      if (whole) {
        said = keeping.saveWhole(model);
        saved = keeping.modelFile();
      } else {
        saved = keeping.saveUnfinished(model);
        said = "Model saved to " + saved + keeping.besideOther(saved);
      }
    }
    Map<String, Metrics> metrics = metrics(report, best);
    if (results.json()) {
      terminal.out().println(json(report, best, metrics, saved));
    } else {
      ComparisonTable.print(terminal, result, report.scoreName());
      if (first.isPresent() && best != null) {
        printBest(report, first.get(), best, metrics);
        terminal.out().println(said);
      }
    }
    if (fault != null && !fault.isOutOfMemory()) {
      LOG.debug("the comparison ended", fault);
      terminal.error(failure(report, fault, saved) + keeping.goOn());
      return Failures.exitCode(fault.reason());
    }
    if (fault != null) {
      terminal.error(tooLarge(result, fault));
    }
    if (result.isInterrupted()) {
      terminal.note(
          (saved == null
                  ? "Interrupted before the first epoch ended; nothing was saved."
                  : "Interrupted; the best model so far is in " + saved + ".")
              + keeping.goOn());
      return ExitCode.INTERRUPTED;
    }
    if (fault != null) {
      return ExitCode.MEMORY;
    }
    if (best == null) {
      keeping.discardCheckpoint();
      terminal.error(
          "every network diverged, so nothing was saved; try lower learning rates with"
              + " --learning-rates.");
      return ExitCode.DIVERGED;
    }
    return ExitCode.OK;
  }

  private static String failure(
      Report report, ComparisonFaultException fault, @Nullable Path modelFile) {
    int failed = report.result().ranking().stream().mapToInt(Standing::failed).sum();
    return fault.getMessage()
        + "; by then "
        + (report.networks() - failed)
        + " of "
        + report.networks()
        + " networks had ended, "
        + (modelFile == null
            ? "and nothing was saved."
            : "and the best model so far is in " + modelFile + ".");
  }

  private static String tooLarge(ComparisonResult result, ComparisonFaultException fault) {
    String names =
        result.ranking().stream()
            .filter(standing -> standing.failed() > 0)
            .map(standing -> Candidates.name(standing.candidate()))
            .collect(Collectors.joining(" and "));
    return "the memory does not hold "
        + names
        + ", so only the others were trained"
        + (result.best().isPresent() ? "" : ", without a result to save")
        + ": "
        + fault.reason().getMessage()
        + ".";
  }

  private static Map<String, Metrics> metrics(Report report, @Nullable Run best) {
    Map<String, Metrics> metrics = new LinkedHashMap<>();
    // A backend that has failed computes no more.
    ComparisonFaultException fault = report.fault();
    if (best != null && (fault == null || !(fault.reason() instanceof BackendException))) {
      Model model = best.result().model();
      metrics.put("train", model.evaluate(report.opened(), report.train()));
      metrics.put("dev", model.evaluate(report.opened(), report.dev()));
    }
    return metrics;
  }

  private void printBest(Report report, Standing first, Run best, Map<String, Metrics> metrics) {
    ComparisonResult result = report.result();
    note(
        "Trained "
            + report.networks()
            + " networks in "
            + Numbers.duration(result.seconds())
            + ", "
            + Numbers.count(result.samplesPerSecond())
            + " samples/s");
    terminal
        .out()
        .println(
            "\nBest: "
                + Candidates.name(first.candidate())
                + ", seed "
                + best.seed()
                + ", epoch "
                + best.result().bestEpoch());
    if (!metrics.isEmpty()) {
      MetricsTable.print(terminal, metrics, Map.of());
      Metrics onDev = Objects.requireNonNull(metrics.get("dev"));
      TargetsTable.print(terminal, onDev);
      if (!table.weights().isGiven()) {
        RareClasses.sentences(onDev, "dev").forEach(this::note);
      }
    }
    if (first.runs().size() == 1) {
      note(
          "With one seed nobody can tell how much of the differences is chance; --seeds "
              + Defaults.SEEDS
              + " shows"
              + " it.");
    }
    if (report.networks() > 1) {
      note(
          "The dev scores of the best of "
              + report.networks()
              + " are optimistic, since they made it the best; judge it on rows that it has not"
              + " seen, with shallownet evaluate.");
    }
  }

  private static Json json(
      Report report, @Nullable Run best, Map<String, Metrics> metrics, @Nullable Path modelFile) {
    ComparisonResult result = report.result();
    Json json =
        new Json()
            .put("backend", report.opened().name())
            .put("device", report.opened().device())
            .put("engine", result.engine())
            .put("rows", report.train().rows())
            .put("dev_rows", report.dev().rows())
            .put("features", report.train().featureNames().size())
            .putObjects("columns", ColumnsTable.json(report.columns()))
            .put("networks", report.networks())
            .put("seconds", result.seconds())
            .put("samples_per_second", result.samplesPerSecond())
            .put("interrupted", result.isInterrupted())
            .putObjects("ranking", ComparisonJson.ranking(result, report.scoreName()))
            .put("best_seed", best == null ? null : best.seed())
            .put("model", modelFile == null ? null : modelFile.toString());
    for (String part : List.of("train", "dev")) {
      Metrics measured = metrics.get(part);
      json.putNumbers(part, measured == null ? null : measured.asMap());
    }
    return json;
  }

  private void note(String line) {
    if (!results.quiet()) {
      terminal.note(line);
    }
  }

  private ParameterException refuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
