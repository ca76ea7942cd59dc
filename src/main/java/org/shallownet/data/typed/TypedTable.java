package org.shallownet.data.typed;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.columns.DecidedTable;
import org.shallownet.data.columns.FeaturePlan;
import org.shallownet.data.columns.TargetColumns;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.text.Numeric;

/**
 * Makes a table of rows that are read once. Columns of numbers stay numbers; those of texts are
 * decided by their cells, as in a CSV file.
 */
public final class TypedTable {
  private static final int REBUILT_ROWS = 1024;

  /**
   * What to do about columns that can't be used.
   *
   * @param column about one of them, such as "make a number of it in a query"
   * @param table if there is no other column
   */
  public record Hints(String column, String table) {}

  private final String source;
  private final Hints hints;
  private final List<TypedColumn> columns;
  private final List<String> names;
  private final TableOptions options;
  private final Fingerprinting fingerprint;
  private final Columns.Places places;

  /** The columns of texts; any may turn out to be one of numbers. */
  private final Set<String> texts = new HashSet<>();

  private final FeaturePlan plan;
  private final FeaturePlan.Cells cells;
  private final @Nullable TargetColumns targets;
  private final FloatTable.Builder features;

  /** For each feature that is a column of texts the numbers in it; null of others. */
  private final @Nullable TextNumbers[] numbers;

  private final @Nullable KeptTexts kept;

  /** Which columns are numbers with which nothing is to be done but rounding them. */
  private final boolean[] plain;

  private final float[] values;
  private long row;

  /**
   * A table without rows.
   *
   * @param source what it is called in messages
   * @param hints what to do about columns that can't be used
   * @throws DataException if a column that is wanted is not there or can't be used
   */
  public TypedTable(
      String source,
      List<TypedColumn> columns,
      TableOptions options,
      Fingerprinting fingerprint,
      Hints hints) {
    this.source = source;
    this.hints = hints;
    this.columns = columns;
    this.options = options;
    this.fingerprint = fingerprint;
    this.names = columns.stream().map(TypedColumn::name).toList();
    this.places = places();
    for (TypedColumn column : columns) {
      if (column.kind() == CellKind.TEXT
          || column.kind() == CellKind.ANY
          || column.kind() == CellKind.BOOLEAN) {
        texts.add(column.name());
      }
    }
    // Asked for as numbers, they are read as such.
    Columns.expand(source, options.numeric(), names).forEach(texts::remove);
    plan = new FeaturePlan(source, names, places, options, texts);
    cells = plan.new Cells();
    targets =
        places.targets().isEmpty()
            ? null
            : new TargetColumns(source, names, places, this::where, targetOptions());
    features = new FloatTable.Builder(plan.features());
    numbers = new TextNumbers[plan.features()];
    values = new float[plan.features()];
    List<String> categorical = Columns.expand(source, options.categorical(), names);
    for (int i = 0; i < numbers.length && options.schema() == null; i++) {
      TypedColumn column = columns.get(places.features().get(i));
      boolean words = categorical.contains(column.name()) || column.kind() == CellKind.BOOLEAN;
      if (texts.contains(column.name()) && !words) {
        numbers[i] = new TextNumbers();
      }
    }
    plain = new boolean[columns.size()];
    for (int place = 0; place < plain.length; place++) {
      int role = plan.role(place);
      plain[place] =
          role >= 0
              && plan.isNumber(role)
              && columns.get(place).kind() == CellKind.NUMBER
              && !plan.missing().mayBeNumbers()
              && !fingerprint.isOfRows();
    }
    kept = options.kept().isEmpty() ? null : new KeptTexts(source, names, options.kept());
    if (fingerprint.isOfRows()) {
      names.forEach(fingerprint::add);
    }
  }

