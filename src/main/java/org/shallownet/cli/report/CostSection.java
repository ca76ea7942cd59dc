package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.plots.LinePlot;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.cli.report.svg.Point;
import org.shallownet.cli.report.svg.Scale;
import org.shallownet.training.EpochReport;

/** How costs fell in training. */
final class CostSection {
  private static final String KEPT = "kept epoch";

  private final List<Curve> curves = new ArrayList<>();
  private final String judge;

  /**
   * A section without curves.
   *
   * @param judge what the cost that is not of the training is measured on, such as {@code dev set}
   */
  CostSection(String judge) {
    this.judge = judge;
  }

  /** One network's training. */
  private record Curve(String name, Mark mark, List<EpochReport> history, int best) {
    Curve {
      history = List.copyOf(history);
    }

    List<Point> points(ToDoubleFunction<EpochReport> cost) {
      return history.stream()
          .map(report -> new Point(report.epoch(), cost.applyAsDouble(report)))
          .toList();
    }
  }

  /**
   * Adds a network.
   *
   * @param name what it is called; networks of one name look alike
   * @param best the epoch whose weights were kept
   */
  CostSection network(String name, Mark mark, List<EpochReport> history, int best) {
    curves.add(new Curve(name, mark, history, best));
    return this;
  }

  /**
   * Writes it; nothing if no network has ended an epoch.
   *
   * @param told what the networks are, a sentence
   */
  void write(Page page, String told) {
    if (curves.stream().allMatch(curve -> curve.history().isEmpty())) {
      return;
    }
    page.section("Training");
    page.paragraph(told);
    List<Figure> figures = new ArrayList<>();
    boolean judged =
        curves.stream()
            .flatMap(curve -> curve.history().stream())
            .anyMatch(report -> Double.isFinite(report.devCost()));
    if (curves.size() == 1) {
      figures.add(alone(curves.get(0), judged));
    } else {
      if (judged) {
        figures.add(all("Cost on the " + judge, EpochReport::devCost, true));
      }
      figures.add(all("Cost on the rows learned from", EpochReport::trainCost, false));
    }
    page.figures(figures);
  }

  private Figure alone(Curve curve, boolean judged) {
    DoubleStream costs =
        curve.history().stream()
            .flatMapToDouble(report -> DoubleStream.of(report.trainCost(), report.devCost()));
    LinePlot plot = plot("Cost by epoch", costs);
    plot.line("rows learned from", Mark.of(0), curve.points(EpochReport::trainCost));
    if (judged) {
      plot.line(judge, Mark.of(1), curve.points(EpochReport::devCost));
      plot.rings(KEPT, Mark.of(1), kept(curve, EpochReport::devCost));
    }
    return new Figure(
        plot.draw(), judged ? "Kept are the weights of epoch " + curve.best() + "." : "");
  }

  private Figure all(String title, ToDoubleFunction<EpochReport> cost, boolean judged) {
    LinePlot plot =
        plot(title, curves.stream().flatMap(curve -> curve.history().stream()).mapToDouble(cost));
    for (Curve curve : curves) {
      plot.line(curve.name(), curve.mark(), curve.points(cost));
    }
    if (judged) {
      for (Curve curve : curves) {
        plot.rings(KEPT, curve.mark(), kept(curve, cost));
      }
    }
    return new Figure(plot.draw(), judged ? "A ring marks the epoch whose weights were kept." : "");
  }

  private static List<Point> kept(Curve curve, ToDoubleFunction<EpochReport> cost) {
    return curve.history().stream()
        .filter(report -> report.epoch() == curve.best())
        .map(report -> new Point(report.epoch(), cost.applyAsDouble(report)))
        .toList();
  }

  private LinePlot plot(String title, DoubleStream costs) {
    int last =
        curves.stream()
            .flatMap(curve -> curve.history().stream())
            .mapToInt(EpochReport::epoch)
            .max()
            .orElse(1);
    Scale epochs = last == 1 ? Scale.linear(0, 2) : Scale.linear(1, last);
    return new LinePlot(
        title, new Axis("epoch", epochs), new Axis("cost (mean per row)", Scale.fitting(costs)));
  }
}
