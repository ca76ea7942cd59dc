package org.shallownet.data;

import java.util.List;
import java.util.Set;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Numeric;
import org.shallownet.data.text.TruthWords;

/**
 * The columns of a table of features, in order, and the order of the inputs that a network gets of
 * them: first the numbers, then for each number that may be missing whether it was, then the
 * categories' states.
 *
 * @param columns at least none
 * @param markers what stands for a missing cell in their table, besides an empty one
 */
public record Schema(List<Column> columns, Set<String> markers) {
  /** Copies the columns. */
  public Schema {
    columns = List.copyOf(columns);
    markers = Set.copyOf(markers);
  }

  /** Columns of a table with the usual markers of missing cells. */
  public Schema(List<Column> columns) {
    this(columns, TableOptions.MISSING);
  }

  /** Columns of numbers without missing cells. */
  public static Schema numbers(List<String> names) {
    return new Schema(
        names.stream().map(name -> (Column) new Column.Numeric(name, false)).toList());
  }

  /** The columns' names. */
  public List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /** Whether every column is one of numbers without missing cells, so that inputs are columns. */
  public boolean isPlain() {
    return columns.stream().allMatch(c -> c instanceof Column.Numeric && !c.missing());
  }

  /** Whether every column is one of numbers. */
  public boolean isNumeric() {
    return columns.stream().allMatch(Column.Numeric.class::isInstance);
  }

  /** The number of inputs that a network gets. */
  public int inputs() {
    int inputs = 0;
    for (Column column : columns) {
      inputs +=
          column instanceof Column.Category category ? category.inputs() : column.missing() ? 2 : 1;
    }
    return inputs;
  }

  /**
   * The features of a table as these columns, found by name, levels by their words. Truth values
   * are the same as words and as 0 and 1; where words are wanted, another number is an error when
   * it is read.
   *
   * @throws DataException if a column is not there, or is one of words where numbers are wanted
   */
  public FeatureTable select(Schema from, FeatureTable features) {
    if (columns.equals(from.columns)) {
      return features;
    }
    List<String> names = from.names();
    int[] places = new int[columns.size()];
    float[][] codes = new float[columns.size()][];
    for (int i = 0; i < places.length; i++) {
      Column column = columns.get(i);
      places[i] = names.indexOf(column.name());
      if (places[i] < 0) {
        throw new DataException(
            "the model needs feature "
                + Numeric.quote(column.name())
                + ", which the data lacks; "
                + ColumnNames.suggest(column.name(), names));
      }
      Column found = from.columns.get(places[i]);
      if (column instanceof Column.Category category) {
        codes[i] = codes(category, found);
      } else if (found instanceof Column.Category words) {
        codes[i] = numbers(words);
      }
    }
    return new SelectedColumns(features, places, codes, columns);
  }

  private static float[] codes(Column.Category category, Column found) {
    LevelIndex index = new LevelIndex(category);
    if (!(found instanceof Column.Category other)) {
      if (TruthWords.are(category.levels())) {
        return new float[] {index.code("0"), index.code("1")};
      }
      throw new DataException(
          "the feature "
              + Numeric.quote(category.name())
              + " holds numbers, but the model learned words; read it with --categorical");
    }
    if (category.isBoolean()
        && other.isBoolean()
        && other.levels().stream().anyMatch(word -> index.isOther(index.code(word)))) {
      throw new DataException(
          "the feature "
              + Numeric.quote(category.name())
              + " holds "
              + ColumnNames.list(other.levels(), 2)
              + ", but the model learned "
              + ColumnNames.list(category.levels(), 2)
              + "; write these words");
    }
    float[] codes = new float[other.levels().size() + 1];
    for (int i = 0; i < other.levels().size(); i++) {
      codes[i] = index.code(other.levels().get(i));
    }
    codes[other.otherCode()] = category.otherCode();
    return codes;
  }

  /** The numbers that words are, which truth values alone are. */
  private static float[] numbers(Column.Category words) {
    if (!TruthWords.are(words.levels()) || words.other()) {
      throw new DataException(
          "the feature "
              + Numeric.quote(words.name())
              + " holds words, but the model learned numbers; read it with --numeric");
    }
    float[] numbers = new float[words.levels().size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = TruthWords.of(words.levels().get(i));
    }
    return numbers;
  }
}
