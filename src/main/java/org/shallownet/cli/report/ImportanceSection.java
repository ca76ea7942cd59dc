package org.shallownet.cli.report;

import java.util.List;
import java.util.stream.DoubleStream;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.report.plots.BarPlot;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Scale;
import org.shallownet.model.importance.PermutationImportance;

/** How much the model's answers depend on each column. */
final class ImportanceSection {
  private static final int MOST_BARS = 30;

  private ImportanceSection() {}

  /**
   * Writes it.
   *
   * @param where which rows were asked about, such as {@code the dev set}
   */
  static void write(Page page, PermutationImportance importance, String where) {
    String spread =
        importance.repeats() > 1
            ? "The thin line is a standard deviation of the shuffles to either side."
            : "";
    String means =
        Texts.counted(importance.repeats(), "shuffle")
            + " over "
            + Texts.counted(importance.rows(), "row")
            + " of "
            + where;
    write(page, importance, means, spread);
  }

  /** Writes what models say together, each of rows that it has not learned from. */
  static void write(Page page, PermutationImportance together, int models) {
    String spread =
        models > 1 ? "The thin line is a standard deviation of the models to either side." : "";
    String means =
        Texts.counted(models, "model")
            + ", each of which is asked about rows that it has not learned from, shuffled once, "
            + Texts.counted(together.rows(), "row")
            + " in all";
    write(page, together, means, spread);
  }

  /**
   * Writes it.
   *
   * @param means what it is the mean of
   * @param spread what the lines beside the bars are; empty if there are none
   */
  private static void write(
      Page page, PermutationImportance importance, String means, String spread) {
    page.section("Which columns matter");
    String metric = importance.metric();
    boolean error = PermutationImportance.isError(metric);
    page.paragraph(
        "How much worse "
            + metric
            + " gets when the cells of one column are shuffled among the rows (permutation"
            + " importance; Breiman 2001): the mean of "
            + means
            + ". As they are, "
            + metric
            + " is "
            + Numbers.significant(importance.score())
            + ". Columns that say the same share their importance.");
    List<PermutationImportance.Column> finite =
        importance.columns().stream().filter(column -> Double.isFinite(column.mean())).toList();
    List<String> infinite =
        importance.columns().stream()
            .filter(column -> !Double.isFinite(column.mean()))
            .map(PermutationImportance.Column::name)
            .toList();
    if (!infinite.isEmpty()) {
      page.paragraph(
          "Shuffling "
              + Texts.names(infinite, MOST_BARS)
              + " makes "
              + metric
              + " infinite, as predictions become too large for a number; "
              + (infinite.size() == 1 ? "it is" : "they are")
              + " not drawn.");
    }
    if (finite.isEmpty()) {
      return;
    }
    List<BarPlot.Bar> bars =
        finite.stream()
            .limit(MOST_BARS)
            .map(
                column -> {
                  double half = Double.isFinite(column.deviation()) ? column.deviation() : 0;
                  return new BarPlot.Bar(
                      column.name(),
                      column.mean(),
                      column.mean() - half,
                      column.mean() + half,
                      Numbers.significant(column.mean()));
                })
            .toList();
    DoubleStream ends =
        DoubleStream.concat(
            DoubleStream.of(0),
            bars.stream().flatMapToDouble(bar -> DoubleStream.of(bar.low(), bar.high())));
    double[] all = ends.toArray();
    double low = DoubleStream.of(all).min().orElse(0);
    double high = DoubleStream.of(all).max().orElse(1);
    String axis = (error ? "rise of " : "fall of ") + metric + (error ? unit(metric) : "");
    String caption =
        spread
            + (finite.size() > MOST_BARS
                ? " Shown are the first "
                    + MOST_BARS
                    + " of "
                    + Texts.counted(finite.size(), "column")
                    + "."
                : "");
    page.figures(
        List.of(
            new Figure(
                BarPlot.draw(
                    "Importance of columns",
                    new Axis(axis, Scale.linear(low, low < high ? high : low + 1)),
                    bars),
                caption)));
  }

  private static String unit(String metric) {
    return switch (metric) {
      case "log_loss" -> " (nats per row)";
      case "rmse", "mae" -> ", in the target's unit";
      default -> "";
    };
  }
}
