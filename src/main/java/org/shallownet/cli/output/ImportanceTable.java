package org.shallownet.cli.output;

import java.util.Locale;
import org.shallownet.data.text.Printable;
import org.shallownet.model.importance.PermutationImportance;

/** Prints how much a model's answers depend on each column, the most important first. */
public final class ImportanceTable {
  private static final int WIDEST_NAME = 30;

  private ImportanceTable() {}

  /**
   * Prints it.
   *
   * @param rows how many rows there were to ask about
   */
  public static void print(Terminal terminal, PermutationImportance importance, long rows) {
    String metric = importance.metric();
    terminal.note(
        "Importance: how much "
            + metric
            + (PermutationImportance.isError(metric) ? " rises" : " falls")
            + " from "
            + Numbers.significant(importance.score())
            + " when the column's cells are shuffled, over "
            + importance.repeats()
            + (importance.repeats() == 1 ? " shuffle" : " shuffles")
            + " of "
            + (importance.rows() < rows ? importance.rows() + " of " : "")
            + rows
            + (rows == 1 ? " row" : " rows"));
    int width =
        importance.columns().stream()
            .mapToInt(column -> Printable.text(column.name()).length())
            .max()
            .orElse(0);
    String left = "%-" + Math.max(8, Math.min(WIDEST_NAME, width)) + "s";
    terminal
        .out()
        .println(
            terminal.bold(
                String.format(
                    Locale.ROOT, left + "%12s%12s", "column", "importance", "deviation")));
    for (PermutationImportance.Column column : importance.columns()) {
      double deviation = column.deviation();
      terminal
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  left + "%12s%12s",
                  Printable.text(column.name()),
                  Numbers.significant(column.mean()),
                  Double.isNaN(deviation) ? "–" : Numbers.significant(deviation)));
    }
  }
}
