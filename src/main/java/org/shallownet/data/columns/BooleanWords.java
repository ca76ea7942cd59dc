package org.shallownet.data.columns;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.text.Numeric;
import org.shallownet.data.text.Spellings;

/**
 * Two labels of which one says no and the other yes.
 *
 * @param no as spelled first
 * @param yes as spelled first
 */
record BooleanWords(String no, String yes) {
  /** Pairs in lower case. */
  private static final List<BooleanWords> PAIRS =
      List.of(
          new BooleanWords("false", "true"),
          new BooleanWords("no", "yes"),
          new BooleanWords("f", "t"),
          new BooleanWords("n", "y"),
          new BooleanWords("off", "on"));

  private static final BooleanWords NUMBERS = new BooleanWords("0", "1");

  /**
   * The pair that words are of, as {@link Spellings#of} has them; a word that none of them is
   * stands in small letters.
   *
   * @param words at least one
   * @return null if they are of no pair
   */
  static @Nullable BooleanWords ofWords(List<String> words) {
    Map<String, String> spelled = new HashMap<>();
    for (String word : words) {
      if (word.isEmpty() || !Spellings.of(word).contains(word)) {
        return null;
      }
      spelled.putIfAbsent(word.toLowerCase(Locale.ROOT), word);
    }
    for (BooleanWords pair : PAIRS) {
      if (List.of(pair.no, pair.yes).containsAll(spelled.keySet())) {
        return pair.spelledAs(spelled);
      }
    }
    return null;
  }

  /** {@link #ofWords}, or 0 and 1 where all labels are these numbers. */
  static @Nullable BooleanWords of(List<String> labels) {
    Map<String, String> spelled = new HashMap<>();
    for (String label : labels) {
      double number = Numeric.parseDouble(label);
      if (number != 0 && number != 1) {
        return ofWords(labels);
      }
      spelled.putIfAbsent(number == 0 ? "0" : "1", label);
    }
    return spelled.isEmpty() ? null : NUMBERS.spelledAs(spelled);
  }

  /** Whether a word is one of any pair, or 0 or 1, so that it says no or yes in its own way. */
  static boolean answers(String word) {
    double number = Numeric.parseDouble(word);
    return number == 0 || number == 1 || (!word.isEmpty() && ofWords(List.of(word)) != null);
  }

  private BooleanWords spelledAs(Map<String, String> spelled) {
    return new BooleanWords(spelled.getOrDefault(no, no), spelled.getOrDefault(yes, yes));
  }

  /** Whether a label of the pair says yes. */
  boolean isYes(String label) {
    return label.equalsIgnoreCase(yes) || Numeric.parseDouble(label) == 1;
  }
}
