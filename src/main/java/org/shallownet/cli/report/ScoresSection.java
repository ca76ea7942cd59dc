package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.plots.ScatterPlot;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.cli.report.svg.Point;
import org.shallownet.cli.report.svg.Scale;
import org.shallownet.training.ensemble.CrossValidation;

/** The cross-validated scores, with their errors and what each fold gave. */
final class ScoresSection {
  private static final int MOST_FIGURES = 6;

  private ScoresSection() {}

  /** Writes it. */
  static void write(Page page, List<CrossValidation.Part> parts) {
    Map<String, CrossValidation.Score> scores = CrossValidation.scores(parts);
    page.section("Cross-validated metrics");
    page.paragraph(
        "The mean over "
            + Texts.counted(parts.size(), "fold")
            + ", each answered by a model of all others, and the standard error of that mean, which"
            + " takes folds as independent of each other.");
    List<List<String>> rows = new ArrayList<>();
    scores.forEach(
        (name, score) ->
            rows.add(List.of(name, Texts.metric(score.mean()), Texts.metric(score.error()))));
    page.table(List.of("metric", "#mean", "#standard error"), rows);
    List<Figure> figures = new ArrayList<>();
    scores.forEach(
        (name, score) -> {
          if (figures.size() < MOST_FIGURES && Double.isFinite(score.mean())) {
            figures.add(figure(name, score, parts));
          }
        });
    page.figures(figures);
  }

  private static Figure figure(
      String name, CrossValidation.Score score, List<CrossValidation.Part> parts) {
    Map<Integer, List<ScatterPlot.Dot>> byRepeat = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      CrossValidation.Part part = parts.get(i);
      double value = part.metrics().asMap().getOrDefault(name, Double.NaN);
      String told = "fold " + (part.fold() + 1) + ": " + Texts.metric(value);
      byRepeat
          .computeIfAbsent(part.repeat(), repeat -> new ArrayList<>())
          .add(new ScatterPlot.Dot(told, new Point(i + 1, value), value, value));
    }
    double mean = score.mean();
    double half = Double.isNaN(score.error()) ? 0 : score.error();
    Scale y =
        Scale.covering(
            DoubleStream.concat(
                DoubleStream.of(mean - half, mean + half),
                byRepeat.values().stream()
                    .flatMap(List::stream)
                    .mapToDouble(dot -> dot.place().y())));
    double end = parts.size() + 1.5;
    ScatterPlot plot =
        new ScatterPlot(
            name + " of each fold",
            new Axis("folds in order, their mean at the right", Scale.linear(0.5, end), false),
            new Axis(name, y));
    plot.guide(new Point(0.5, mean), new Point(end, mean));
    byRepeat.forEach((repeat, dots) -> plot.group("", Mark.of(0), dots));
    plot.group(
        "",
        Mark.of(1),
        List.of(
            new ScatterPlot.Dot(
                "mean " + Texts.metric(mean),
                new Point(parts.size() + 1, mean),
                mean - half,
                mean + half)));
    return new Figure(plot.draw(), "The line through the mean is one standard error up and down.");
  }
}
