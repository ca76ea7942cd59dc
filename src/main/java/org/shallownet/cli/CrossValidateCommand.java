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
import org.shallownet.cli.options.DevOptions;
import org.shallownet.cli.options.PrecisionOption;
import org.shallownet.cli.options.RecipeOptions;
import org.shallownet.cli.options.ReportOption;
import org.shallownet.cli.options.TrainingData;
import org.shallownet.cli.output.Baseline;
import org.shallownet.cli.output.FoldPredictions;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.cli.output.ScoresTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.cli.report.Report;
import org.shallownet.cli.report.ReportedData;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.model.Model;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.Defaults;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.ensemble.CrossValidation;
import org.shallownet.training.ensemble.EnsembleResult;
import org.shallownet.training.ensemble.EnsembleSettings;
import org.shallownet.training.ensemble.EnsembleTrainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code shallownet cross-validate}: how good what {@code train} would train is. */
@Command(
    name = "cross-validate",
    description =
        "Measure how good what train would train is on rows that it has not learned from.")
final class CrossValidateCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Interruption interruption;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private TrainingData table = new TrainingData();

  @Option(
      names = "--folds",
      paramLabel = "K",
      defaultValue = "" + Defaults.FOLDS,
      description =
          "How many parts the rows are dealt out to; each is judged by a model of all others"
              + " (default: ${DEFAULT-VALUE}).")
  private int folds = Defaults.FOLDS;

  @Option(
      names = "--repeats",
      paramLabel = "N",
      defaultValue = "" + Defaults.REPEATS,
      description = "How often the rows are dealt out anew (default: ${DEFAULT-VALUE}).")
  private int repeats = Defaults.REPEATS;

  @Option(
      names = "--dev-fraction",
      paramLabel = "F",
      description =
          "The part of the rows of each training that judges its epochs; 0 for none (default: "
              + Defaults.DEV_FRACTION
              + "). For one network: an ensemble's folds judge its epochs.")
  private @Nullable Double devFraction;

  @Option(
      names = "--predictions",
      paramLabel = "FILE",
      description = "Write what is said of each row that was not learned from to this CSV file.")
  private @Nullable Path predictions;

  @Mixin private RecipeOptions recipe = new RecipeOptions();
  @Mixin private BackendChoice backend = new BackendChoice();
  @Mixin private PrecisionOption precision = new PrecisionOption();

  @Mixin private ReportOption report = new ReportOption();

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress, only warnings and the result.")
  private boolean quiet;

  CrossValidateCommand(Terminal terminal, Interruption interruption) {
    this.terminal = terminal;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    table.require();
    recipe.require();
    if (folds < 2) {
      throw refuse("--folds must be at least 2, not " + folds);
    }
    if (repeats < 1) {
      throw refuse("--repeats must be at least 1, not " + repeats);
    }
    if (devFraction != null && !(devFraction >= 0 && devFraction < 1)) {
      throw refuse("--dev-fraction must be at least 0 and below 1, not " + devFraction);
    }
    if (predictions != null) {
      OutputFiles.require(predictions, table.source());
    }
    report.require(table.source(), predictions);
    backend.require(precision.name());
    TrainingData.Loaded loaded = table.read(this::note);
    Dataset data = loaded.data();
    Dataset weighed = table.weights().weighed(new DevOptions.Parts(data, null)).train();
    Backends.Selection selection = backend.select(precision.name(), data.rows(), parameters(data));
    interruption.guard();
    long began = System.nanoTime();
    try (Backend opened = selection.open()) {
      note("Backend: " + opened.device() + " (" + selection.reason() + ")");
      CrossValidation validation =
          new CrossValidation(opened, folds, repeats, recipe.options().seed());
      List<Report.NamedTraining> trainings = new ArrayList<>();
      List<CrossValidation.Part> parts =
          validation.run(
              weighed,
              data,
              (train, number) -> train(opened, train, number, trainings),
              this::tell);
      if (predictions != null) {
        FoldPredictions.write(opened, data, parts, predictions);
      }
      double seconds = (System.nanoTime() - began) * 1e-9;
      report.writeAfter(
          () -> tell(data, parts, seconds),
          new ReportOption.Notice(terminal, quiet, false, ""),
          () ->
              new Report(opened, report.typed(), Map.of("data", table.source().origin()))
                  .ofCrossValidation(
                      parts, trainings, new ReportedData(data, null, loaded.columns()), seconds));
    } catch (InterruptedRunException e) {
      terminal
          .err()
          .println(
              interruption.isRequested()
                  ? "Interrupted; nothing was measured."
                  : "The time was up before every fold had a network, so nothing was measured; give"
                      + " more with --time, or fewer --folds.");
      return ExitCode.INTERRUPTED;
    }
    return ExitCode.OK;
  }

  /** A training was asked to stop, so that there is nothing to compare. */
  private static final class InterruptedRunException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private long parameters(Dataset data) {
    EnsembleSettings ensemble = recipe.ensemble(data, 0);
    return ensemble == null
        ? recipe.network(data).parameterCount()
        : (long) ensemble.networks()
            * data.network().withHidden(ensemble.units(), Activation.RELU).parameterCount();
  }

  /**
   * Trains as {@code train} does.
   *
   * @param trainings gets those of all networks
   */
  private Model train(
      Backend opened, Dataset train, int number, List<Report.NamedTraining> trainings) {
    if (interruption.isRequested()) {
      throw new InterruptedRunException();
    }
    long seed = recipe.options().seed() + number;
    EnsembleSettings ensemble = recipe.ensemble(train, seed);
    Model model;
    if (ensemble != null) {
      if (devFraction != null) {
        throw refuse(
            "--dev-fraction is for one network, and folds judge the epochs of an ensemble; leave it"
                + " out, or add --effort fast");
      }
      EnsembleResult result =
          new EnsembleTrainer(opened, ensemble).stopWhen(this::mustStop).fit(train);
      model = result.model().orElse(null);
      for (EnsembleResult.MemberResult run : result.runs()) {
        String family = run.member().family().id();
        trainings.add(Report.NamedTraining.of(family, Report.INNER_FOLD, run.result()));
      }
    } else {
      DevOptions.Parts parts = parts(train, seed);
      NetworkSpec network = recipe.network(train);
      TrainingResult result =
          new Trainer(opened, recipe.settings(train, network.output()))
              .stopWhen(this::mustStop)
              .fit(network, parts.train(), parts.dev());
      // Weights that no epoch has touched say nothing.
      model = result.bestEpoch() == 0 ? null : result.model();
      trainings.add(Report.NamedTraining.of("network", "dev set", result));
    }
    if (model == null || interruption.isRequested()) {
      throw new InterruptedRunException();
    }
    return model;
  }

  private DevOptions.Parts parts(Dataset train, long seed) {
    double part = devFraction == null ? Defaults.DEV_FRACTION : devFraction;
    if (part == 0) {
      return new DevOptions.Parts(train, null);
    }
    Split split = train.split(part, seed);
    return new DevOptions.Parts(split.train(), split.dev());
  }

  private boolean mustStop() {
    return interruption.isRequested() || recipe.effort().isTimeUp();
  }

  private void tell(CrossValidation.Part part) {
    Map.Entry<String, Double> first = part.metrics().asMap().entrySet().iterator().next();
    note(
        "Fold "
            + (part.repeat() * folds + part.fold() + 1)
            + " of "
            + folds * repeats
            + ": "
            + part.rows().size()
            + " rows, "
            + first.getKey()
            + " "
            + Numbers.significant(first.getValue()));
  }

  private void tell(Dataset data, List<CrossValidation.Part> parts, double seconds) {
    Map<String, CrossValidation.Score> scores = CrossValidation.scores(parts);
    if (!json) {
      ScoresTable.print(terminal, scores);
      Baseline.warn(terminal, data, parts);
      if (predictions != null) {
        terminal.say("Predictions written to " + predictions);
      }
      return;
    }
    Baseline.warn(terminal, data, parts);
    List<Json> each = new ArrayList<>();
    for (CrossValidation.Part part : parts) {
      each.add(
          new Json()
              .put("repeat", part.repeat())
              .put("fold", part.fold())
              .put("rows", part.rows().size())
              .putNumbers("metrics", part.metrics().asMap()));
    }
    Json object =
        new Json()
            .put("task", data.task().id())
            .put("rows", data.rows())
            .put("folds", folds)
            .put("repeats", repeats)
            .put("seconds", seconds);
    ScoresTable.json(object, scores);
    terminal.out().println(object.putObjects("each", each));
  }

  private void note(String line) {
    if (!quiet) {
      terminal.note(line);
    }
  }

  private ParameterException refuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
