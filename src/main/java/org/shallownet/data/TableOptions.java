package org.shallownet.data;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a file is read as a table.
 *
 * @param columns which columns are wanted
 * @param ignored columns that are left out; patterns such as {@code id_*} name several, here and in
 *     the other lists
 * @param categorical columns whose cells are words even where they look like numbers
 * @param numeric columns whose cells must be numbers or missing
 * @param missing what stands for a missing cell besides an empty one
 * @param format how a CSV file is written
 * @param dropUnlabelled whether rows without a target are left out rather than refused
 * @param schema the columns of a model for which is read; null to decide what columns are
 * @param kept columns, or patterns of them, whose cells a database's reader keeps as text
 */
public record TableOptions(
    Columns columns,
    List<String> ignored,
    List<String> categorical,
    List<String> numeric,
    Set<String> missing,
    CsvFormat format,
    boolean dropUnlabelled,
    @Nullable Schema schema,
    List<String> kept) {
  /** What tables usually write for a missing cell. */
  public static final Set<String> MISSING =
      Set.of(
          "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "<NA>", "\\N", "?", "-", ".",
          "#N/A");

  /** Copies the lists. */
  public TableOptions {
    ignored = List.copyOf(ignored);
    categorical = List.copyOf(categorical);
    numeric = List.copyOf(numeric);
    missing = Set.copyOf(missing);
    kept = List.copyOf(kept);
  }

  /** These columns and nothing said about how to read them. */
  public static TableOptions of(Columns columns) {
    return new TableOptions(
        columns, List.of(), List.of(), List.of(), MISSING, CsvFormat.AUTO, false, null, List.of());
  }

  /** A target, and all other columns as features. */
  public static TableOptions target(String target) {
    return of(Columns.training(target, null));
  }

  /** The same for other targets: {@link Columns#withTargets}. */
  public TableOptions withTargets(List<String> names) {
    return withColumns(columns.withTargets(names));
  }

  /** The same for other columns. */
  public TableOptions withColumns(Columns wanted) {
    return new TableOptions(
        wanted, ignored, categorical, numeric, missing, format, dropUnlabelled, schema, kept);
  }

  /** The same without these columns. */
  public TableOptions withIgnored(List<String> names) {
    return new TableOptions(
        columns, names, categorical, numeric, missing, format, dropUnlabelled, schema, kept);
  }

  /** The same with these columns as words. */
  public TableOptions withCategorical(List<String> names) {
    return new TableOptions(
        columns, ignored, names, numeric, missing, format, dropUnlabelled, schema, kept);
  }

  /** The same with these columns as numbers. */
  public TableOptions withNumeric(List<String> names) {
    return new TableOptions(
        columns, ignored, categorical, names, missing, format, dropUnlabelled, schema, kept);
  }

  /** The same with these texts for missing cells, and no others but the empty one. */
  public TableOptions withMissing(Set<String> markers) {
    return new TableOptions(
        columns, ignored, categorical, numeric, markers, format, dropUnlabelled, schema, kept);
  }

  /** The same for CSV files that are written like this. */
  public TableOptions withFormat(CsvFormat written) {
    return new TableOptions(
        columns, ignored, categorical, numeric, missing, written, dropUnlabelled, schema, kept);
  }

  /** The same without the rows whose target is missing. */
  public TableOptions droppingUnlabelled() {
    return new TableOptions(
        columns, ignored, categorical, numeric, missing, format, true, schema, kept);
  }

  /** The same with the cells of these columns kept as text: {@link Table#kept()}. */
  public TableOptions withKept(List<String> names) {
    return new TableOptions(
        columns, ignored, categorical, numeric, missing, format, dropUnlabelled, schema, names);
  }

  /**
   * The same for a model's columns, in the model's order; other columns are ignored. Unless the
   * markers of missing cells were chosen, they are the model's.
   *
   * @param target the target's column to evaluate with, or null to predict
   */
  public TableOptions forModel(Schema model, @Nullable String target) {
    return new TableOptions(
        Columns.model(model.names(), target).withWeights(columns.weights()),
        List.of(),
        List.of(),
        List.of(),
        missing.equals(MISSING) ? model.markers() : missing,
        format,
        dropUnlabelled,
        model,
        kept);
  }

  /** Whether a cell without blanks around it is missing. */
  public boolean isMissing(String cell) {
    return cell.isEmpty() || missing.contains(cell);
  }
}
