package org.shallownet.data.columns;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The different words of a column, as far as there are not too many, with their numbers. */
final class WordColumn {
  /** Words after these many different ones are not told apart: no category has so many. */
  static final int MOST_WORDS = 100_000;

  private final Map<String, Integer> codes = new HashMap<>();
  private final List<String> words = new ArrayList<>();
  private long[] counts = new long[16];

  /** Where each word stood first. */
  private long[] lines = new long[16];

  private long missing;
  private long others;

  /** Counts a missing cell. */
  void addMissing() {
    missing++;
  }

  /** Counts a word that has a code once more. */
  void addAgain(int code) {
    if (code == MOST_WORDS) {
      others++;
    } else {
      counts[code]++;
    }
  }

  /** The code of a word; {@link #MOST_WORDS} for all that came after so many. */
  int add(String word, long line) {
    return add(word, 1, line);
  }

  private int add(String word, long count, long line) {
    Integer known = codes.get(word);
    if (known == null) {
      if (words.size() == MOST_WORDS) {
        others += count;
        return MOST_WORDS;
      }
      known = words.size();
      codes.put(word, known);
      words.add(word);
      if (known == counts.length) {
        counts = Arrays.copyOf(counts, 2 * known);
        lines = Arrays.copyOf(lines, 2 * known);
      }
      lines[known] = line;
    }
    counts[known] += count;
    return known;
  }

  /**
   * Adds all that another column counted.
   *
   * @param linesBefore how many lines came before those that the other counted
   * @return for each of its codes the code here
   */
  float[] add(WordColumn later, long linesBefore) {
    float[] map = new float[MOST_WORDS == later.words.size() ? MOST_WORDS + 1 : later.size()];
    for (int i = 0; i < later.size(); i++) {
      map[i] = add(later.word(i), later.counts[i], linesBefore + later.lines[i]);
    }
    if (map.length > later.size()) {
      map[later.size()] = MOST_WORDS;
    }
    missing += later.missing;
    others += later.others;
    return map;
  }

  /** How many different words there are, at most {@link #MOST_WORDS}. */
  int size() {
    return words.size();
  }

  String word(int code) {
    return words.get(code);
  }

  long count(int code) {
    return counts[code];
  }

  long line(int code) {
    return lines[code];
  }

  long missing() {
    return missing;
  }

  /** How many cells are not missing. */
  long cells() {
    return Arrays.stream(counts).sum() + others;
  }
}
