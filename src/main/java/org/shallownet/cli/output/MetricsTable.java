package org.shallownet.cli.output;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.shallownet.model.metrics.Metrics;

/** Prints metrics as people read them: a row each, a column for each set of samples. */
public final class MetricsTable {
  private static final int NAME_WIDTH = 12;
  private static final int VALUE_WIDTH = 10;

  private MetricsTable() {}

  /**
   * Prints a table.
   *
   * @param columns the metrics by the name of the samples
   * @param costs the training cost for the columns that have one
   */
  public static void print(
      Terminal terminal, Map<String, Metrics> columns, Map<String, Double> costs) {
    StringBuilder header = new StringBuilder(pad("", NAME_WIDTH));
    Set<String> names = new LinkedHashSet<>();
    columns.forEach(
        (name, metrics) -> {
          header.append(String.format(Locale.ROOT, "%" + VALUE_WIDTH + "s", name));
          names.addAll(metrics.asMap().keySet());
        });
    terminal.out().println(terminal.bold(header.toString()));
    if (!costs.isEmpty()) {
      row(terminal, "cost", columns, name -> costs.getOrDefault(name, Double.NaN));
    }
    for (String metric : names) {
      row(terminal, metric, columns, name -> value(columns, name, metric));
    }
  }

  private static double value(Map<String, Metrics> columns, String name, String metric) {
    Metrics metrics = columns.get(name);
    return metrics == null ? Double.NaN : metrics.asMap().getOrDefault(metric, Double.NaN);
  }

  private static void row(
      Terminal terminal,
      String name,
      Map<String, Metrics> columns,
      ToDoubleFunction<String> values) {
    StringBuilder row = new StringBuilder(pad(name, NAME_WIDTH));
    for (String column : columns.keySet()) {
      double value = values.applyAsDouble(column);
      String text = Double.isNaN(value) ? "–" : Numbers.significant(value);
      row.append(String.format(Locale.ROOT, "%" + VALUE_WIDTH + "s", text));
    }
    terminal.out().println(row);
  }

  private static String pad(String text, int width) {
    return String.format(Locale.ROOT, "%-" + width + "s", text);
  }
}
