package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.cli.options.BackendChoice;
import org.shallownet.cli.options.CheckpointOptions;
import org.shallownet.cli.options.DevOptions;
import org.shallownet.cli.options.GridOptions;
import org.shallownet.cli.options.InitializerOption;
import org.shallownet.cli.options.JudgeOptions;
import org.shallownet.cli.options.PrecisionOption;
import org.shallownet.cli.options.ReportOption;
import org.shallownet.cli.options.ResultOptions;
import org.shallownet.cli.options.SettingsOptions;
import org.shallownet.cli.options.TrainingData;
import org.shallownet.cli.output.ComparisonDisplay;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.cli.output.ProgressDisplay;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.training.Defaults;
import org.shallownet.training.DivergedException;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.Comparison;
import org.shallownet.training.comparison.ComparisonFaultException;
import org.shallownet.training.comparison.ComparisonResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code shallownet compare}: trains many networks at once and saves the best. */
@Command(
    name = "compare",
    description =
        "Train many networks at once, rank them by their cost on a dev set or folds and save the"
            + " best, or an ensemble.")
final class CompareCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Interruption interruption;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private TrainingData table = new TrainingData();
  @Mixin private GridOptions grid = new GridOptions();
  @Mixin private InitializerOption init = new InitializerOption();
  @Mixin private SettingsOptions options = new SettingsOptions();
  @Mixin private JudgeOptions judge = new JudgeOptions();
  @Mixin private DevOptions dev = new DevOptions();
  @Mixin private BackendChoice backend = new BackendChoice();
  @Mixin private PrecisionOption precision = new PrecisionOption();
  @Mixin private CheckpointOptions checkpoints = new CheckpointOptions();
  @Mixin private ResultOptions results = new ResultOptions();

  @Mixin private ReportOption report = new ReportOption();

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
    report.require(table.source(), modelFile, dev.file(), checkpoint);
    Keeping keeping =
        new Keeping(results::save, modelFile, checkpoint, checkpoints, spec.commandLine());
    keeping.tellOfOther(terminal);
    backend.require(precision.name());

    TrainingData.Loaded loaded = table.read(this::note);
    ComparedData data = divide(loaded.data());
    NetworkSpec plain = options.network(loaded.data());
    TrainingSettings settings =
        options.settings(standard(loaded.data()), plain.output(), init.initializer());
    List<Candidate> candidates = grid.candidates(plain, settings, judge.count());
    // Where the largest would be trained alone, since its results are to be the same as there.
    NetworkSpec largest =
        candidates.stream()
            .map(Candidate::network)
            .max(Comparator.comparingInt(NetworkSpec::parameterCount))
            .orElseThrow();
    Backends.Selection selection = backend.select(precision.name(), data.train().rows(), largest);

    interruption.guard();
    try (Backend opened = selection.open()) {
      note("Backend: " + opened.device() + " (" + selection.reason() + ")");
      Comparing training =
          new Comparing(opened, settings, data, provenance(loaded, candidates.size(), data));
      ComparisonEnding ending = compare(training, candidates, keeping);
      WinnerChoice choice = new WinnerChoice(opened, data);
      Winner winner = null;
      boolean again = data.folds() != null && !judge.ensemble() && ending.isWhole();
      try {
        if (judge.ensemble() && ending.isDeviceSound()) {
          winner = choice.ensemble(ending.result());
        } else if (again) {
          winner =
              choice.again(
                  ending.result(),
                  (candidate, seed, epochs) -> again(training, candidate, seed, epochs));
        }
      } catch (TrainingFaultException e) {
        ending = ending.failed(e);
      } catch (RuntimeException | Error e) {
        // Whatever it is, the comparison's networks must not go with it.
        ending = ending.failed(new TrainingFaultException(ending.epochs(), null, e));
      }
      if (again && winner == null && interruption.isRequested()) {
        ending = ending.brokenOff();
      }
      if (winner == null) {
        winner = choice.network(ending.result());
      }
      return new ComparisonReport(
              terminal, results, keeping, table.weights().isGiven(), loaded.columns(), report)
          .report(opened, data, ending, winner);
    }
  }

  /** How networks are trained where no option says otherwise. */
  private TrainingSettings standard(Dataset data) {
    TrainingSettings settings = Defaults.settings(data);
    return judge.folds() == null ? settings : Defaults.searching(settings);
  }

  private int seeds() {
    return grid.seeds(judge.folds() != null);
  }

  private void requireConsistentOptions() {
    table.require();
    judge.require();
    dev.require(judge.folds() != null);
    checkpoints.require();
    if (judge.folds() == null && dev.isNone()) {
      throw refuse(
          "a comparison needs a dev set to judge by; leave --dev-fraction 0 out or give --dev"
              + " FILE");
    }
    // Mistakes in these options are found before the data is read.
    TrainingSettings settings = options.settings(TrainingSettings.defaults(), init.initializer());
    List<Candidate> candidates =
        grid.candidates(
            NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1), settings, judge.count());
    options.requireLayers(candidates.stream().anyMatch(one -> !one.network().hidden().isEmpty()));
  }

  private ComparedData divide(Dataset data) throws IOException {
    Integer count = judge.folds();
    long seed = options.seed();
    if (count == null) {
      DevOptions.Parts parts = dev.split(data, seed, table.options());
      return new ComparedData(parts, table.weights().weighed(parts), null);
    }
    DevOptions.Parts parts = dev.heldBack(data, seed, table.options());
    DevOptions.Parts weighed = table.weights().weighed(parts);
    Folds folds = Folds.stratified(weighed.train(), count, dev.splitSeed(seed), 0);
    return new ComparedData(parts, weighed, folds);
  }

  private Map<String, String> provenance(
      TrainingData.Loaded loaded, int candidates, ComparedData data) {
    Map<String, String> entries = table.provenance(loaded.fingerprint());
    entries.put("best_of", candidates * seeds() * Math.max(1, judge.count()) + " networks");
    if (data.folds() != null) {
      entries.put("folds", Integer.toString(data.folds().count()));
      entries.put("fold_seed", Long.toString(dev.splitSeed(options.seed())));
    }
    return entries;
  }

  /** What is trained on what. */
  private record Comparing(
      Backend opened,
      TrainingSettings settings,
      ComparedData data,
      Map<String, String> provenance) {}

  private ComparisonEnding compare(
      Comparing training, List<Candidate> candidates, Keeping keeping) {
    ComparedData data = training.data();
    ComparisonDisplay display =
        new ComparisonDisplay(
            terminal, results.quiet(), TargetsTable.scoreName(data.train()), candidates);
    Comparison comparison =
        keeping
            .checkpointed(new Comparison(training.opened(), training.settings()))
            .listen(display)
            .stopWhen(interruption::isRequested)
            .provenance(training.provenance());
    try {
      Dataset rows = data.weighed().train();
      ComparisonResult result =
          data.folds() == null
              ? comparison.run(candidates, seeds(), rows, data.weighedDev())
              : comparison.run(candidates, seeds(), rows, data.folds());
      return new ComparisonEnding(result, null, result.isInterrupted());
    } catch (ComparisonFaultException e) {
      return new ComparisonEnding(e.result(), e, e.result().isInterrupted());
    } finally {
      display.finish();
    }
  }

  private @Nullable Model again(Comparing training, Candidate candidate, long seed, int epochs) {
    ComparedData data = training.data();
    ProgressDisplay progress =
        new ProgressDisplay(terminal, results.quiet(), TargetsTable.scoreName(data.train()));
    Trainer trainer =
        new Trainer(
                training.opened(),
                candidate.settings(training.settings(), seed).withWholeRun(epochs))
            .listen(progress)
            .stopWhen(interruption::isRequested)
            .provenance(training.provenance());
    try {
      TrainingResult result = trainer.fit(candidate.network(), data.weighed().train(), null);
      return result.ending() == TrainingResult.Ending.INTERRUPTED ? null : result.model();
    } catch (DivergedException e) {
      terminal.warn(e.getMessage() + "; saved is a network of one fold instead");
      return null;
    } finally {
      progress.finish();
    }
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
