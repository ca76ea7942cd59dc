package org.shallownet.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shallownet.data.text.Printable;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;

/**
 * How good a classifier is for each class, and which classes it takes for which. Of weighted rows
 * all numbers but the rows' are weighted, the matrix as scikit-learn's {@code confusion_matrix}
 * with {@code sample_weight}.
 */
public final class ClassesTable {
  /** Of more classes the matrix would not be readable. */
  private static final int MOST_IN_MATRIX = 10;

  private static final int WIDEST_NAME = 20;

  private ClassesTable() {}

  /** One class against all others. */
  private record Row(
      String name, long samples, double weight, double precision, double recall, double f1) {
    Row printable() {
      return new Row(Printable.text(name), samples, weight, precision, recall, f1);
    }
  }

  private static boolean isWeighted(ClassificationMetrics metrics) {
    for (int k = 0; k < metrics.confusion().size(); k++) {
      for (int other = 0; other < metrics.confusion().size(); other++) {
        double weight = metrics.weightedConfusion().get(k).get(other);
        if (weight != metrics.confusion().get(k).get(other)) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<Row> rows(ClassificationMetrics metrics) {
    List<List<Double>> weights = metrics.weightedConfusion();
    List<Row> rows = new ArrayList<>();
    for (int k = 0; k < weights.size(); k++) {
      long samples = metrics.confusion().get(k).stream().mapToLong(Long::longValue).sum();
      double actual = weights.get(k).stream().mapToDouble(Double::doubleValue).sum();
      double predicted = 0;
      for (List<Double> others : weights) {
        predicted += others.get(k);
      }
      double right = weights.get(k).get(k);
      rows.add(
          new Row(
              metrics.classes().get(k),
              samples,
              actual,
              predicted == 0 ? 0 : right / predicted,
              actual == 0 ? 0 : right / actual,
              actual + predicted == 0 ? 0 : 2 * right / (actual + predicted)));
    }
    return rows;
  }

  /** Prints it after the metrics; nothing for numbers. */
  public static void print(Terminal terminal, Metrics metrics) {
    if (!(metrics instanceof ClassificationMetrics classes)) {
      return;
    }
    List<Row> rows = rows(classes).stream().map(Row::printable).toList();
    int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    String left = "%-" + Math.max(8, Math.min(WIDEST_NAME, width)) + "s";
    boolean matrix = rows.size() <= MOST_IN_MATRIX;
    boolean weighted = isWeighted(classes);
    String title = weighted ? "   weight predicted as" : "   predicted as";
    StringBuilder header = new StringBuilder();
    header.append(String.format(Locale.ROOT, "\n" + left, "class"));
    header.append(String.format("%10s", "rows"));
    header.append(weighted ? String.format("%10s", "weight") : "");
    header.append(String.format("%10s%10s%10s", "precision", "recall", "f1"));
    if (matrix) {
      header.append(title);
      rows.forEach(row -> header.append(' ').append(column(row.name())));
    }
    terminal.out().println(terminal.bold(header.toString()));
    for (int k = 0; k < rows.size(); k++) {
      Row row = rows.get(k);
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, left, row.name()));
      line.append(String.format(Locale.ROOT, "%10d", row.samples()));
      line.append(weighted ? String.format("%10s", weight(row.weight())) : "");
      line.append(
          String.format(
              Locale.ROOT,
              "%10s%10s%10s",
              Numbers.significant(row.precision()),
              Numbers.significant(row.recall()),
              Numbers.significant(row.f1())));
      if (matrix) {
        line.append(" ".repeat(title.length()));
        for (int other = 0; other < rows.size(); other++) {
          String name = column(rows.get(other).name());
          String count = weight(classes.weightedConfusion().get(k).get(other));
          line.append(' ').append(" ".repeat(Math.max(0, name.length() - count.length())));
          line.append(count);
        }
      }
      terminal.out().println(line);
    }
  }

  /** A sum of weights; without weights it is a count. */
  private static String weight(double sum) {
    return sum == Math.rint(sum) && sum < 1e15
        ? Long.toString((long) sum)
        : Numbers.significant(sum);
  }

  /** A class's name, at least as wide as a count may be. */
  private static String column(String name) {
    return String.format("%8s", name);
  }

  /**
   * The same as members of an object: the matrix and the classes, with weights their sums, too;
   * empty for numbers.
   */
  public static Json json(Metrics metrics) {
    Json json = new Json();
    if (metrics instanceof ClassificationMetrics classes) {
      boolean weighted = isWeighted(classes);
      json.put("confusion", weighted ? classes.weightedConfusion() : classes.confusion());
      List<Json> objects = new ArrayList<>();
      for (Row row : rows(classes)) {
        Json object = new Json().put("class", row.name()).put("rows", row.samples());
        if (weighted) {
          object.put("weight", row.weight());
        }
        objects.add(
            object
                .put("precision", row.precision())
                .put("recall", row.recall())
                .put("f1", row.f1()));
      }
      json.putObjects("classes", objects);
    }
    return json;
  }
}
