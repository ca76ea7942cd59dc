package org.shallownet.data;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Finds the level that a word is; of a boolean column the case of its letters doesn't count. */
public final class LevelIndex {
  private final Map<String, Integer> codes = new HashMap<>();
  private final boolean anyCase;
  private final int other;

  public LevelIndex(Column.Category column) {
    anyCase = column.isBoolean();
    other = column.otherCode();
    for (int i = 0; i < column.levels().size(); i++) {
      codes.put(key(column.levels().get(i)), i);
    }
  }

  private String key(String word) {
    return anyCase ? word.toLowerCase(Locale.ROOT) : word;
  }

  /** The code of the level, or that of all other words. */
  public int code(String word) {
    return codes.getOrDefault(key(word), other);
  }

  /** Whether this code is that of all other words. */
  public boolean isOther(int code) {
    return code == other;
  }
}