  /** Finds the columns; those that can't be used are left out unless they are named. */
  private Columns.Places places() {
    if (columns.stream().allMatch(column -> column.kind() == CellKind.UNUSABLE)) {
      throw new DataException(
          source
              + " has no column of numbers or words, "
              + Numeric.quote(columns.get(0).name())
              + " is a "
              + columns.get(0).type()
              + "; "
              + hints.table());
    }
    List<String> named = options.columns().features();
    List<String> ignored = new ArrayList<>(options.ignored());
    for (TypedColumn column : columns) {
      boolean asked = named != null && named.contains(column.name());
      if (asked && column.kind() == CellKind.UNUSABLE) {
        throw unusable(column);
      }
      if (!asked && column.isLeftOut()) {
        ignored.add(column.name());
      }
    }
    Columns.Places found = options.columns().find(source, names, ignored);
    List<Integer> used = new ArrayList<>(found.targets());
    used.addAll(found.features());
    if (found.weights() >= 0) {
      used.add(found.weights());
    }
    for (int place : used) {
      if (columns.get(place).kind() == CellKind.UNUSABLE) {
        throw unusable(columns.get(place));
      }
    }
    return found;
  }

  /** Numbers are written as in Java, whatever else is in the table. */
  private TableOptions targetOptions() {
    boolean numbers =
        places.targets().stream().allMatch(place -> columns.get(place).kind() == CellKind.NUMBER);
    return numbers ? options.withFormat(CsvFormat.AUTO) : options;
  }

  private DataException unusable(TypedColumn column) {
    return new DataException(
        source
            + ", column "
            + Numeric.quote(column.name())
            + ": its type "
            + column.type()
            + " is neither a number nor a word; leave it out, or "
            + hints.column());
  }

  private String where(long number) {
    return source + ", row " + number;
  }

  private DataException at(int place, String what) {
    return new DataException(
        where(row) + ", column " + Numeric.quote(columns.get(place).name()) + ": " + what);
  }

  /**
   * Adds a row.
   *
   * @throws DataException if a cell can't be used
   */
  public void add(TypedRow current) {
    row++;
    for (int place = 0; place < plain.length; place++) {
      int role = plan.role(place);
      if (plain[place]) {
        double number = current.number(place);
        float rounded = (float) number;
        values[role] =
            Float.isFinite(rounded) ? rounded : present(number(number, place), place, role);
      } else if (role >= 0) {
        values[role] =
            plan.isNumber(role)
                ? present(number(current, place, role), place, role)
                : word(current, place, role);
      } else if (targets != null && FeaturePlan.target(role) >= 0) {
        String text = text(current, place);
        targets.add(FeaturePlan.target(role), text, row);
      }
    }
    features.add(values);
    if (kept != null) {
      List<String> texts = new ArrayList<>();
      for (int place : kept.places()) {
        texts.add(current.text(place));
      }
      kept.add(texts);
    }
  }

  /** A number, which is missing only where that is allowed. */
  private float present(float value, int place, int feature) {
    if (Float.isNaN(value) && !plan.isAllowedMissing(feature, "")) {
      throw at(place, Numeric.explain(Numeric.Problem.MISSING, ""));
    }
    return value;
  }

  /** A cell as text. */
  private String text(TypedRow current, int place) {
    String text = current.text(place);
    if (fingerprint.isOfRows()) {
      fingerprint.add(text);
    }
    return text;
  }

  /** A cell of a column of numbers; NaN if it is missing. */
  private float number(TypedRow current, int place, int feature) {
    switch (columns.get(place).kind()) {
      case NUMBER -> {
        return number(current.number(place), place);
      }
      case BOOLEAN -> {
        float value = number(current.number(place), place);
        if (!Float.isNaN(value)) {
          cells.truth(feature, value == 0 ? "false" : "true", row);
        }
        return value;
      }
      default -> {
        String text = text(current, place);
        float value = parsed(text);
        if (Float.isNaN(value) && !plan.missing().has(text)) {
          value = cells.truth(feature, text, row);
          if (!Float.isNaN(value)) {
            return value;
          }
          throw at(place, Numeric.explain(Numeric.problem(text), text));
        }
        return value;
      }
    }
  }

  private float number(double value, int place) {
    if (fingerprint.isOfRows()) {
      fingerprint.add(value);
    }
    if (plan.missing().has(value)) {
      return Float.NaN;
    }
    float rounded = (float) value;
    if (Float.isInfinite(rounded)) {
      String text = Double.toString(value);
      throw at(place, Numeric.explain(Numeric.problem(text), text));
    }
    return rounded;
  }

