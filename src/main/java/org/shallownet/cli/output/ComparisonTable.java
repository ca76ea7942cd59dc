package org.shallownet.cli.output;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.training.Candidate;
import org.shallownet.training.ComparisonResult;
import org.shallownet.training.ComparisonResult.Standing;
import org.shallownet.training.Spread;

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
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "",
            "activation",
            "hidden",
            "rate",
            judge + "cost",
            judge + scoreName,
            "epochs",
            "ended",
            ""));
    for (Standing standing : result.ranking()) {
      rows.add(row(rows.size(), standing, result.isWithinNoise(standing)));
    }
    List<String> lines = aligned(rows);
    terminal.out().println(terminal.bold(lines.get(0)));
    lines.stream().skip(1).forEach(terminal.out()::println);
    if (folds) {
      terminal.out().println("± standard error of the mean over the folds, on each of all seeds");
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

  private static List<String> row(int rank, Standing standing, boolean withinNoise) {
    Candidate candidate = standing.candidate();
    List<String> marks = new ArrayList<>();
    if (withinNoise) {
      marks.add("~");
    }
    int runs = standing.runs().size();
    mark("diverged", standing.diverged(), runs, marks);
    mark("failed", standing.failed(), runs, marks);
    return List.of(
        Integer.toString(rank),
        Candidates.activation(candidate),
        Candidates.hidden(candidate),
        Candidates.rate(candidate),
        text(standing.devCost(), standing.isByFolds()),
        text(standing.devScore(), standing.isByFolds()),
        Double.isNaN(standing.epochs().mean())
            ? "–"
            : Long.toString(Math.round(standing.epochs().mean())),
        Numbers.duration(standing.seconds()),
        String.join("  ", marks));
  }

  private static void mark(String what, int count, int runs, List<String> marks) {
    if (count > 0) {
      marks.add(what + (runs > 1 ? " " + count + " of " + runs : ""));
    }
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
