package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.cli.options.ReportOption;
import org.shallownet.cli.options.ResultOptions;
import org.shallownet.cli.output.Baseline;
import org.shallownet.cli.output.Candidates;
import org.shallownet.cli.output.ColumnsTable;
import org.shallownet.cli.output.ComparisonJson;
import org.shallownet.cli.output.ComparisonTable;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.MetricsTable;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.output.RareClasses;
import org.shallownet.cli.output.StandardOutput;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Dataset;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.Defaults;
import org.shallownet.training.comparison.ComparisonEnsemble;
import org.shallownet.training.comparison.ComparisonFaultException;
import org.shallownet.training.comparison.ComparisonResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The part of {@code compare} that saves what came out and tells of it. */
final class ComparisonReport {
  private static final Logger LOG = LoggerFactory.getLogger(ComparisonReport.class);

  private final Terminal terminal;
  private final ResultOptions results;
  private final Keeping keeping;
  private final boolean weighted;
  private final List<ColumnNote> columns;
  private final ReportOption page;

  /**
   * A report.
   *
   * @param weighted whether the user gave weights
   * @param columns what became of the table's columns
   * @param page whether to write a page, and where
   */
  ComparisonReport(
      Terminal terminal,
      ResultOptions results,
      Keeping keeping,
      boolean weighted,
      List<ColumnNote> columns,
      ReportOption page) {
    this.terminal = terminal;
    this.results = results;
    this.keeping = keeping;
    this.weighted = weighted;
    this.columns = columns;
    this.page = page;
  }

  /** What there is to tell. */
  private record Told(
      Backend opened,
      ComparedData data,
      ComparisonEnding ending,
      @Nullable Winner winner,
      Map<String, Metrics> metrics) {
    String scoreName() {
      return TargetsTable.scoreName(data.train());
    }
  }

  /**
   * Saves the winner, if there is one, and prints everything.
   *
   * @return the exit code
   */
  int report(Backend opened, ComparedData data, ComparisonEnding ending, @Nullable Winner winner)
      throws IOException {
    Saved saved = winner == null ? new Saved(null, "") : save(ending, winner);
    Map<String, Metrics> metrics = metrics(ending, winner);
    Told told = new Told(opened, data, ending, winner, metrics);
    int exitCode = exitCode(ending, saved.file() != null);
    if (winner == null && ending.fault() == null && !ending.interrupted()) {
      keeping.discardCheckpoint();
    }
    if (winner == null || ending.fault() != null) {
      tell(told, saved);
    } else {
      page.writeAfter(
          () -> tell(told, saved),
          new ReportOption.Notice(
              terminal,
              results.quiet(),
              ending.interrupted(),
              ending.interrupted() ? "" : keeping.afterSaving()),
          () ->
              ComparisonPage.of(
                  new ComparisonPage.Told(opened, ending, metrics),
                  data,
                  winner,
                  columns,
                  page.typed()));
    }
    return exitCode;
  }

  /** How good the winner is; nothing where that can't be asked any more. */
  private static Map<String, Metrics> metrics(ComparisonEnding ending, @Nullable Winner winner) {
    if (winner == null || !ending.isDeviceSound()) {
      return Map.of();
    }
    try {
      return winner.metrics().get();
    } catch (RuntimeException | Error e) {
      if (ending.fault() == null) {
        throw e;
      }
      // What has failed before may fail again, and where the model is has yet to be told.
      LOG.debug("the model can't be judged", e);
      return Map.of();
    }
  }

  /**
   * What became of the winner.
   *
   * @param file where it is; null if there is none
   * @param said the sentence about that, without its full stop
   */
  private record Saved(@Nullable Path file, String said) {}

  private Saved save(ComparisonEnding ending, Winner winner) throws IOException {
    if (ending.isWhole()) {
      String said = keeping.saveWhole(winner.model());
      return new Saved(keeping.modelFile(), said);
    }
    Path file = keeping.saveUnfinished(winner.model());
    return new Saved(file, "Model saved to " + file + keeping.besideOther(file));
  }

