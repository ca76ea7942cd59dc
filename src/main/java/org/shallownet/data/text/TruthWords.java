package org.shallownet.data.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ways in which tools write the same truth value: false and true, PostgreSQL's f and t, and
 * SQLite's 0 and 1. Words such as no and yes are none of them: what they answer is the table's own.
 */
public final class TruthWords {
  /** The value of what is none. */
  public static final int NONE = -1;

  private static final Map<String, Integer> WORDS = new LinkedHashMap<>();
  private static final Map<String, Integer> ALL;

  static {
    List.of("false", "f").forEach(word -> addSpellings(word, 0));
    List.of("true", "t").forEach(word -> addSpellings(word, 1));
    Map<String, Integer> all = new LinkedHashMap<>(WORDS);
    all.putAll(Map.of("0", 0, "0.0", 0, "1", 1, "1.0", 1));
    ALL = Collections.unmodifiableMap(all);
  }

  private TruthWords() {}

  private static void addSpellings(String word, int value) {
    Spellings.of(word).forEach(spelled -> WORDS.put(spelled, value));
  }

  /** 0 for a word such as False, 1 for one such as True; {@link #NONE} for numbers and others. */
  public static int ofWord(String word) {
    return WORDS.getOrDefault(word, NONE);
  }

  /** The same, also for the numbers 0 and 1. */
  public static int of(String text) {
    return ALL.getOrDefault(text, NONE);
  }

  /** All texts that have a value, with it. */
  public static Map<String, Integer> all() {
    return ALL;
  }

  /**
   * Whether levels or classes are truth values, each of them once: two of different values, or one
   * that is a whole word.
   */
  public static boolean are(List<String> levels) {
    return switch (levels.size()) {
      case 1 -> ofWord(levels.get(0)) != NONE && levels.get(0).length() > 1;
      case 2 ->
          of(levels.get(0)) + of(levels.get(1)) == 1
              && of(levels.get(0)) != NONE
              && of(levels.get(1)) != NONE;
      default -> false;
    };
  }
}
