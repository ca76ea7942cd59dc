package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.shallownet.backend.Backend;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.plots.ScatterPlot;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.cli.report.svg.Point;
import org.shallownet.cli.report.svg.Scale;
import org.shallownet.data.Column;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.FloatTable;
import org.shallownet.model.Model;
import org.shallownet.model.Predictions;

/** What a classifier of two columns of numbers says everywhere between the rows. */
final class BoundarySection {
  private static final int CELLS = 64;
  private static final int DEPTHS = 8;
  private static final int MOST_POINTS = 800;
  private static final int MOST_CLASSES = 7;

  private BoundarySection() {}

  /** Writes it; nothing for a model of other columns or many classes. */
  static void write(Page page, Backend backend, Model model, Dataset data) {
    List<Column> columns = data.schema().columns();
    boolean two =
        columns.size() == 2
            && columns.stream().allMatch(Column.Numeric.class::isInstance)
            && (model.isForeign() || model.featureNames().equals(data.featureNames()));
    if (!two
        || !(data.target() instanceof Target.Classes classes)
        || classes.names().size() > MOST_CLASSES) {
      return;
    }
    List<List<ScatterPlot.Dot>> dots = dots(data, classes);
    double[] xs = dots.stream().flatMap(List::stream).mapToDouble(dot -> dot.place().x()).toArray();
    double[] ys = dots.stream().flatMap(List::stream).mapToDouble(dot -> dot.place().y()).toArray();
    if (xs.length == 0) {
      return;
    }
    Scale x = Scale.covering(DoubleStream.of(xs));
    Scale y = Scale.covering(DoubleStream.of(ys));
    ScatterPlot plot =
        new ScatterPlot(
            "What it says between the rows",
            new Axis(columns.get(0).name(), x),
            new Axis(columns.get(1).name(), y));
    fill(plot, model.predict(backend, grid(x, y)), x, y);
    List<String> names = model.classes().isEmpty() ? classes.names() : model.classes();
    for (int k = 0; k < names.size(); k++) {
      int own = classes.names().indexOf(names.get(k));
      plot.group(names.get(k), Mark.of(k), own < 0 ? List.of() : dots.get(own));
    }
    page.section("Decision boundary");
    page.figures(
        List.of(
            new Figure(
                plot.draw(),
                "Areas have the colour of the class that is predicted there, the deeper, the surer;"
                    + " points are rows by their true class.")));
  }

  private static List<List<ScatterPlot.Dot>> dots(Dataset data, Target.Classes classes) {
    List<List<ScatterPlot.Dot>> dots = new ArrayList<>();
    classes.names().forEach(name -> dots.add(new ArrayList<>()));
    long stride = (data.rows() + MOST_POINTS - 1) / MOST_POINTS;
    float[] row = new float[2];
    for (long r = 0; r < data.rows(); r += stride) {
      data.features().read(r, 1, row, 0);
      if (Float.isFinite(row[0]) && Float.isFinite(row[1])) {
        dots.get(classes.code(r)).add(ScatterPlot.Dot.of(row[0], row[1]));
      }
    }
    return dots;
  }

  private static FeatureTable grid(Scale x, Scale y) {
    FloatTable.Builder grid = new FloatTable.Builder(2);
    for (int j = 0; j < CELLS; j++) {
      for (int i = 0; i < CELLS; i++) {
        grid.add(new float[] {(float) at(x, i + 0.5), (float) at(y, j + 0.5)});
      }
    }
    return grid.build();
  }

  private static double at(Scale scale, double cell) {
    return scale.low() + (scale.high() - scale.low()) * cell / CELLS;
  }

  /** Cells that look alike become one patch, neighbours in a row one rectangle. */
  private static void fill(ScatterPlot plot, Predictions predictions, Scale x, Scale y) {
    Map<Integer, List<Point>> patches = new TreeMap<>();
    int[] looks = new int[CELLS];
    for (int j = 0; j < CELLS; j++) {
      for (int i = 0; i < CELLS; i++) {
        looks[i] = look(predictions.probabilities((long) j * CELLS + i));
      }
      int from = 0;
      for (int i = 1; i <= CELLS; i++) {
        if (i == CELLS || looks[i] != looks[from]) {
          List<Point> corners = patches.computeIfAbsent(looks[from], look -> new ArrayList<>());
          corners.add(new Point(at(x, from), at(y, j)));
          corners.add(new Point(at(x, i), at(y, j + 1)));
          from = i;
        }
      }
    }
    patches.forEach(
        (look, corners) ->
            plot.fill(
                Mark.of(look / DEPTHS), 0.05 + 0.4 * (look % DEPTHS) / (DEPTHS - 1), corners));
  }

  private static int look(float... probabilities) {
    int best = 0;
    for (int k = 1; k < probabilities.length; k++) {
      best = probabilities[k] > probabilities[best] ? k : best;
    }
    double chance = 1.0 / probabilities.length;
    double sure = (probabilities[best] - chance) / (1 - chance);
    return best * DEPTHS + Math.min(DEPTHS - 1, Math.max(0, (int) (sure * DEPTHS)));
  }
}
