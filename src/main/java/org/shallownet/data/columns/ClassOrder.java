package org.shallownet.data.columns;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.text.Numeric;
import org.shallownet.data.text.Spellings;
import org.shallownet.data.text.TruthWords;

/**
 * The classes that labels stand for. If all labels are numbers, classes are in numerical order and
 * equal numbers are one class, named as first spelled; else they are in the order of Unicode code
 * points.
 *
 * @param names the classes' names in order
 * @param classOfLabel for each label the index of its class
 */
record ClassOrder(List<String> names, List<Integer> classOfLabel) {
  /** Longer ones are text: BigDecimal takes time that is quadratic in their length. */
  private static final int LONGEST_NUMBER = 1000;

  /**
   * Orders classes.
   *
   * @param labels different labels in the order of their appearance
   */
  static ClassOrder of(List<String> labels) {
    List<@Nullable BigDecimal> numbers = new ArrayList<>();
    boolean numeric = true;
    for (String label : labels) {
      BigDecimal number = number(label);
      numbers.add(number);
      numeric &= number != null;
    }
    Comparator<Integer> order =
        numeric
            ? Comparator.comparing(i -> numbers.get(i))
            : (a, b) -> compareCodePoints(labels.get(a), labels.get(b));
    List<Integer> sorted = IntStream.range(0, labels.size()).boxed().sorted(order).toList();
    List<String> names = new ArrayList<>();
    Integer[] classOfLabel = new Integer[labels.size()];
    int previous = -1;
    for (int label : sorted) {
      // Sorting is stable: of equal numbers the first spelled comes first.
      if (previous < 0 || order.compare(previous, label) != 0) {
        names.add(labels.get(label));
      }
      classOfLabel[label] = names.size() - 1;
      previous = label;
    }
    return new ClassOrder(names, List.of(classOfLabel));
  }

  /**
   * The index of the class of each label among given classes, or -1: the same spelling or, failing
   * that, the same number; of two classes such as False and True also in other usual letters, and
   * truth values in every form that {@link TruthWords} knows.
   */
  static List<Integer> match(List<String> labels, List<String> classes) {
    Map<String, Integer> bySpelling = new HashMap<>();
    Map<BigDecimal, Integer> byNumber = new HashMap<>();
    for (int i = 0; i < classes.size(); i++) {
      bySpelling.putIfAbsent(classes.get(i), i);
      BigDecimal number = number(classes.get(i));
      if (number != null) {
        byNumber.putIfAbsent(canonical(number), i);
      }
    }
    if (classes.size() == 2 && BooleanWords.ofWords(classes) != null) {
      for (int i = 0; i < classes.size(); i++) {
        for (String spelled : Spellings.of(classes.get(i))) {
          bySpelling.putIfAbsent(spelled, i);
        }
      }
    }
    boolean truths = classes.size() == 2 && TruthWords.are(classes);
    List<Integer> matched = new ArrayList<>();
    for (String label : labels) {
      BigDecimal number = number(label);
      int found = number == null ? -1 : byNumber.getOrDefault(canonical(number), -1);
      if (found < 0 && truths && TruthWords.of(label) != TruthWords.NONE) {
        found = TruthWords.of(classes.get(0)) == TruthWords.of(label) ? 0 : 1;
      }
      matched.add(bySpelling.getOrDefault(label, found));
    }
    return matched;
  }

  private static BigDecimal canonical(BigDecimal number) {
    return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
  }

  private static @Nullable BigDecimal number(String label) {
    if (label.length() > LONGEST_NUMBER) {
      return null;
    }
    double value = Numeric.parseDouble(label);
    // BigDecimal can't read such as 1e-99999999999, which is 0 in double.
    return Double.isNaN(value) ? null : value == 0 ? BigDecimal.ZERO : new BigDecimal(label);
  }

  static int compareCodePoints(String a, String b) {
    int i = 0;
    while (i < a.length() && i < b.length()) {
      int pointA = a.codePointAt(i);
      int pointB = b.codePointAt(i);
      if (pointA != pointB) {
        return Integer.compare(pointA, pointB);
      }
      i += Character.charCount(pointA);
    }
    return Integer.compare(a.length(), b.length());
  }
}
