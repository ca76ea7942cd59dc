package org.shallownet.cli.output;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Schema;
import org.shallownet.data.preprocessing.Preprocessing;

/** What became of a table's columns, as people and machines read it. */
public final class ColumnsTable {
  /** Of more columns only the counts are told, and those that one should look at. */
  private static final int MOST_SHOWN = 12;

  private static final int MOST_NOTABLE = 20;
  private static final int WIDEST_NAME = 30;

  private ColumnsTable() {}

  /** Tells it before training: a line in all, and one for each column that is not plain numbers. */
  public static void tell(List<ColumnNote> notes, Consumer<String> note) {
    if (notes.isEmpty()) {
      return;
    }
    Map<String, Integer> counts = new LinkedHashMap<>();
    notes.forEach(each -> counts.merge(each.used() ? each.kind() : "left out", 1, Integer::sum));
    note.accept(
        "Columns: "
            + counts.entrySet().stream()
                .map(entry -> count(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", ")));
    List<ColumnNote> shown =
        notes.stream()
            .filter(each -> notes.size() <= MOST_SHOWN ? !each.detail().isEmpty() : each.notable())
            .toList();
    int width =
        Math.min(
            WIDEST_NAME, shown.stream().mapToInt(each -> each.name().length()).max().orElse(0));
    for (ColumnNote each : shown.subList(0, Math.min(MOST_NOTABLE, shown.size()))) {
      note.accept(
          String.format(
              Locale.ROOT,
              "  %-" + (width + 2) + "s%-12s%s",
              each.name(),
              each.kind(),
              each.detail()));
    }
    if (shown.size() > MOST_NOTABLE) {
      note.accept("  and " + (shown.size() - MOST_NOTABLE) + " more such columns");
    }
  }

  private static String count(String kind, int count) {
    if (kind.equals("left out")) {
      return count + " left out";
    }
    String many = kind.endsWith("y") ? kind.substring(0, kind.length() - 1) + "ies" : kind + "s";
    return count + " " + (count == 1 ? kind : many);
  }

  /** The notes as JSON objects. */
  public static List<Json> json(List<ColumnNote> notes) {
    return notes.stream()
        .map(
            each ->
                new Json()
                    .put("name", each.name())
                    .put("kind", each.kind())
                    .put("used", each.used())
                    .put("detail", each.detail()))
        .toList();
  }

  /** A model's columns as JSON objects. */
  public static List<Json> json(Schema schema) {
    List<Json> objects = new ArrayList<>();
    for (Column column : schema.columns()) {
      Json json = new Json().put("name", column.name()).put("kind", kind(column));
      if (column instanceof Column.Category category) {
        json.put("levels", category.levels()).put("other", category.other());
      }
      objects.add(json.put("missing", column.missing()));
    }
    return objects;
  }

  private static String kind(Column column) {
    if (column instanceof Column.Category category) {
      return category.isBoolean() ? "boolean" : "category";
    }
    return "number";
  }

  /** A line for each of a model's columns. */
  public static List<String> lines(Preprocessing preprocessing) {
    List<String> lines = new ArrayList<>();
    List<Column> columns = preprocessing.schema().columns();
    float[] medians = preprocessing.medians();
    for (int c = 0; c < medians.length; c++) {
      Column column = columns.get(c);
      String text = kind(column);
      if (column instanceof Column.Category category) {
        text += " of " + String.join(", ", category.levels());
        text += category.other() ? " or other" : "";
        text += category.missing() ? " or missing" : "";
      } else if (column.missing()) {
        text += ", " + medians[c] + " where missing";
      }
      lines.add(column.name() + ": " + text);
    }
    return lines;
  }
}
