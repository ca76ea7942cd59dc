package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.cli.options.BackendChoice;
import org.shallownet.cli.options.CheckpointOptions;
import org.shallownet.cli.options.DevOptions;
import org.shallownet.cli.options.ModelData;
import org.shallownet.cli.options.PrecisionOption;
import org.shallownet.cli.options.RecipeOptions;
import org.shallownet.cli.options.ReportOption;
import org.shallownet.cli.options.ResultOptions;
import org.shallownet.cli.options.TensorBoardOption;
import org.shallownet.cli.options.TrainingData;
import org.shallownet.cli.output.EnsembleDisplay;
import org.shallownet.cli.output.HistoryFile;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.cli.output.ProgressDisplay;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.cli.report.Report;
import org.shallownet.cli.report.ReportedData;
import org.shallownet.cli.tensorboard.EventFiles;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.TableSource;
import org.shallownet.model.Model;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.DivergedException;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.ensemble.EnsembleSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code shallownet train}: learns from a table and saves the model. */
@Command(
    name = "train",
    description = "Learn from a table and save the model: an ensemble, or one network.")
final class TrainCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Interruption interruption;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private TrainingData table = new TrainingData();
  @Mixin private RecipeOptions recipe = new RecipeOptions();
  @Mixin private DevOptions dev = new DevOptions();
  @Mixin private BackendChoice backend = new BackendChoice();
  @Mixin private PrecisionOption precision = new PrecisionOption();

  @Option(
      names = "--from",
      paramLabel = "MODEL",
      description = "Go on from this model: its weights, shape and preprocessing.")
  private @Nullable Path from;

  @Mixin private CheckpointOptions checkpoints = new CheckpointOptions();
  @Mixin private ResultOptions results = new ResultOptions();

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Write costs and scores of every epoch to this CSV file.")
  private @Nullable Path history;

  @Mixin private TensorBoardOption tensorBoard = new TensorBoardOption();
  @Mixin private ReportOption report = new ReportOption();

  TrainCommand(Terminal terminal, Interruption interruption) {
    this.terminal = terminal;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    table.require();
    requireConsistentOptions();
    TableSource data = table.source();
    Path modelFile = results.modelFile(data);
    if (modelFile.toString().equals("-")) {
      throw refuse("a model can't be written to a terminal or pipe; name a file with --out");
    }
    OutputFiles.require(modelFile, data, dev.file());
    if (history != null) {
      OutputFiles.require(history, data, dev.file(), from);
      if (history.toAbsolutePath().normalize().equals(modelFile.toAbsolutePath().normalize())) {
        throw refuse("--history must be another file than the model, " + modelFile);
      }
      HistoryFile.requireUnused(history);
    }
    tensorBoard.require();
    Path checkpoint = checkpoints.file(modelFile, data, dev.file(), history, from);
    report.require(data, modelFile, history, dev.file(), from, checkpoint);
    Keeping keeping =
        new Keeping(results::save, modelFile, checkpoint, checkpoints, spec.commandLine());
    keeping.tellOfOther(terminal);
    backend.require(precision.name());
    Model start = from == null ? null : Model.load(from);
    if (start != null && !start.functions().isEmpty()) {
      throw new DataException(
          from
              + ": a network from another tool with "
              + start.functions().values().iterator().next().operators()
              + " can be evaluated and predicted with, but not trained on; train a new one without"
              + " --from");
    }
    if (start != null && start.isEnsemble()) {
      throw new DataException(
          from
              + ": an ensemble of "
              + start.parts().size()
              + " networks can't be trained on; train a new one without --from");
    }
    if (start != null && start.standardizer() != null && recipe.options().raw()) {
      throw refuse("--no-standardize can't be used with this --from: the model standardises");
    }

    Training training = read(start);
    if (!recipe.isOneNetwork()) {
      DevOptions.Parts parts = dev.heldBack(training.data(), seed(), table.options());
      EnsembleSettings ensemble = recipe.ensemble(parts.train(), dev.splitSeed(seed()));
      if (ensemble != null) {
        return trainEnsemble(ensemble, training, parts, keeping);
      }
      note("Effort: one network, since the table has too few rows or too many for an ensemble");
    }
    DevOptions.Parts parts = dev.split(training.data(), seed(), table.options());
    NetworkSpec network = start == null ? recipe.network(training.data()) : start.spec();
    recipe.options().requireLayers(!network.hidden().isEmpty());
    Backends.Selection selection = backend.select(precision.name(), parts.train().rows(), network);
    if (start != null && checkpoints.resume() == null) {
      note("Going on from the weights of " + from + "; the optimizer begins anew");
    }
    return train(
        selection, training, parts, recipe.settings(training.data(), network.output()), keeping);
  }

  private long seed() {
    return recipe.options().seed();
  }

  private int trainEnsemble(
      EnsembleSettings settings, Training training, DevOptions.Parts parts, Keeping keeping)
      throws IOException {
    Dataset train = parts.train();
    long parameters =
        (long) settings.networks()
            * train.network().withHidden(settings.units(), Activation.RELU).parameterCount();
    Backends.Selection selection = backend.select(precision.name(), train.rows(), parameters);
    return new EnsembleRun(terminal, interruption, table, results, recipe.effort(), keeping)
        .run(
            selection,
            settings,
            training.loaded(),
            parts,
            new EnsembleRun.Files(
                history,
                (score, warn) -> tensorBoard.open(checkpoints.resume(), score, warn),
                report));
  }

  private int train(
      Backends.Selection selection,
      Training training,
      DevOptions.Parts parts,
      TrainingSettings settings,
      Keeping keeping)
      throws IOException {
    String scoreName = TargetsTable.scoreName(parts.train());
    Unfinished unfinished = new Unfinished(terminal, keeping);
    ProgressDisplay progress = new ProgressDisplay(terminal, results.quiet(), scoreName);
    interruption.guard();
    try (Backend opened = selection.open();
        HistoryFile historyFile =
            history == null ? null : new HistoryFile(history, scoreName, progress::onWarning);
        EventFiles events =
            tensorBoard.open(checkpoints.resume(), scoreName, progress::onWarning)) {
      note("Backend: " + opened.device() + " (" + selection.reason() + ")");
      note("Settings: " + EnsembleDisplay.settings(settings));
      Trainer trainer =
          keeping
              .checkpointed(new Trainer(opened, settings))
              .listen(progress)
              .stopWhen(() -> interruption.isRequested() || recipe.effort().isTimeUp())
              .provenance(table.provenance(training.fingerprint()));
      if (historyFile != null) {
        trainer.listen(historyFile);
      }
      if (events != null) {
        trainer.listen(events).note(TensorBoardOption.NOTE, events.training());
      }
      TrainingResult result;
      try {
        Model start = training.start();
        DevOptions.Parts weighed = table.weights().weighed(parts);
        result =
            start == null
                ? trainer.fit(recipe.network(training.data()), weighed.train(), weighed.dev())
                : trainer.fit(start, weighed.train(), weighed.dev());
      } catch (DivergedException e) {
        progress.finish();
        return unfinished.diverged(e);
      } catch (TrainingFaultException e) {
        progress.finish();
        return unfinished.failed(
            e, "the best weights before that are", ", from which --from goes on");
      }
      progress.finish();
      boolean early = result.ending() == TrainingResult.Ending.INTERRUPTED;
      if (early && (interruption.isRequested() || result.bestEpoch() == 0)) {
        int exitCode =
            unfinished.brokenOff(
                interruption.isRequested(),
                result.bestEpoch() == 0 ? null : result.model(),
                "the model of epoch " + result.bestEpoch());
        if (result.bestEpoch() > 0) {
          report.write(
              new ReportOption.Notice(terminal, results.quiet(), true, ""),
              () -> page(selection, training, parts, judged(opened, training, parts, result)));
        }
        return exitCode;
      }
      String saved = keeping.saveWhole(result.model());
      NetworkSummary.Told told = judged(opened, training, parts, result);
      NetworkSummary summary = new NetworkSummary(terminal, results, table.weights().isGiven());
      report.writeAfter(
          () -> summary.tell(told, keeping.modelFile(), saved),
          new ReportOption.Notice(terminal, results.quiet(), false, keeping.afterSaving()),
          () -> page(selection, training, parts, told));
      return ExitCode.OK;
    }
  }

  private static NetworkSummary.Told judged(
      Backend opened, Training training, DevOptions.Parts parts, TrainingResult result) {
    Dataset devData = parts.dev();
    return new NetworkSummary.Told(
        opened,
        training.loaded(),
        parts.train(),
        result,
        result.model().evaluate(opened, parts.train()),
        devData == null ? null : result.model().evaluate(opened, devData));
  }

  private String page(
      Backends.Selection selection,
      Training training,
      DevOptions.Parts parts,
      NetworkSummary.Told told) {
    Map<String, Metrics> metrics = new LinkedHashMap<>(Map.of("train", told.onTrain()));
    Metrics onDev = told.onDev();
    if (onDev != null) {
      metrics.put("dev", onDev);
    }
    return new Report(told.opened(), report.typed(), Map.of("backend chosen", selection.reason()))
        .ofNetwork(
            told.result(),
            new ReportedData(parts.train(), parts.dev(), training.columns()),
            metrics);
  }

  /** What to train on, and the model to begin with if one was given. */
  private record Training(
      Dataset data, String fingerprint, List<ColumnNote> columns, @Nullable Model start) {
    TrainingData.Loaded loaded() {
      return new TrainingData.Loaded(data, fingerprint, columns);
    }
  }

  private Training read(@Nullable Model model) throws IOException {
    if (model == null) {
      TrainingData.Loaded loaded = table.read(this::note);
      return new Training(loaded.data(), loaded.fingerprint(), loaded.columns(), null);
    }
    ModelData read = table.read(model);
    note("Task: " + read.data().task() + " (the model's)");
    read.doubts().forEach(terminal::warn);
    return new Training(read.data(), read.fingerprint(), List.of(), read.model());
  }

  private void requireConsistentOptions() {
    // Mistakes in these options are found before the data is read.
    recipe.require();
    dev.require(!recipe.isOneNetwork());
    String forDevSet = recipe.options().givenForDevSet();
    if (recipe.isOneNetwork() && dev.isNone() && forDevSet != null) {
      throw refuse(forDevSet + " needs a dev set: leave it or --dev-fraction 0 out");
    }
    String given = recipe.givenNetwork();
    if (from != null && given != null) {
      throw refuse(given + " can't be used with --from: the model brings its own network");
    }
    checkpoints.require();
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
