package org.shallownet.cli.output;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.ComparisonResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;
import org.shallownet.training.ensemble.Spread;

/** Prints the ranking of a comparison, the best first. */
public final class ComparisonTable {
  private ComparisonTable() {}

  /**
   * Prints a table, with notes on how to read it.
   *
   * @param scoreName what the scores are: {@code accuracy} or {@code rmse}
   */
  public static void print(Terminal terminal, ComparisonResult result, String scoreName) {
    boolean folds = result.ranking().get(0).isByFolds();
    String judge = folds ? "fold " : "dev ";
    boolean seeds =
        folds && result.ranking().stream().anyMatch(one -> one.costOfSeeds().count() > 1);
    List<List<String>> rows = new ArrayList<>();
    boolean l2 = Candidates.differInL2(result);
    List<String> head = new ArrayList<>(List.of("", "activation", "hidden", "rate"));
    if (l2) {
      head.add("L2");
    }
    head.add(judge + "cost");
    if (seeds) {
      head.add("of seeds");
    }
    head.addAll(List.of(judge + scoreName, "epochs", "ended", ""));
    rows.add(head);
    for (Standing standing : result.ranking()) {
      List<String> row = row(rows.size(), standing, l2, result.isWithinNoise(standing));
      if (seeds) {
        row.add(head.indexOf("of seeds"), deviation(standing.costOfSeeds()));
      }
      rows.add(row);
    }
    List<String> lines = aligned(rows);
    terminal.out().println(terminal.bold(lines.get(0)));
    lines.stream().skip(1).forEach(terminal.out()::println);
    if (folds) {
      terminal
          .out()
          .println(
              "± standard error of the mean over the folds; each fold counts with the mean over its"
                  + " seeds");
    }
    if (seeds) {
      terminal
          .out()
          .println(
              "of seeds: standard deviation over the seeds, of each one's mean over the folds");
    }
    if (result.ranking().stream().anyMatch(result::isWithinNoise)) {
      terminal
          .out()
          .println(
              folds
                  ? "~ within noise: no further from the first, fold by fold, than two standard"
                      + " errors"
                  : "~ within noise: no further from the first than other seeds alone can bring"
                      + " them");
    }
  }

  private static List<String> row(int rank, Standing standing, boolean l2, boolean withinNoise) {
    Candidate candidate = standing.candidate();
    List<String> marks = new ArrayList<>();
    if (withinNoise) {
      marks.add("~");
    }
    int runs = standing.runs().size();
    mark("diverged", standing.diverged(), runs, marks);
    mark("failed", standing.failed(), runs, marks);
    List<String> row = new ArrayList<>();
    row.add(Integer.toString(rank));
    row.add(Candidates.activation(candidate));
    row.add(Candidates.hidden(candidate));
    row.add(Candidates.rate(candidate));
    if (l2) {
      row.add(candidate.l2() == 0 ? "none" : Numbers.significant(candidate.l2()));
    }
    row.add(text(standing.devCost(), standing.isByFolds()));
    row.add(text(standing.devScore(), standing.isByFolds()));
    row.add(
        Double.isNaN(standing.epochs().mean())
            ? "–"
            : Long.toString(Math.round(standing.epochs().mean())));
    row.add(Numbers.duration(standing.seconds()));
    row.add(String.join("  ", marks));
    return row;
  }

  private static void mark(String what, int count, int runs, List<String> marks) {
    if (count > 0) {
      marks.add(what + (runs > 1 ? " " + count + " of " + runs : ""));
    }
  }

  private static String deviation(Spread spread) {
    return spread.count() < 2 ? "–" : "± " + Numbers.significant(spread.deviation());
  }

  private static String text(Spread spread, boolean folds) {
    if (Double.isNaN(spread.mean())) {
      return "–";
    }
    return Numbers.withDeviation(spread.mean(), folds ? spread.error() : spread.deviation());
  }

  /** Pads cells to columns: names to the left, numbers to the right. */
  private static List<String> aligned(List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        boolean left = c == 1 || c == columns - 1;
        String padding = " ".repeat(widths[c] - row.get(c).length());
        line.append(c == 0 ? "" : "  ").append(left ? "" : padding).append(row.get(c));
        line.append(left ? padding : "");
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
