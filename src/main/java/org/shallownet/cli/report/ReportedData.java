package org.shallownet.cli.report;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Dataset;

/**
 * The rows that a report is about.
 *
 * @param train what was learned from; of an evaluation what the model was asked about
 * @param dev the rows that were held back; null for none
 * @param notes what became of the table's columns; none if they were decided before
 */
public record ReportedData(Dataset train, @Nullable Dataset dev, List<ColumnNote> notes) {
  /** Copies the list. */
  public ReportedData {
    notes = List.copyOf(notes);
  }

  /** Rows that a model is asked about, of columns that it knows. */
  public static ReportedData of(Dataset rows) {
    return new ReportedData(rows, null, List.of());
  }

  /** The rows held back if there are any, else those that were learned from. */
  Dataset judging() {
    return dev == null ? train : dev;
  }

  /** What these are called. */
  String judge() {
    return dev == null ? "the rows that it learned from" : "the dev set";
  }
}
