package org.shallownet.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shallownet.data.Dataset;
import org.shallownet.data.Task;
import org.shallownet.data.text.Printable;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.SeveralMetrics;

/** How good a model is for each of several targets. */
public final class TargetsTable {
  private static final int WIDEST_NAME = 24;
  private static final int NARROWEST_NAME = 12;
  private static final int NARROWEST_METRIC = 10;

  private TargetsTable() {}

  /**
   * What the score of an epoch is called: {@code accuracy}, for numbers {@code rmse}. Several
   * numbers have no unit in common, so that theirs, {@code rmse_overall}, is over all targets as
   * the network learns them, which are standardised.
   */
  public static String scoreName(Dataset data) {
    if (data.task() != Task.REGRESSION) {
      return "accuracy";
    }
    return data.targetNames().size() == 1 ? "rmse" : "rmse_overall";
  }

  /** Prints it after the metrics; nothing for one target. */
  public static void print(Terminal terminal, Metrics metrics) {
    if (!(metrics instanceof SeveralMetrics several)) {
      return;
    }
    List<String> names = new ArrayList<>(several.each().get(0).asMap().keySet());
    List<String> targets = several.targets().stream().map(Printable::text).toList();
    int longest = targets.stream().mapToInt(String::length).max().orElse(0);
    String name = "%-" + Math.max(NARROWEST_NAME, Math.min(WIDEST_NAME, longest)) + "s";
    StringBuilder header = new StringBuilder(String.format(Locale.ROOT, "\n" + name, "target"));
    names.forEach(metric -> header.append(String.format(Locale.ROOT, cell(metric), metric)));
    terminal.out().println(terminal.bold(header.toString()));
    for (int k = 0; k < targets.size(); k++) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, name, targets.get(k)));
      for (String metric : names) {
        double value = several.each().get(k).asMap().getOrDefault(metric, Double.NaN);
        String text = Double.isNaN(value) ? "–" : Numbers.significant(value);
        line.append(String.format(Locale.ROOT, cell(metric), text));
      }
      terminal.out().println(line);
    }
  }

  /** The format of a metric's column, which leaves two spaces before its name. */
  private static String cell(String metric) {
    return "%" + Math.max(NARROWEST_METRIC, metric.length() + 2) + "s";
  }

  /** The same as a member of an object: the targets; empty for one. */
  public static Json json(Metrics metrics) {
    Json json = new Json();
    if (metrics instanceof SeveralMetrics several) {
      List<Json> targets = new ArrayList<>();
      for (int k = 0; k < several.targets().size(); k++) {
        targets.add(
            new Json()
                .put("target", several.targets().get(k))
                .putNumbers("metrics", several.each().get(k).asMap()));
      }
      json.putObjects("targets", targets);
    }
    return json;
  }
}
