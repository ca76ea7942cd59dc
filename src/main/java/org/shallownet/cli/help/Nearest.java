package org.shallownet.cli.help;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The word that was probably meant. */
final class Nearest {
  private Nearest() {}

  /**
   * The known word with the fewest typing errors from this one, if those are few for its length.
   */
  static Optional<String> to(String word, Collection<String> known) {
    int most = Math.max(1, word.replace("-", "").length() / 3);
    return known.stream()
        .filter(other -> errors(word, other) <= most)
        .min(
            Comparator.comparingInt((String other) -> errors(word, other))
                .thenComparing(Comparator.naturalOrder()));
  }

  /**
   * How many letters were left out, added, mistaken or exchanged with their neighbour (optimal
   * string alignment).
   */
  static int errors(String a, String b) {
    int[][] distance = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          distance[i][j] = i + j;
          continue;
        }
        int mistaken = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least = Math.min(distance[i - 1][j], distance[i][j - 1]) + 1;
        least = Math.min(least, distance[i - 1][j - 1] + mistaken);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          least = Math.min(least, distance[i - 2][j - 2] + 1);
        }
        distance[i][j] = least;
      }
    }
    return distance[a.length()][b.length()];
  }
}
