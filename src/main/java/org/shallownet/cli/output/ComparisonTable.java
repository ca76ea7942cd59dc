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
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "",
            "activation",
            "hidden",
            "rate",
            "dev cost",
            "dev " + scoreName,
            "epochs",
            "ended",
            ""));
    for (Standing standing : result.ranking()) {
      rows.add(row(rows.size(), standing, result.isWithinNoise(standing)));
    }
    List<String> lines = aligned(rows);
    terminal.out().println(terminal.bold(lines.get(0)));
    lines.stream().skip(1).forEach(terminal.out()::println);
    result.ranking().stream()
        .filter(standing -> result.isWithinNoise(standing))
        .findAny()
        .ifPresent(
            any ->
                terminal
                    .out()
                    .println(
                        "~ within noise: no further from the first than other seeds alone can bring"
                            + " them"));
  }

  private static List<String> row(int rank, Standing standing, boolean withinNoise) {
    Candidate candidate = standing.candidate();
    List<String> marks = new ArrayList<>();
    if (withinNoise) {
      marks.add("~");
    }
    int seeds = standing.runs().size();
    mark("diverged", standing.diverged(), seeds, marks);
    mark("failed", standing.failed(), seeds, marks);
    return List.of(
        Integer.toString(rank),
        Candidates.activation(candidate),
        Candidates.hidden(candidate),
        Candidates.rate(candidate),
        text(standing.devCost()),
        text(standing.devScore()),
        Double.isNaN(standing.epochs().mean())
            ? "–"
            : Long.toString(Math.round(standing.epochs().mean())),
        Numbers.duration(standing.seconds()),
        String.join("  ", marks));
  }

  private static void mark(String what, int count, int seeds, List<String> marks) {
    if (count > 0) {
      marks.add(what + (seeds > 1 ? " " + count + " of " + seeds : ""));
    }
  }

  private static String text(Spread spread) {
    if (Double.isNaN(spread.mean())) {
      return "–";
    }
    return Numbers.withDeviation(spread.mean(), spread.deviation());
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
