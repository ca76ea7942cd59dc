package org.shallownet.data.columns;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.OpenTarget;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.TaskChoice;
import org.shallownet.data.features.RowIndex;
import org.shallownet.data.text.Numeric;

/**
 * The columns of a table that are no features, as read: one target or several, and perhaps the
 * weights of the samples.
 *
 * <p>Several targets are numbers, or yes/no columns (0 and 1, or two such words), each of which is
 * a question of its own.
 */
public final class TargetColumns implements OpenTarget {
  private final String file;
  private final List<TargetColumn> targets = new ArrayList<>();
  private final @Nullable WeightColumn weightColumn;
  private @Nullable SampleWeights weights;

  /**
   * Columns without rows.
   *
   * @param names all names of the file's columns
   * @param where says where a line is, for errors
   * @param options how the file is read
   */
  public TargetColumns(
      String file,
      List<String> names,
      Columns.Places places,
      LongFunction<String> where,
      TableOptions options) {
    this.file = file;
    for (String name : places.targetNames()) {
      targets.add(new TargetColumn(file, name, where, options));
    }
    weightColumn =
        places.weights() < 0
            ? null
            : new WeightColumn(file, names.get(places.weights()), where, options);
  }

  /** How many columns there are, the weights' included. */
  public int count() {
    return targets.size() + (weightColumn == null ? 0 : 1);
  }

  /**
   * Adds a cell, without blanks around it.
   *
   * @param column the column's number: the targets in order, then the weights
   * @param line where it stands
   * @throws DataException if it can't be used
   */
  public void add(int column, String cell, long line) {
    if (column < targets.size()) {
      targets.get(column).add(cell, line);
    } else if (weightColumn != null) {
      weightColumn.add(cell, line);
    }
  }

  @Override
  public List<String> names() {
    return targets.stream().map(TargetColumn::name).toList();
  }

  @Override
  public boolean isNumeric() {
    return targets.stream().allMatch(TargetColumn::isNumeric);
  }

  @Override
  public TaskChoice infer() {
    if (targets.size() == 1) {
      return targets.get(0).infer();
    }
    targets.forEach(TargetColumn::requireUsable);
    if (targets.stream().allMatch(TargetColumn::isYesNo)) {
      return new TaskChoice(
          Task.MULTILABEL, targets.size() + " targets are yes/no columns, each for itself");
    }
    requireNumbers();
    return new TaskChoice(Task.REGRESSION, targets.size() + " targets are numbers");
  }

  private void requireNumbers() {
    for (TargetColumn column : targets) {
      if (!column.isNumeric()) {
        throw new DataException(
            file
                + ", column "
                + Numeric.quote(column.name())
                + ": several targets must all be numbers, or all be 0/1 or yes/no columns, but this"
                + " one has the labels "
                + ColumnNames.list(column.labels(), 3)
                + "; learn it alone with --target "
                + ColumnNames.argument(List.of(column.name())));
      }
    }
  }

  @Override
  public Target target(Task task) {
    if (targets.size() == 1) {
      if (task == Task.MULTILABEL) {
        throw new DataException(
            file + ": --task multilabel needs two targets or more, such as --target a,b");
      }
      return targets.get(0).target(task);
    }
    targets.forEach(TargetColumn::requireUsable);
    List<Target> columns = new ArrayList<>();
    for (TargetColumn column : targets) {
      switch (task) {
        case REGRESSION -> {
          requireNumbers();
          columns.add(column.target(Task.REGRESSION));
        }
        case MULTILABEL -> columns.add(column.yesNo());
        default ->
            throw new DataException(
                file
                    + ": --task "
                    + task
                    + " has one target, but "
                    + targets.size()
                    + " were named; use --task multilabel for yes/no columns");
      }
    }
    return together(columns);
  }

  @Override
  public Target matching(List<List<String>> classes) {
    if (classes.size() != targets.size()) {
      throw new DataException(
          file
              + ": the model has "
              + classes.size()
              + (classes.size() == 1 ? " target" : " targets")
              + ", but "
              + targets.size()
              + (targets.size() == 1 ? " was named" : " were named"));
    }
    if (targets.size() == 1) {
      return targets.get(0).matching(classes.get(0));
    }
    List<Target> columns = new ArrayList<>();
    for (int k = 0; k < targets.size(); k++) {
      columns.add(targets.get(k).matching(classes.get(k)));
    }
    return together(columns);
  }

  /** Columns, each without the rows that it lacks, cut down to the rows that all have. */
  private Target together(List<Target> columns) {
    RowIndex wanted = labelledRows();
    List<Target> selected = new ArrayList<>();
    for (int k = 0; k < columns.size(); k++) {
      RowIndex own = targets.get(k).labelledRows();
      Target column = columns.get(k);
      selected.add(own.size() == wanted.size() ? column : column.select(places(wanted, own)));
    }
    return new Target.Several(selected);
  }

  /** For each of some rows its place among others, both rising. */
  private static RowIndex places(RowIndex rows, RowIndex among) {
    RowIndex.Builder places = new RowIndex.Builder();
    long place = 0;
    for (long i = 0; i < rows.size(); i++) {
      while (among.get(place) < rows.get(i)) {
        place++;
      }
      places.add(place);
    }
    return places.build();
  }

  @Override
  public long dropped() {
    if (targets.size() == 1) {
      return targets.get(0).dropped();
    }
    boolean any = targets.stream().anyMatch(column -> column.dropped() > 0);
    return any ? targets.get(0).allRows() - labelledRows().size() : 0;
  }

  @Override
  public RowIndex labelledRows() {
    RowIndex rows = targets.get(0).labelledRows();
    for (TargetColumn column : targets.subList(1, targets.size())) {
      rows = both(rows, column.labelledRows());
    }
    return rows;
  }

  /** The rows that both have, both rising. */
  private static RowIndex both(RowIndex a, RowIndex b) {
    RowIndex.Builder rows = new RowIndex.Builder();
    long j = 0;
    for (long i = 0; i < a.size(); i++) {
      while (j < b.size() && b.get(j) < a.get(i)) {
        j++;
      }
      if (j < b.size() && b.get(j) == a.get(i)) {
        rows.add(a.get(i));
      }
    }
    return rows.build();
  }

  @Override
  public @Nullable SampleWeights weights() {
    if (weights == null && weightColumn != null) {
      weights = weightColumn.of(labelledRows());
    }
    return weights;
  }
}
