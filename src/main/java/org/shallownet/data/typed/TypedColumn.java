package org.shallownet.data.typed;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Columns;

/**
 * A column whose cells have a type.
 *
 * @param name its name
 * @param type what its type is called in messages
 * @param kind what its cells are
 */
public record TypedColumn(String name, String type, CellKind kind) {
  /** How pandas names row labels that it saves as a column. */
  private static final Pattern PANDAS_INDEX = Pattern.compile("__index_level_\\d+__");

  private static final int LONGEST_TYPE = 40;

  /**
   * A column.
   *
   * @param given its name, which may be missing
   * @param place where it is, counted from 0
   * @param type what its type is called, of which a very long one is shortened
   */
  public static TypedColumn of(@Nullable String given, int place, String type, CellKind kind) {
    String name = given == null || given.isBlank() ? Columns.unnamed(place) : given.strip();
    return new TypedColumn(name, shortened(type.toUpperCase(Locale.ROOT)), kind);
  }

  /** Structures name all their parts, which may be many. */
  private static String shortened(String type) {
    int parts = type.indexOf('(');
    return type.length() <= LONGEST_TYPE || parts < 0 ? type : type.substring(0, parts) + "(…)";
  }

  /** Whether it is left out unless it is named. */
  boolean isLeftOut() {
    return kind == CellKind.UNUSABLE || isIndex();
  }

  /** Whether it holds dates or times. */
  boolean isTime() {
    return type.startsWith("DATE") || type.startsWith("TIME");
  }

  /** Whether it holds the row labels of a data frame. */
  boolean isIndex() {
    return PANDAS_INDEX.matcher(name).matches();
  }
}
