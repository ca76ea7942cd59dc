package org.shallownet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.shallownet.data.typed.Rows;

/** Data sets of what a program has in memory. */
class RowsInMemoryTest {
  private static List<Map<String, Object>> customers() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Map<String, Object> row = new HashMap<>();
      row.put("age", 20 + i);
      row.put("plan", i % 3 == 0 ? "basic" : "full");
      row.put("member", i % 2 == 0);
      row.put("left", i % 5 == 0 ? "yes" : "no");
      row.put("tags", List.of("a"));
      if (i % 4 > 0) {
        row.put("calls", 0.5 * i);
      }
      rows.add(row);
    }
    return rows;
  }

  @Test
  void rowsByNameAreATable() {
    Table table = Rows.table(customers(), TableOptions.target("left"));
    Map<String, Column> columns = new HashMap<>();
    table.schema().columns().forEach(column -> columns.put(column.name(), column));
    assertThat(columns).containsOnlyKeys("age", "plan", "member", "calls");
    assertThat(columns.get("age")).isEqualTo(new Column.Numeric("age", false));
    assertThat(columns.get("calls")).isEqualTo(new Column.Numeric("calls", true));
    assertThat(columns.get("plan"))
        .isEqualTo(new Column.Category("plan", List.of("basic", "full"), false, false, false));
    assertThat(columns.get("member"))
        .isEqualTo(new Column.Category("member", List.of("false", "true"), false, false, true));
    assertThat(table.notes()).anySatisfy(note -> assertThat(note.name()).isEqualTo("tags"));
    Dataset data = table.dataset();
    assertThat(data.task()).isEqualTo(Task.BINARY);
    assertThat(data.rows()).isEqualTo(40);
    float[] row = new float[4];
    data.features().read(3, 1, row, 0);
    assertThat(row[table.featureNames().indexOf("age")]).isEqualTo(23);
    assertThat(row[table.featureNames().indexOf("calls")]).isEqualTo(1.5f);
  }

  @Test
  void rowsThatAreNoneAreRefused() {
    TableOptions options = TableOptions.target("t");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> Rows.table(List.of(), options))
        .withMessage("the rows have no values; give some");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> Rows.table(List.of(Map.of("a", 1)), options))
        .withMessageContaining("'t'");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> Rows.table(List.of(Map.of("t", List.of(1))), options))
        .withMessageContaining("give rows with numbers, words or truth values");
  }

  @Test
  void arraysAreADataSet() {
    float[][] features = {{1, Float.NaN}, {2, 5}, {3, 6}};
    Dataset data = Dataset.of(List.of("a", "b"), features, "y", new double[] {1, 2, 3});
    assertThat(data.schema().columns())
        .containsExactly(new Column.Numeric("a", false), new Column.Numeric("b", true));
    assertThat(data.task()).isEqualTo(Task.REGRESSION);
    Target classes = new Target.Classes(List.of("no", "yes"), new int[] {0, 1, 1});
    assertThat(Dataset.of(List.of("a", "b"), features, "y", classes).task()).isEqualTo(Task.BINARY);
  }
}
