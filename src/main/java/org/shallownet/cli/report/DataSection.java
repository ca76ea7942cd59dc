package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.report.plots.BarPlot;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.plots.Histogram;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Scale;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.features.FeatureTable;

/** What the data was: its columns, what was missing, its targets. */
final class DataSection {
  private static final int MOST_COLUMNS = 200;
  private static final int MOST_CLASSES = 30;
  private static final int MOST_TARGETS = 6;
  private static final int MOST_LEVELS = 6;
  private static final int MOST_DRAWN = 100_000;
  private static final int BLOCK_FLOATS = 1 << 16;

  private DataSection() {}

  /** What there is of a column of features. */
  private static final class Seen {
    private long missing;
    private double low = Double.POSITIVE_INFINITY;
    private double high = Double.NEGATIVE_INFINITY;
    private double sum;
    private long count;

    void add(float cell) {
      if (Float.isNaN(cell)) {
        missing++;
        return;
      }
      low = Math.min(low, cell);
      high = Math.max(high, cell);
      sum += cell;
      count++;
    }
  }

  /** Writes it. */
  static void write(Page page, ReportedData reported) {
    Dataset data = reported.train();
    Dataset dev = reported.dev();
    page.section("Data");
    page.paragraph(
        Texts.counted(data.rows(), "row")
            + (dev == null
                ? ""
                : " to learn from, described here, and " + Texts.count(dev.rows()) + " held back")
            + ", "
            + Texts.counted(data.featureNames().size(), "feature")
            + "; the target is "
            + Texts.names(data.targetNames(), MOST_TARGETS)
            + " ("
            + data.task()
            + ")"
            + (data.weights() == null ? "." : "; rows have weights."));
    targets(page, data);
    columns(page, data, reported.notes());
  }

  private static void columns(Page page, Dataset data, List<ColumnNote> notes) {
    List<List<String>> rows = new ArrayList<>();
    Set<String> shown = new HashSet<>();
    Seen[] seen = look(data.features());
    List<Column> columns = data.schema().columns();
    for (int c = 0; c < Math.min(MOST_COLUMNS, seen.length); c++) {
      String name = columns.get(c).name();
      shown.add(name);
      long missing = seen[c].missing;
      String share =
          missing == 0
              ? "0"
              : Texts.count(missing) + " (" + Texts.percent(missing, data.rows()) + ")";
      rows.add(List.of(name, kind(columns.get(c)), share, content(columns.get(c), seen[c])));
    }
    for (ColumnNote note : notes) {
      if (!note.used() && !shown.contains(note.name()) && rows.size() < 2 * MOST_COLUMNS) {
        rows.add(List.of(note.name(), note.kind(), "", note.detail()));
      }
    }
    page.table(List.of("column", "kind", "#missing", "what it holds"), rows);
    if (seen.length > MOST_COLUMNS) {
      page.paragraph(
          "Shown are the first " + MOST_COLUMNS + " of " + Texts.count(seen.length) + " features.");
    }
  }

  private static Seen[] look(FeatureTable table) {
    int columns = table.columns();
    Seen[] seen = new Seen[columns];
    for (int c = 0; c < columns; c++) {
      seen[c] = new Seen();
    }
    int most = (int) Math.max(1, Math.min(table.rows(), BLOCK_FLOATS / Math.max(1, columns)));
    float[] block = new float[most * columns];
    for (long first = 0; first < table.rows(); first += most) {
      int count = (int) Math.min(most, table.rows() - first);
      table.read(first, count, block, 0);
      for (int i = 0; i < count * columns; i++) {
        seen[i % columns].add(block[i]);
      }
    }
    return seen;
  }

  private static String kind(Column column) {
    if (column instanceof Column.Category category) {
      return category.isBoolean() ? "boolean" : "category";
    }
    return "number";
  }

  private static String content(Column column, Seen seen) {
    if (column instanceof Column.Category category) {
      return Texts.names(category.levels(), MOST_LEVELS) + (category.other() ? " or other" : "");
    }
    return seen.count == 0
        ? "nothing"
        : Numbers.significant(seen.low)
            + " to "
            + Numbers.significant(seen.high)
            + ", mean "
            + Numbers.significant(seen.sum / seen.count);
  }

  private static void targets(Page page, Dataset data) {
    List<Target> targets =
        data.target() instanceof Target.Several several
            ? several.columns()
            : List.of(data.target());
    List<Figure> figures = new ArrayList<>();
    for (int k = 0; k < Math.min(MOST_TARGETS, targets.size()); k++) {
      String name = data.targetNames().get(k);
      figures.add(
          targets.get(k) instanceof Target.Classes classes
              ? classes(name, classes)
              : numbers(name, (Target.Numbers) targets.get(k)));
    }
    page.figures(figures);
    if (targets.size() > MOST_TARGETS) {
      page.paragraph("Drawn are the first " + MOST_TARGETS + " of " + targets.size() + " targets.");
    }
  }

  private static Figure classes(String name, Target.Classes target) {
    long[] counts = new long[target.names().size()];
    for (long row = 0; row < target.rows(); row++) {
      counts[target.code(row)]++;
    }
    List<BarPlot.Bar> bars =
        IntStream.range(0, counts.length)
            .boxed()
            .sorted(Comparator.comparingLong(k -> counts.length <= MOST_CLASSES ? 0 : -counts[k]))
            .limit(MOST_CLASSES)
            .map(
                k ->
                    new BarPlot.Bar(
                        target.names().get(k),
                        counts[k],
                        0,
                        0,
                        Texts.percent(counts[k], target.rows())))
            .toList();
    double most = bars.stream().mapToDouble(BarPlot.Bar::value).max().orElse(1);
    String caption =
        counts.length <= MOST_CLASSES
            ? ""
            : "The " + MOST_CLASSES + " most frequent of " + counts.length + " classes.";
    return new Figure(
        BarPlot.draw(
            "Classes of " + name, new Axis("rows", Scale.linear(0, Math.max(1, most))), bars),
        caption);
  }

  private static Figure numbers(String name, Target.Numbers target) {
    long stride = (target.rows() + MOST_DRAWN - 1) / MOST_DRAWN;
    double[] values = new double[(int) ((target.rows() + stride - 1) / stride)];
    for (int i = 0; i < values.length; i++) {
      values[i] = target.value(i * stride);
    }
    return new Figure(
        Histogram.draw("The target " + name, name + ", in its own unit", "rows", values),
        stride == 1 ? "" : "One row of every " + stride + " is counted.");
  }
}
