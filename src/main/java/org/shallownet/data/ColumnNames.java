package org.shallownet.data;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.text.Numeric;
import org.shallownet.data.text.Printable;

/** Columns' names in messages. */
public final class ColumnNames {
  private static final int MOST_LISTED = 10;
  private static final int LARGEST_TYPO = 2;

  private ColumnNames() {}

  /** {@code 'a', 'b', 'c' and 7 more}. */
  public static String list(List<String> names, int most) {
    StringBuilder text = new StringBuilder();
    int shown = Math.min(names.size(), most);
    for (int i = 0; i < shown; i++) {
      text.append(i == 0 ? "" : ", ").append(Numeric.quote(names.get(i)));
    }
    if (names.size() > shown) {
      text.append(" and ").append(names.size() - shown).append(" more");
    }
    return text.toString();
  }

  /** {@code did you mean 'x'?} or, if nothing is near, what there is. */
  public static String suggest(String name, List<String> names) {
    String nearest = nearest(name, names);
    return nearest != null
        ? "did you mean " + Numeric.quote(nearest) + "?"
        : "it has " + list(names, MOST_LISTED);
  }

  private static @Nullable String nearest(String name, List<String> names) {
    String wanted = name.toLowerCase(Locale.ROOT);
    String nearest = null;
    int least = Math.min(LARGEST_TYPO, (name.length() - 1) / 2) + 1;
    for (String candidate : names) {
      int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT));
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** How many characters must be put in, taken out or changed (Levenshtein). */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(change, 1 + Math.min(previous[j], current[j - 1]));
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length()];
  }

  /** What {@link Columns#parseList} reads, quoted for a shell where that is needed. */
  public static String argument(List<String> names) {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      text.append(text.isEmpty() ? "" : ",");
      boolean plain =
          name.indexOf(',') < 0
              && name.indexOf('"') < 0
              && name.indexOf('\n') < 0
              && name.indexOf('\r') < 0;
      text.append(plain ? name : '"' + name.replace("\"", "\"\"") + '"');
    }
    return Printable.shellWord(text.toString());
  }
}
