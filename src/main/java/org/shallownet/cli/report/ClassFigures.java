package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.report.judged.Calibration;
import org.shallownet.cli.report.judged.ClassAnswers;
import org.shallownet.cli.report.judged.ConfusedClasses;
import org.shallownet.cli.report.judged.RankingCurves;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.plots.LinePlot;
import org.shallownet.cli.report.plots.MatrixPlot;
import org.shallownet.cli.report.plots.ScatterPlot;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.cli.report.svg.Point;
import org.shallownet.cli.report.svg.Scale;

/** Plots of a classifier: ROC, precision and recall, calibration, confusion. */
final class ClassFigures {
  private static final int MOST_CURVES = 10;

  /** Of more classes the matrix is not drawn. */
  static final int MOST_IN_MATRIX = 20;

  private static final Scale SHARE = Scale.linear(0, 1);

  private ClassFigures() {}

  /**
   * Draws them.
   *
   * @param named whether titles say which target it is
   */
  static List<Figure> of(ClassAnswers answers, boolean named) {
    String of = named ? " of " + answers.target() : "";
    List<RankingCurves> curves = curves(answers);
    List<Figure> figures = new ArrayList<>();
    if (!curves.isEmpty()) {
      figures.add(roc(answers, curves, of));
      figures.add(precision(answers, curves, of));
    }
    figures.add(calibration(answers, of));
    if (answers.classes().size() <= MOST_IN_MATRIX) {
      figures.add(confusion(answers, of));
    }
    return figures;
  }

  private static List<RankingCurves> curves(ClassAnswers answers) {
    int count = answers.classes().size();
    if (count == 2) {
      RankingCurves one = RankingCurves.of(answers, 1);
      return one.isDefined() ? List.of(one) : List.of();
    }
    double[] rows = new double[count];
    for (int row = 0; row < answers.rows(); row++) {
      rows[answers.actual(row)] += answers.weight(row);
    }
    return IntStream.range(0, count)
        .boxed()
        .sorted(Comparator.comparingDouble(k -> count <= MOST_CURVES ? 0 : -rows[k]))
        .limit(MOST_CURVES)
        .map(k -> RankingCurves.of(answers, k))
        .filter(RankingCurves::isDefined)
        .toList();
  }

  private static String which(ClassAnswers answers, List<RankingCurves> curves) {
    if (answers.classes().size() == 2) {
      return "The positive class is " + curves.get(0).name() + ".";
    }
    return "Each class against all others"
        + (answers.classes().size() > MOST_CURVES
            ? ", the " + MOST_CURVES + " most frequent of " + answers.classes().size() + "."
            : ".");
  }

  private static Figure roc(ClassAnswers answers, List<RankingCurves> curves, String of) {
    LinePlot plot =
        new LinePlot(
            "ROC curve" + of,
            new Axis("false positive rate (share of the others)", SHARE),
            new Axis("true positive rate (share found)", SHARE));
    plot.guide(new Point(0, 0), new Point(1, 1));
    for (int i = 0; i < curves.size(); i++) {
      plot.line(curves.get(i).name(), Mark.of(i), curves.get(i).roc());
    }
    return new Figure(
        plot.draw(),
        which(answers, curves)
            + " Area under the curve: "
            + each(curves, RankingCurves::auc)
            + "; dotted is what chance gives.");
  }

  private static Figure precision(ClassAnswers answers, List<RankingCurves> curves, String of) {
    LinePlot plot =
        new LinePlot(
            "Precision and recall" + of,
            new Axis("recall (share found)", SHARE),
            new Axis("precision (share right of those named)", SHARE));
    for (int i = 0; i < curves.size(); i++) {
      plot.line(curves.get(i).name(), Mark.of(i), curves.get(i).precision());
    }
    if (curves.size() == 1) {
      double share = curves.get(0).share();
      plot.guide(new Point(0, share), new Point(1, share));
    }
    return new Figure(
        plot.draw(),
        which(answers, curves)
            + " Average precision: "
            + each(curves, RankingCurves::averagePrecision)
            + (curves.size() == 1 ? "; dotted is what chance gives." : "."));
  }

  private interface Value {
    double of(RankingCurves curves);
  }

  private static String each(List<RankingCurves> curves, Value value) {
    if (curves.size() == 1) {
      return Numbers.significant(value.of(curves.get(0)));
    }
    double[] all = curves.stream().mapToDouble(value::of).toArray();
    return Numbers.significant(DoubleStream.of(all).min().orElseThrow())
        + " to "
        + Numbers.significant(DoubleStream.of(all).max().orElseThrow());
  }

  private static Figure calibration(ClassAnswers answers, String of) {
    boolean two = answers.classes().size() == 2;
    Calibration calibration = Calibration.of(answers);
    List<ScatterPlot.Dot> dots =
        calibration.bins().stream()
            .map(
                bin ->
                    new ScatterPlot.Dot(
                        Texts.counted(bin.rows(), "row")
                            + ": "
                            + Numbers.significant(bin.frequency()),
                        new Point(bin.probability(), bin.frequency()),
                        bin.low(),
                        bin.high()))
            .toList();
    ScatterPlot plot =
        new ScatterPlot(
            "Calibration" + of,
            new Axis("mean probability given", SHARE),
            new Axis(two ? "share that is of the class" : "share that is right", SHARE));
    plot.guide(new Point(0, 0), new Point(1, 1)).group("", Mark.of(0), dots);
    return new Figure(
        plot.draw(),
        "Rows by the probability "
            + (two ? "of " + answers.classes().get(1) : "of the class that is predicted")
            + ", in tenths; on the dotted line it happens as often as it is said. Bars are"
            + " intervals of 95 %. Expected calibration error: "
            + Numbers.significant(calibration.error())
            + ".");
  }

  private static Figure confusion(ClassAnswers answers, String of) {
    ConfusedClasses confused = ConfusedClasses.of(answers);
    int count = answers.classes().size();
    List<List<Double>> cells = new ArrayList<>();
    List<List<String>> texts = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      int actual = k;
      List<Double> row =
          IntStream.range(0, count).mapToObj(other -> confused.weight(actual, other)).toList();
      cells.add(row);
      texts.add(row.stream().map(Confusions::text).toList());
    }
    return MatrixPlot.draw(
        "Confusion matrix" + of,
        "is",
        "is predicted to be",
        new MatrixPlot.Matrix(answers.classes(), cells, texts),
        "Rows by their class and the predicted one; the deeper, the larger the share of the class."
            + " Blue is right.");
  }
}
