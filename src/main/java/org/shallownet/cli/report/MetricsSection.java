package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.SeveralMetrics;

/** How good a model is, in numbers. */
final class MetricsSection {
  private MetricsSection() {}

  /**
   * Writes it.
   *
   * @param columns the metrics by the name of the rows
   * @param told what these rows are, a sentence or two
   */
  static void write(Page page, Map<String, Metrics> columns, String told) {
    page.section("How good it is");
    page.paragraph(told);
    Set<String> names = new LinkedHashSet<>();
    List<String> heads = new ArrayList<>(List.of("metric"));
    columns.forEach(
        (rows, metrics) -> {
          heads.add("#" + rows);
          names.addAll(metrics.asMap().keySet());
        });
    List<List<String>> table = new ArrayList<>();
    table.add(line("rows", columns, metrics -> Texts.count(metrics.rows())));
    for (String name : names) {
      table.add(
          line(
              name,
              columns,
              metrics -> Texts.metric(metrics.asMap().getOrDefault(name, Double.NaN))));
    }
    page.table(heads, table);
    columns.forEach(
        (rows, metrics) -> {
          if (metrics instanceof SeveralMetrics several) {
            targets(page, rows, several);
          }
        });
  }

  private interface Cell {
    String of(Metrics metrics);
  }

  private static List<String> line(String name, Map<String, Metrics> columns, Cell cell) {
    List<String> line = new ArrayList<>(List.of(name));
    columns.values().forEach(metrics -> line.add(cell.of(metrics)));
    return line;
  }

  private static void targets(Page page, String rows, SeveralMetrics several) {
    List<String> heads = new ArrayList<>(List.of("target, " + rows));
    List<String> names = new ArrayList<>(several.each().get(0).asMap().keySet());
    names.forEach(name -> heads.add("#" + name));
    List<List<String>> table = new ArrayList<>();
    for (int k = 0; k < several.targets().size(); k++) {
      List<String> line = new ArrayList<>(List.of(several.targets().get(k)));
      for (String name : names) {
        line.add(Texts.metric(several.each().get(k).asMap().getOrDefault(name, Double.NaN)));
      }
      table.add(line);
    }
    page.table(heads, table);
  }
}