  private void tell(Told told, Saved saved) {
    try {
      print(told, saved);
    } catch (StandardOutput.ReaderGoneException e) {
      // How it ended goes to standard error, which may still be read.
    }
    tellOfEnding(told.ending(), saved.file());
  }

  private static int exitCode(ComparisonEnding ending, boolean saved) {
    ComparisonFaultException fault = ending.fault();
    if (fault != null && !fault.isOutOfMemory()) {
      return Failures.exitCode(fault.reason());
    } else if (ending.interrupted()) {
      return ExitCode.INTERRUPTED;
    } else if (fault != null) {
      return ExitCode.MEMORY;
    }
    return saved ? ExitCode.OK : ExitCode.DIVERGED;
  }

  private void print(Told told, Saved saved) {
    if (results.json()) {
      if (!told.metrics().isEmpty()) {
        Baseline.warn(terminal, judged(told), Baseline.Advice.OF_TRAINING);
      }
      terminal.out().println(json(told, saved.file()));
      return;
    }
    ComparisonTable.print(terminal, told.ending().result(), told.scoreName());
    Winner winner = told.winner();
    if (winner != null) {
      printWinner(told, winner);
      terminal.say(saved.said());
    }
  }

  private void tellOfEnding(ComparisonEnding ending, @Nullable Path saved) {
    ComparisonFaultException fault = ending.fault();
    if (fault != null && !fault.isOutOfMemory()) {
      LOG.debug("the comparison ended", fault);
      terminal.error(failure(ending, fault, saved) + keeping.goOn());
      return;
    }
    if (fault != null) {
      terminal.error(tooLarge(ending.result(), fault));
    }
    if (ending.interrupted()) {
      terminal.note(
          (saved == null
                  ? "Interrupted before the first epoch ended; nothing was saved."
                  : "Interrupted; the best model so far is in " + saved + ".")
              + keeping.goOn());
    } else if (fault == null && saved == null) {
      terminal.error(
          "every network diverged, so nothing was saved; try lower learning rates with"
              + " --learning-rates.");
    }
  }

  private static String failure(
      ComparisonEnding ending, ComparisonFaultException fault, @Nullable Path modelFile) {
    int failed = ending.result().ranking().stream().mapToInt(Standing::failed).sum();
    return fault.getMessage()
        + "; by then "
        + (ending.networks() - failed)
        + " of "
        + ending.networks()
        + " networks had ended, "
        + (modelFile == null
            ? "and nothing was saved."
            : "and the best model so far is in " + modelFile + ".");
  }

  private static String tooLarge(ComparisonResult result, ComparisonFaultException fault) {
    boolean l2 = Candidates.differInL2(result);
    String names =
        result.ranking().stream()
            .filter(standing -> standing.failed() > 0)
            .map(standing -> Candidates.name(standing.candidate(), l2))
            .collect(Collectors.joining(" and "));
    if (names.isEmpty()) {
      return "the memory does not hold what was to follow the comparison, so its best network"
          + " stands as it is: "
          + fault.reason().getMessage()
          + ".";
    }
    return "the memory does not hold "
        + names
        + ", so only the others were trained"
        + (result.best().isPresent() ? "" : ", without a result to save")
        + ": "
        + fault.reason().getMessage()
        + ".";
  }

