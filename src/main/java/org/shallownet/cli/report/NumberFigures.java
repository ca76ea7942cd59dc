package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.shallownet.cli.report.judged.NumberAnswers;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.plots.Histogram;
import org.shallownet.cli.report.plots.ScatterPlot;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.cli.report.svg.Point;
import org.shallownet.cli.report.svg.Scale;

/** Plots of predicted numbers: against the true ones, and how far they are off. */
final class NumberFigures {
  private static final int MOST_POINTS = 1_500;

  private NumberFigures() {}

  static List<Figure> of(NumberAnswers answers) {
    int rows = answers.rows();
    int stride = (rows + MOST_POINTS - 1) / MOST_POINTS;
    List<ScatterPlot.Dot> dots = new ArrayList<>();
    for (int row = 0; row < rows; row += stride) {
      dots.add(ScatterPlot.Dot.of(answers.actual(row), answers.predicted(row)));
    }
    Scale both =
        Scale.covering(
            dots.stream()
                .flatMapToDouble(dot -> DoubleStream.of(dot.place().x(), dot.place().y())));
    ScatterPlot plot =
        new ScatterPlot(
            "Predicted against true: " + answers.target(),
            new Axis("true, in the target's unit", both),
            new Axis("predicted, in the target's unit", both));
    plot.guide(new Point(both.low(), both.low()), new Point(both.high(), both.high()));
    plot.group("", dots.size() > 200 ? Mark.of(0).asFaint() : Mark.of(0), dots);
    double[] errors =
        IntStream.range(0, rows)
            .mapToDouble(row -> answers.predicted(row) - answers.actual(row))
            .filter(Double::isFinite)
            .toArray();
    List<Figure> figures = new ArrayList<>();
    figures.add(
        new Figure(
            plot.draw(),
            "A point for "
                + (stride == 1 ? "each row" : "one row of every " + stride)
                + "; on the dotted line the prediction is exact."
                + (errors.length < rows
                    ? " Not drawn: "
                        + Texts.counted(rows - errors.length, "row")
                        + " for which the prediction is too large for a number."
                    : "")));
    if (errors.length > 0) {
      figures.add(
          new Figure(
              Histogram.draw(
                  "Errors: " + answers.target(),
                  "predicted − true, in the target's unit",
                  "rows",
                  errors),
              ""));
    }
    return figures;
  }
}