  /** The number in a text; NaN if there is none or it is missing. */
  private float parsed(String text) {
    return plan.number(text.toCharArray(), 0, text.length());
  }

  /** What is kept of a cell of a column of words. */
  private float word(TypedRow current, int place, int feature) {
    String text = text(current, place);
    TextNumbers found = numbers[feature];
    if (found != null && found.isOpen()) {
      boolean missing = plan.missing().has(text);
      found.add(missing ? Float.NaN : parsed(text), missing, text, row);
    }
    return cells.code(feature, text, row);
  }

  /**
   * The table of all rows.
   *
   * @throws DataException if there is none, or nothing to learn from
   */
  public Table table() throws IOException {
    if (row == 0) {
      throw new DataException(source + " has no rows");
    }
    FloatTable read = features.build();
    List<Integer> inDisguise = new ArrayList<>();
    Set<String> words = new HashSet<>(texts);
    for (int i = 0; i < numbers.length; i++) {
      TextNumbers found = numbers[i];
      if (found != null && found.values() != null) {
        String problem = found.problem();
        if (problem != null) {
          row = found.problemRow();
          throw at(places.features().get(i), problem);
        }
        inDisguise.add(i);
        words.remove(places.featureNames().get(i));
      }
    }
    FeaturePlan decided = plan;
    FeaturePlan.Cells found = cells;
    if (!inDisguise.isEmpty()) {
      read = exchanged(read, inDisguise);
      decided = new FeaturePlan(source, names, places, options, words);
      found = cells.under(decided);
    }
    Table table =
        new DecidedTable(source, names, places, decided, found, this::where)
            .of(read, targets, fingerprint.result());
    if (options.schema() == null) {
      table = table.withNotes(notes(table));
    }
    if (kept == null) {
      return table;
    }
    kept.rewind();
    return table.withKept(kept);
  }

  /** The same rows with the numbers of some features instead of their words' codes. */
  private FloatTable exchanged(FloatTable read, List<Integer> inDisguise) {
    int width = read.columns();
    FloatTable.Builder rebuilt = new FloatTable.Builder(width);
    float[] block = new float[REBUILT_ROWS * width];
    for (long first = 0; first < read.rows(); first += REBUILT_ROWS) {
      int count = (int) Math.min(REBUILT_ROWS, read.rows() - first);
      read.read(first, count, block, 0);
      for (int feature : inDisguise) {
        TextNumbers found = numbers[feature];
        float[] source = found == null ? null : found.values();
        for (int r = 0; source != null && r < count; r++) {
          block[r * width + feature] = source[(int) first + r];
        }
      }
      rebuilt.add(block, count);
    }
    return rebuilt.build();
  }

  /** What became of each column, those included that can't be used. */
  private List<ColumnNote> notes(Table table) {
    Map<String, ColumnNote> known = new HashMap<>();
    table.notes().forEach(note -> known.put(note.name(), note));
    Set<String> ignored = Set.copyOf(Columns.expand(source, options.ignored(), names));
    List<ColumnNote> notes = new ArrayList<>();
    for (int place = 0; place < columns.size(); place++) {
      TypedColumn column = columns.get(place);
      ColumnNote note = known.get(column.name());
      boolean taken = places.targets().contains(place) || places.weights() == place;
      if (note != null && plan.role(place) >= 0) {
        notes.add(note);
      } else if (column.isLeftOut()
          && !taken
          && !ignored.contains(column.name())
          && options.columns().features() == null) {
        notes.add(leftOut(column));
      }
    }
    return notes;
  }

  private ColumnNote leftOut(TypedColumn column) {
    return column.isIndex()
        ? new ColumnNote(
            column.name(),
            "index",
            "left out: it holds the row labels of a data frame",
            false,
            true)
        : new ColumnNote(
            column.name(),
            column.isTime() ? "date" : "no number",
            "left out: its type " + column.type() + " can't be used; " + hints.column(),
            false,
            true);
  }
}