  private void printWinner(Told told, Winner winner) {
    ComparisonEnding ending = told.ending();
    ComparisonResult result = ending.result();
    note(
        "Trained "
            + ending.networks()
            + " networks in "
            + Numbers.duration(result.seconds())
            + ", "
            + Numbers.count(result.samplesPerSecond())
            + " rows/s");
    terminal.out().println("\nBest: " + winner.title());
    ComparisonEnsemble ensemble = winner.ensemble();
    if (ensemble != null) {
      terminal.out().println("Ensemble: " + shares(ensemble, Candidates.differInL2(result)));
    }
    if (!told.metrics().isEmpty()) {
      MetricsTable.print(terminal, told.metrics(), Map.of());
      Metrics judged = judged(told);
      TargetsTable.print(terminal, judged);
      Baseline.warn(terminal, judged, Baseline.Advice.OF_TRAINING);
      if (!weighted) {
        RareClasses.sentences(
                judged, told.data().folds() == null ? "of the dev set" : "that judged")
            .forEach(this::note);
      }
    }
    if (result.ranking().get(0).runs().size() == 1) {
      note(
          "With one seed nobody can tell how much of the differences is chance; --seeds "
              + Defaults.SEEDS
              + " shows"
              + " it.");
    }
    if (ending.networks() > 1) {
      String dev = told.data().folds() == null ? "dev scores" : "scores on folds";
      note(
          "The "
              + dev
              + " of the best of "
              + ending.networks()
              + " are optimistic, since they made it the best; judge it on rows that it has not"
              + " seen, with shallownet evaluate.");
    }
  }

  /** How good it is on the rows that judged. */
  private static Metrics judged(Told told) {
    Map<String, Metrics> metrics = told.metrics();
    return Objects.requireNonNullElseGet(
        metrics.get(told.data().judge()), () -> Objects.requireNonNull(metrics.get("fold")));
  }

  private static String shares(ComparisonEnsemble ensemble, boolean l2) {
    return ensemble.members().stream()
        .map(
            member ->
                Numbers.exact(member.share())
                    + " × "
                    + Candidates.name(member.candidate(), l2)
                    + ", seed "
                    + member.seed())
        .collect(Collectors.joining("; "));
  }

  private Json json(Told told, @Nullable Path modelFile) {
    ComparisonResult result = told.ending().result();
    Dataset train = told.data().train();
    Dataset dev = told.data().parts().dev();
    Winner winner = told.winner();
    Json json =
        new Json()
            .put("backend", told.opened().name())
            .put("device", told.opened().device())
            .put("engine", result.engine())
            .put("rows", train.rows())
            .put("dev_rows", dev == null ? 0 : dev.rows());
    if (told.data().folds() != null) {
      json.put("folds", told.data().folds().count());
    }
    json.put("features", train.featureNames().size())
        .putObjects("columns", ColumnsTable.json(columns))
        .put("networks", told.ending().networks())
        .put("seconds", result.seconds())
        .put("samples_per_second", result.samplesPerSecond())
        .put("interrupted", told.ending().interrupted())
        .putObjects("ranking", ComparisonJson.ranking(result, told.scoreName()))
        .put("best_seed", winner == null ? null : winner.seed());
    if (winner != null && winner.refitEpochs() != null) {
      json.put("refit_epochs", winner.refitEpochs());
    }
    if (winner != null && winner.ensemble() != null) {
      json.putObjects("ensemble", members(winner.ensemble()));
    }
    json.put("model", modelFile == null ? null : modelFile.toString());
    put(json, "train", told.metrics().get("train"));
    put(json, "dev", told.metrics().get("dev"));
    if (told.data().folds() != null) {
      put(json, "cross_validation", told.metrics().get("folds"));
    }
    if (winner != null && winner.ensemble() != null) {
      put(json, "best", told.metrics().get("best"));
    }
    return json;
  }

  private static void put(Json json, String name, @Nullable Metrics metrics) {
    json.putNumbers(name, metrics == null ? null : metrics.asMap());
  }

  private static List<Json> members(ComparisonEnsemble ensemble) {
    List<Json> members = new ArrayList<>();
    for (ComparisonEnsemble.Member member : ensemble.members()) {
      members.add(
          ComparisonJson.candidate(member.candidate())
              .put("seed", member.seed())
              .put("share", member.share()));
    }
    return members;
  }

  private void note(String line) {
    if (!results.quiet()) {
      terminal.note(line);
    }
  }
}
