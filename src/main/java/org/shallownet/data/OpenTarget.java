package org.shallownet.data;

import java.util.List;

/** A target as it was read, whose task is still open. */
public interface OpenTarget {
  /** The column's name. */
  String name();

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
   * @throws DataException if a label is none of them
   */
  Target matching(List<String> classes);

  /** How many rows without a target are left out. */
  long dropped();

  /** The rows that have a target. */
  RowIndex labelledRows();
}
