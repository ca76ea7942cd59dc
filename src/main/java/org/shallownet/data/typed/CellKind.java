package org.shallownet.data.typed;

/** What the cells of a column are. */
public enum CellKind {
  /** Numbers of any size. */
  NUMBER,
  /** True and false. */
  BOOLEAN,
  /** Words, which may turn out to be numbers, as in a CSV file. */
  TEXT,
  /** Each cell has a type of its own, as in SQLite. */
  ANY,
  /** Neither a number nor a word: dates, times, intervals, lists, structures, bytes. */
  UNUSABLE
}
