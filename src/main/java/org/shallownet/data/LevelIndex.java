package org.shallownet.data;

import java.util.Map;
import java.util.Set;

/** Finds the level that a word is, by {@link Column.Category#spellings}. */
public final class LevelIndex {
  private final Map<String, Integer> codes;
  private final Set<String> levels;
  private final int other;

  /** An index of a category's levels. */
  public LevelIndex(Column.Category column) {
    codes = column.spellings();
    levels = Set.copyOf(column.levels());
    other = column.otherCode();
  }

  /** The code of the level, or that of all other words. */
  public int code(String word) {
    return codes.getOrDefault(word, other);
  }

  /** Whether a word is a level as the training table wrote it. */
  public boolean isLevel(String word) {
    return levels.contains(word);
  }

  /** Whether this code is that of all other words. */
  public boolean isOther(int code) {
    return code == other;
  }
}
