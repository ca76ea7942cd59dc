package org.shallownet.data;

/**
 * What became of a column of a file.
 *
 * @param name its name
 * @param kind what it is: {@code number}, {@code boolean}, {@code category}, {@code identifier},
 *     {@code date}, {@code empty}, {@code constant}, {@code index}
 * @param detail what was made of it and what the user should know of that, a few words
 * @param used whether it is a feature
 * @param notable whether the user should look at it
 */
public record ColumnNote(String name, String kind, String detail, boolean used, boolean notable) {
  /** A feature of numbers, of which some are missing. */
  public static ColumnNote ofNumbers(String name, long missing, long rows) {
    String detail = "";
    if (missing == rows) {
      detail = "every cell is missing";
    } else if (missing > 0) {
      detail = missing + (missing == 1 ? " missing becomes" : " missing become") + " the median";
    }
    return new ColumnNote(name, "number", detail, true, missing > 0);
  }
}
