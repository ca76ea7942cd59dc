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
import org.shallownet.data.Columns;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.data.Table;
import org.shallownet.data.Task;
import org.shallownet.data.TaskChoice;
import org.shallownet.model.Metrics;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.Defaults;
import org.shallownet.training.DivergedException;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shallownet train}: learns from a table and saves the model. */
@Command(name = "train", description = "Train a network on a table and save the model.")
final class TrainCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Interruption interruption;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "DATA", description = "The table: a .csv or .npy file.")
  private Path data = Path.of("");

  @Option(
      names = "--target",
      required = true,
      paramLabel = "COLUMN",
      description = "The column to predict (of a .npy file its number, from 0).")
  private String target = "";

  @Option(
      names = "--features",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "The columns to learn from (default: all others).")
  private @Nullable ColumnList features;

  @Option(
      names = "--task",
      paramLabel = "T",
      description = "auto, binary, multiclass or regression (default: auto, by the target).")
  private String task = "auto";

  @Mixin private NetworkOptions network = new NetworkOptions();
  @Mixin private SettingsOptions options = new SettingsOptions();

  @Option(
      names = "--dev",
      paramLabel = "FILE",
      description = "A table to judge each epoch by, instead of a part of DATA.")
  private @Nullable Path dev;

  @Option(
      names = "--dev-fraction",
      paramLabel = "F",
      description =
          "The part of DATA that is held back to judge epochs; 0 for none (default: 0.2).")
  private @Nullable Double devFraction;

  @Mixin private BackendChoice backend = new BackendChoice();

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "fp32",
      description = "Of matrix products: fp32, or on NVIDIA cards tf32 or bf16 (default: fp32).")
  private String precision = "fp32";

  @Option(
      names = "--from",
      paramLabel = "MODEL",
      description = "Go on from this model: its weights, shape and preprocessing.")
  private @Nullable Path from;

  @Option(
      names = "--out",
      paramLabel = "MODEL",
      description = "Where to save the model (default: ./NAME.onnx for DATA NAME.csv).")
  private @Nullable Path out;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Write costs and scores of every epoch to this CSV file.")
  private @Nullable Path history;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress, only warnings and the result.")
  private boolean quiet;

  TrainCommand(Terminal terminal, Interruption interruption) {
    this.terminal = terminal;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    Task wanted = task.equals("auto") ? null : task(task);
    requireConsistentOptions();
    Path modelFile = out == null ? OutputFiles.defaultModel(data) : out;
    OutputFiles.require(modelFile, data, dev);
    if (history != null) {
      OutputFiles.require(history, data, dev, from);
      if (history.toAbsolutePath().normalize().equals(modelFile.toAbsolutePath().normalize())) {
        throw refuse("--history must be another file than the model, " + modelFile);
      }
    }
    backend.require(precision);
    Model start = from == null ? null : Model.load(from);
    if (start != null && start.standardizer() != null && options.raw()) {
      throw refuse("--no-standardize can't be used with this --from: the model standardises");
    }

    Training training = start == null ? read(wanted) : read(start, wanted);
    Dataset train = training.data();
    Dataset devData = null;
    double fraction = devFraction == null ? Defaults.DEV_FRACTION : devFraction;
    if (dev != null) {
      devData = ModelData.like(train, dev);
    } else if (fraction > 0) {
      Split split = train.split(fraction, options.seed());
      train = split.train();
      devData = split.dev();
    }
    TrainingSettings settings =
        options.settings(Defaults.settings(training.data()), network.initializer());
    NetworkSpec spec = start == null ? network.network(training.data()) : start.spec();
    Backends.Selection selection = backend.select(precision, train.rows(), spec);
    return train(selection, training, train, devData, settings, modelFile);
  }

  private int train(
      Backends.Selection selection,
      Training training,
      Dataset train,
      @Nullable Dataset devData,
      TrainingSettings settings,
      Path modelFile)
      throws IOException {
    String scoreName = train.task() == Task.REGRESSION ? "rmse" : "accuracy";
    ProgressDisplay progress = new ProgressDisplay(terminal, quiet, scoreName);
    interruption.guard();
    try (Backend opened = selection.open();
        HistoryFile historyFile = history == null ? null : new HistoryFile(history, scoreName)) {
      note("Backend: " + opened.device() + " (" + selection.reason() + ")");
      Trainer trainer =
          new Trainer(opened, settings)
              .listen(progress)
              .stopWhen(interruption::isRequested)
              .provenance("data", String.valueOf(data.getFileName()))
              .provenance("data_fingerprint", training.fingerprint());
      if (historyFile != null) {
        trainer.listen(historyFile);
      }
      TrainingResult result;
      try {
        Model start = training.start();
        result =
            start == null
                ? trainer.fit(network.network(training.data()), train, devData)
                : trainer.fit(start, train, devData);
      } catch (DivergedException e) {
        progress.finish();
        saveWhatIsSound(e.getMessage(), e.best().orElse(null), modelFile, "");
        return ExitCode.DIVERGED;
      } catch (TrainingFaultException e) {
        progress.finish();
        saveWhatIsSound(
            e.getMessage(), e.best().orElse(null), modelFile, ", from which --from goes on");
        return ExitCode.DEVICE;
      }
      progress.finish();
      if (result.ending() == TrainingResult.Ending.INTERRUPTED) {
        return saveInterrupted(result, modelFile);
      }
      result.model().save(modelFile);
      Metrics onTrain = result.model().evaluate(opened, train);
      Metrics onDev = devData == null ? null : result.model().evaluate(opened, devData);
      report(opened, train, result, onTrain, onDev, modelFile);
      return ExitCode.OK;
    }
  }

  /** What to train on, and the model to begin with if one was given. */
  private record Training(Dataset data, String fingerprint, @Nullable Model start) {}

  private Training read(@Nullable Task wanted) throws IOException {
    List<String> chosen = features == null ? null : features.names();
    Table table = Table.read(data, Columns.training(target, chosen));
    Dataset dataset;
    if (wanted == null) {
      TaskChoice choice = table.inferTask();
      dataset = table.dataset(choice.task());
      note("Task: " + choice.task() + " (" + choice.reason() + ")");
    } else {
      dataset = table.dataset(wanted);
      note("Task: " + wanted + " (asked for)");
    }
    return new Training(dataset, table.fingerprint(), null);
  }

  private Training read(Model model, @Nullable Task wanted) throws IOException {
    List<String> chosen = features == null ? null : features.names();
    ModelData read = ModelData.read(model, data, target, chosen, wanted);
    note("Task: " + read.data().task() + " (the model's)");
    return new Training(read.data(), read.fingerprint(), read.model());
  }

  private int saveInterrupted(TrainingResult result, Path modelFile) throws IOException {
    if (result.bestEpoch() == 0) {
      terminal.err().println("Interrupted before the first epoch ended; nothing was saved.");
    } else {
      result.model().save(modelFile);
      terminal
          .err()
          .println(
              "Interrupted; the model of epoch "
                  + result.bestEpoch()
                  + " is in "
                  + modelFile
                  + ".");
    }
    return ExitCode.INTERRUPTED;
  }

  private void saveWhatIsSound(
      @Nullable String what, @Nullable Model best, Path modelFile, String advice)
      throws IOException {
    if (best == null) {
      terminal.error(what + "; nothing was saved.");
    } else {
      best.save(modelFile);
      terminal.error(what + "; the best weights before that are in " + modelFile + advice + ".");
    }
  }

  private void report(
      Backend opened,
      Dataset train,
      TrainingResult result,
      Metrics onTrain,
      @Nullable Metrics onDev,
      Path modelFile) {
    double cost = result.history().get(result.bestEpoch() - 1).trainCost();
    if (json) {
      terminal
          .out()
          .println(
              new Json()
                  .put("backend", opened.name())
                  .put("device", opened.device())
                  .put("engine", result.engine())
                  .put("rows", train.rows())
                  .put("features", train.featureNames().size())
                  .put("epochs", result.history().size())
                  .put("seconds", result.seconds())
                  .put("samples_per_second", result.samplesPerSecond())
                  .put("cost", cost)
                  .put("model", modelFile.toString())
                  .putNumbers("train", onTrain.asMap())
                  .putNumbers("dev", onDev == null ? null : onDev.asMap()));
      return;
    }
    boolean early = result.ending() == TrainingResult.Ending.STOPPED_EARLY;
    note(
        "Trained "
            + result.history().size()
            + " epochs in "
            + Numbers.duration(result.seconds())
            + ", "
            + Numbers.count(result.samplesPerSecond())
            + " samples/s"
            + (early ? "; the dev cost fell no further" : "")
            + (onDev == null ? "" : "; best is epoch " + result.bestEpoch()));
    Map<String, Metrics> columns = new LinkedHashMap<>();
    columns.put("train", onTrain);
    if (onDev != null) {
      columns.put("dev", onDev);
    }
    MetricsTable.print(terminal, columns, Map.of("train", cost));
    terminal.out().println("Model saved to " + modelFile);
  }

  private void requireConsistentOptions() {
    if (dev != null && devFraction != null) {
      throw refuse("--dev and --dev-fraction can't be used together");
    }
    if (devFraction != null && !(devFraction >= 0 && devFraction < 1)) {
      throw refuse("--dev-fraction must be at least 0 and below 1, not " + devFraction);
    }
    String given = network.given();
    if (from != null && given != null) {
      throw refuse(given + " can't be used with --from: the model brings its own network");
    }
    // Mistakes in these options are found before the data is read.
    network.initializer();
    options.settings(TrainingSettings.defaults(), network.initializer());
  }

  private Task task(String name) {
    try {
      return Task.of(name);
    } catch (IllegalArgumentException e) {
      throw refuse("--task: " + e.getMessage() + " or auto");
    }
  }

  private void note(String line) {
    if (!quiet) {
      terminal.err().println(line);
    }
  }

  private ParameterException refuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
