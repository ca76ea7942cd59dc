package org.shallownet.data.columns;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Schema;
import org.shallownet.data.Table;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.text.Numeric;

/** Makes a table of rows as read: decides what its columns are, unless a model has said it. */
public final class DecidedTable {
  /** Pieces that columns are looked at in, one after the other: they stay in the cache. */
  private static final int CACHED_FLOATS = 1 << 15;

  /** Fewer cells are looked at before other threads have begun. */
  private static final long FEWEST_FOR_THREADS = 1 << 18;

  private final String file;
  private final List<String> header;
  private final Columns.Places places;
  private final FeaturePlan plan;
  private final FeaturePlan.Cells cells;
  private final LongFunction<String> where;

  /**
   * Rows as read.
   *
   * @param header all names of the file's columns
   * @param where says where a line is, for errors
   */
  public DecidedTable(
      String file,
      List<String> header,
      Columns.Places places,
      FeaturePlan plan,
      FeaturePlan.Cells cells,
      LongFunction<String> where) {
    this.where = where;
    this.file = file;
    this.header = header;
    this.places = places;
    this.plan = plan;
    this.cells = cells;
  }

  public Table of(FloatTable features, @Nullable TargetColumns target, String fingerprint) {
    Schema schema = plan.options().schema();
    if (schema != null) {
      cells.requireSameAnswers(schema, where);
      Map<String, Long> unknown = new HashMap<>();
      for (int i = 0; i < schema.columns().size(); i++) {
        if (cells.unknown(i) > 0) {
          unknown.put(schema.columns().get(i).name(), cells.unknown(i));
        }
      }
      return new Table(file, schema, features, target, fingerprint)
          .withUnknown(unknown)
          .withTruths(truths(schema, features))
          .withPositions(places.byPosition());
    }
    List<ColumnRules.Decision> decisions = decide(features, false);
    if (decisions.stream().allMatch(decision -> decision.column() == null)) {
      decisions = decide(features, true);
    }
    List<Column> columns = new ArrayList<>();
    List<Integer> kept = new ArrayList<>();
    float[][] codes = new float[decisions.size()][];
    for (int i = 0; i < codes.length; i++) {
      Column column = decisions.get(i).column();
      codes[i] = column == null ? new float[0] : decisions.get(i).codes();
      if (column != null) {
        kept.add(i);
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
    features.exchange(codes);
    FloatTable table =
        kept.size() == codes.length
            ? features
            : features.columns(kept.stream().mapToInt(Integer::intValue).toArray());
    return new Table(
            file, new Schema(columns, plan.options().missing()), table, target, fingerprint)
        .withNotes(notes);
  }

  /**
   * The columns of truth values where a model learned numbers.
   *
   * @throws DataException if there is any other number beside truth values
   */
  private List<String> truths(Schema schema, FloatTable features) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < features.columns(); i++) {
      FeaturePlan.Place place = cells.truth(i);
      if (place != null) {
        String name = schema.columns().get(i).name();
        if (!features.holdsOnly(i, 0, 1)) {
          throw new DataException(
              where.apply(place.line())
                  + ", column "
                  + Numeric.quote(name)
                  + ": "
                  + Numeric.explain(Numeric.Problem.TEXT, place.text()));
        }
        names.add(name);
      }
    }
    return names;
  }

  /**
   * Adds a block's cells to every so many-th column of numbers.
   *
   * @param block whole rows
   */
  private void look(float[] block, NumberColumn[] numbers, int first, int step) {
    int columns = numbers.length;
    int piece = Math.max(1, CACHED_FLOATS / columns) * columns;
    for (int from = 0; from < block.length; from += piece) {
      int end = Math.min(block.length, from + piece);
      for (int c = first; c < columns; c += step) {
        if (plan.isNumber(c)) {
          numbers[c].add(block, from + c, end, columns);
        }
      }
    }
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
    boolean few = features.rows() * columns < FEWEST_FOR_THREADS;
    int threads = few ? 1 : Math.min(columns, Runtime.getRuntime().availableProcessors());
    IntStream.range(0, threads)
        .parallel()
        .forEach(t -> features.forEachBlock(block -> look(block, numbers, t, threads)));
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
              : ColumnRules.words(name, words, plan, where, categorical.contains(name)));
    }
    return decisions;
  }
}
