package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.shallownet.cli.output.Candidates;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.plots.ScatterPlot;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.cli.report.svg.Point;
import org.shallownet.cli.report.svg.Scale;
import org.shallownet.training.comparison.ComparisonResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;
import org.shallownet.training.ensemble.Spread;

/** How the networks of a comparison rank, by their costs, the time they took and their width. */
final class RankingSection {
  private static final int MOST_ROWS = 100;

  private final ComparisonResult result;
  private final String scoreName;
  private final boolean l2;
  private final boolean folds;

  /**
   * A section.
   *
   * @param scoreName what the score of an epoch is called
   */
  RankingSection(ComparisonResult result, String scoreName) {
    this.result = result;
    this.scoreName = scoreName;
    this.l2 = Candidates.differInL2(result);
    this.folds = result.ranking().get(0).isByFolds();
  }

  /** Writes it. */
  void write(Page page) {
    List<Standing> ranking = result.ranking();
    String judge = folds ? "the folds" : "the dev set";
    page.section("Ranking");
    page.paragraph(
        "Candidates by their cost on "
            + judge
            + ", the best first, each with its mean and "
            + (folds
                ? "the standard error of the mean over the folds (each fold counts with the mean over its"
                    + " seeds)"
                : "standard deviation over its seeds")
            + ". ~ is within noise: no further from the first than chance can bring it. The best of"
            + " many looks better than it is.");
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < Math.min(MOST_ROWS, ranking.size()); i++) {
      Standing standing = ranking.get(i);
      rows.add(
          List.of(
              Integer.toString(i + 1),
              Candidates.name(standing.candidate(), l2),
              spread(standing.devCost()),
              spread(standing.devScore()),
              Texts.count(Math.round(standing.epochs().mean())),
              Numbers.duration(standing.seconds()),
              remark(standing)));
    }
    page.table(
        List.of(
            "#rank", "candidate", "#cost", "#" + scoreName, "#epochs", "#ended after", "remark"),
        rows);
    if (ranking.size() > MOST_ROWS) {
      page.paragraph("Shown are the first " + MOST_ROWS + " of " + ranking.size() + " candidates.");
    }
    String cost = "cost on " + judge + " (mean per row)";
    page.figures(
        List.of(
            figure(
                "Cost by time",
                "seconds until the last seed ended",
                cost,
                Standing::seconds,
                "All networks train side by side, so that times are not of each alone."),
            figure(
                "Cost by hidden units",
                "hidden units (no hidden layer at 1)",
                cost,
                RankingSection::width,
                "Lines through points are one standard "
                    + (folds ? "error" : "deviation")
                    + " up and down.")));
  }

  private static int width(Standing standing) {
    return Math.max(
        1, Candidates.units(standing.candidate()).stream().mapToInt(Integer::intValue).sum());
  }

  private String remark(Standing standing) {
    List<String> remarks = new ArrayList<>();
    if (result.isWithinNoise(standing)) {
      remarks.add("~");
    }
    if (standing.diverged() > 0) {
      remarks.add(standing.diverged() + " diverged");
    }
    if (standing.failed() > 0) {
      remarks.add(standing.failed() + " failed");
    }
    return String.join(", ", remarks);
  }

  private String spread(Spread spread) {
    return Double.isNaN(spread.mean()) ? "–" : Numbers.withDeviation(spread.mean(), half(spread));
  }

  /** How far a mean is marked to either side, as on the console. */
  private double half(Spread spread) {
    return folds ? spread.error() : spread.deviation();
  }

  private Figure figure(
      String title, String axis, String cost, ToDoubleFunction<Standing> value, String caption) {
    Map<String, List<ScatterPlot.Dot>> groups = new LinkedHashMap<>();
    List<Double> xs = new ArrayList<>();
    List<Double> ys = new ArrayList<>();
    for (Standing standing : result.ranking()) {
      Spread spread = standing.devCost();
      if (Double.isFinite(spread.mean())) {
        double half = Double.isNaN(half(spread)) ? 0 : half(spread);
        double x = value.applyAsDouble(standing);
        xs.add(x);
        ys.addAll(List.of(spread.mean() - half, spread.mean() + half));
        groups
            .computeIfAbsent(Candidates.activation(standing.candidate()), name -> new ArrayList<>())
            .add(
                new ScatterPlot.Dot(
                    Candidates.name(standing.candidate(), l2),
                    new Point(x, spread.mean()),
                    spread.mean() - half,
                    spread.mean() + half));
      }
    }
    ScatterPlot plot =
        new ScatterPlot(title, new Axis(axis, fromZero(xs)), new Axis(cost, scale(ys)));
    int number = 0;
    for (Map.Entry<String, List<ScatterPlot.Dot>> group : groups.entrySet()) {
      plot.group(group.getKey(), Mark.of(number++), group.getValue());
    }
    return new Figure(plot.draw(), caption);
  }

  /** Times and widths that hardly differ are not to look far apart. */
  private static Scale fromZero(List<Double> values) {
    Scale fitting = scale(values);
    return fitting.logarithmic() ? fitting : Scale.linear(0, Math.max(fitting.high(), 1e-3));
  }

  private static Scale scale(List<Double> values) {
    return Scale.fitting(values.stream().flatMapToDouble(DoubleStream::of));
  }
}
