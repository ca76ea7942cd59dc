package org.shallownet.data.typed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.KeptCells;
import org.shallownet.data.text.Numeric;

/**
 * Cells that were kept while a query's rows were read, since asking again may give the rows in
 * another order.
 */
final class KeptTexts implements KeptCells {
  /** Texts that recur are kept once, as long as there are so few. */
  private static final int MOST_SHARED = 10_000;

  private final List<String> names;
  private final List<Integer> places = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();
  private final Map<String, String> shared = new HashMap<>();
  private Iterator<List<String>> next = List.<List<String>>of().iterator();

  /**
   * Without rows.
   *
   * @param source what the table is called in messages
   * @param columns the names of the table's columns
   * @param wanted the columns, or patterns of them
   * @throws DataException if a column is not there or stands there twice
   */
  KeptTexts(String source, List<String> columns, List<String> wanted) {
    names = Columns.expand(source, wanted, columns);
    for (String name : names) {
      int place = columns.indexOf(name);
      if (place != columns.lastIndexOf(name)) {
        throw new DataException(
            source + ": two columns are named " + Numeric.quote(name) + "; rename one");
      }
      places.add(place);
    }
  }

  /** Where the columns are in the table, counted from 0. */
  List<Integer> places() {
    return places;
  }

  /** Adds a row. */
  void add(List<String> cells) {
    rows.add(cells.stream().map(this::once).toList());
  }

  private String once(String cell) {
    String known = shared.get(cell);
    if (known == null && shared.size() < MOST_SHARED) {
      shared.put(cell, cell);
    }
    return known == null ? cell : known;
  }

  /** Goes to the first row. */
  void rewind() {
    next = rows.iterator();
  }

  @Override
  public List<String> names() {
    return names;
  }

  @Override
  public List<String> next() {
    return next.next();
  }

  @Override
  public void close() {}
}
