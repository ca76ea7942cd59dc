package org.shallownet.data;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.features.RowIndex;

/** The targets of a table as they were read, whose task is still open. */
public interface OpenTarget {
  /** The columns' names, at least one. */
  List<String> names();

  /** Whether every value is a number. */
  boolean isNumeric();

  /**
   * What to learn from these values.
   *
   * @throws DataException if they can't be learned from
   */
  TaskChoice infer();

  /**
   * The target for this task.
   *
   * @throws DataException if the values don't fit it
   */
  Target target(Task task);

  /**
   * The target as a model's classes: labels are matched by spelling or, failing that, as numbers.
   *
   * @param classes those of each column
   * @throws DataException if a label is none of them
   */
  Target matching(List<List<String>> classes);

  /** How many rows without a target are left out. */
  long dropped();

  /** The rows that have a target, or all of several. */
  RowIndex labelledRows();

  /**
   * The weights of these rows; null if no column holds any.
   *
   * @throws DataException if all are 0
   */
  @Nullable SampleWeights weights();
}
