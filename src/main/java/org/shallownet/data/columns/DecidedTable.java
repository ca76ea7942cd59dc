package org.shallownet.data.columns;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.FloatTable;
import org.shallownet.data.Numeric;
import org.shallownet.data.Schema;
import org.shallownet.data.Table;

/** Makes a table of rows as read: decides what its columns are, unless a model has said it. */
public final class DecidedTable {
  private static final int BLOCK_FLOATS = 1 << 16;

  private final String file;
  private final List<String> header;
  private final Columns.Places places;
  private final FeaturePlan plan;
  private final FeaturePlan.Cells cells;

  public DecidedTable(
      String file,
      List<String> header,
      Columns.Places places,
      FeaturePlan plan,
      FeaturePlan.Cells cells) {
    this.file = file;
    this.header = header;
    this.places = places;
    this.plan = plan;
    this.cells = cells;
  }

  public Table of(FloatTable features, @Nullable TargetColumns target, String fingerprint) {
    Schema schema = plan.options().schema();
    if (schema != null) {
      Map<String, Long> unknown = new HashMap<>();
      for (int i = 0; i < schema.columns().size(); i++) {
        if (cells.unknown(i) > 0) {
          unknown.put(schema.columns().get(i).name(), cells.unknown(i));
        }
      }
      return new Table(file, schema, features, target, fingerprint)
          .withUnknown(unknown)
          .withPositions(places.byPosition());
    }
    List<ColumnRules.Decision> decisions = decide(features, false);
    if (decisions.stream().allMatch(decision -> decision.column() == null)) {
      decisions = decide(features, true);
    }
    List<Column> columns = new ArrayList<>();
    int[] kept = new int[decisions.size()];
    float[][] codes = new float[decisions.size()][];
    boolean same = true;
    for (int i = 0; i < decisions.size(); i++) {
      Column column = decisions.get(i).column();
      float[] exchanged = decisions.get(i).codes();
      same &= column != null && exchanged.length == 0;
      if (column != null) {
        kept[columns.size()] = i;
        codes[columns.size()] = exchanged;
        columns.add(column);
      }
    }
    List<ColumnNote> notes = decisions.stream().map(ColumnRules.Decision::note).toList();
    if (columns.isEmpty()) {
      ColumnNote first = notes.get(0);
      throw new DataException(
          file
              + ": there is no column to learn from: "
              + Numeric.quote(first.name())
              + " is "
              + first.detail()
              + (notes.size() > 1 ? ", and so on" : ""));
    }
    FloatTable table =
        same ? features : features.columns(kept, Arrays.copyOf(codes, columns.size()));
    return new Table(file, new Schema(columns), table, target, fingerprint).withNotes(notes);
  }

  /**
   * What each column is to be.
   *
   * @param keepConstant whether numbers stay that are the same in every row: there is nothing else,
   *     or they were asked for
   */
  private List<ColumnRules.Decision> decide(FloatTable features, boolean keepConstant) {
    int columns = features.columns();
    NumberColumn[] numbers = new NumberColumn[columns];
    for (int c = 0; c < columns; c++) {
      numbers[c] = new NumberColumn(places.featureNames().get(c));
    }
    int most = (int) Math.min(features.rows(), Math.max(1, BLOCK_FLOATS / columns));
    float[] block = new float[most * columns];
    for (long first = 0; first < features.rows(); first += most) {
      int rows = (int) Math.min(most, features.rows() - first);
      features.read(first, rows, block, 0);
      for (int c = 0; c < columns; c++) {
        if (plan.isNumber(c)) {
          numbers[c].add(block, c, rows * columns, columns);
        }
      }
    }
    boolean listed = keepConstant || plan.options().columns().features() != null;
    Set<String> numeric = Set.copyOf(Columns.expand(file, plan.options().numeric(), header));
    List<String> categorical = Columns.expand(file, plan.options().categorical(), header);
    List<ColumnRules.Decision> decisions = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      String name = places.featureNames().get(c);
      WordColumn words = cells.words(c);
      boolean unnamedFirst =
          !numeric.contains(name)
              && places.features().get(c) == 0
              && name.equals(Columns.unnamed(0));
      decisions.add(
          words == null
              ? ColumnRules.numbers(numbers[c], unnamedFirst, listed || numeric.contains(name))
              : ColumnRules.words(name, words, plan.syntax(), file, categorical.contains(name)));
    }
    return decisions;
  }
}
