package org.shallownet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.shallownet.backend.Backend;
import org.shallownet.cli.report.Report;
import org.shallownet.cli.report.ReportedData;
import org.shallownet.cli.report.judged.Answers;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.comparison.ComparisonResult;
import org.shallownet.training.comparison.ComparisonResult.SeedResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;

/** The page of {@code compare}: who answers for the rows that judged. */
final class ComparisonPage {
  private ComparisonPage() {}

  /**
   * Makes it.
   *
   * @param winner what was saved
   * @param columns what became of the table's columns
   * @param command what was typed
   */
  static String of(
      Told told, ComparedData data, Winner winner, List<ColumnNote> columns, String command) {
    ComparisonResult result = told.ending().result();
    return new Report(told.opened(), command, Map.of())
        .ofComparison(
            result,
            new Report.Saved(winner.model(), winner.title(), told.ending().interrupted()),
            new ReportedData(data.train(), data.parts().dev(), columns),
            told.metrics(),
            judged(result, data, winner));
  }

  /**
   * What came of the comparison.
   *
   * @param metrics how good the winner is, by the names of the rows
   */
  record Told(Backend opened, ComparisonEnding ending, Map<String, Metrics> metrics) {}

  private static Report.Judged judged(ComparisonResult result, ComparedData data, Winner winner) {
    Folds folds = data.folds();
    Dataset dev = data.parts().dev();
    if (folds == null && dev != null) {
      return new Report.Judged(
          List.of(new Answers.Part(winner.model(), dev)),
          "The saved model on the dev set, which chose it, so that it looks better than it is.");
    }
    Standing first = result.best().orElse(null);
    List<Answers.Part> parts = new ArrayList<>();
    if (folds != null && first != null && first.bestSeed().isPresent()) {
      for (SeedResult run : first.runs(first.bestSeed().getAsLong())) {
        Dataset rows = data.train().select(folds.rows(List.of(run.fold())));
        parts.add(new Answers.Part(run.result().model(), rows));
      }
    }
    return new Report.Judged(
        parts,
        "The candidate ranked first, each row by its network that has not learned from the row's"
            + " fold.");
  }
}
