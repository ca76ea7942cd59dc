package org.shallownet.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Columns of cells as text, all drawn from a seed: rows to learn from, and others. */
final class Cells {
  /** ONNX Runtime for Java hands on characters beyond U+FFFF in an encoding of Java's own. */
  private static final List<String> WORDS =
      List.of("red", "Köln", "北京", "ﬀ\uFFFD", "x y", "Red", "3.0", "none", "<=50K", "1e5x");

  private static final List<String> UNSEEN = List.of("never", "rot", "köln", "RED", "0", "true");
  private static final List<String> MARKERS = List.of("", "NA", "?", "NaN", "null", "-");

  private final Random random;
  final List<String> kinds = new ArrayList<>();
  private final List<Double> missing = new ArrayList<>();
  private final List<Double> scales = new ArrayList<>();
  private final List<List<String>> levels = new ArrayList<>();

  Cells(long seed) {
    random = new Random(seed);
    int columns = 1 + random.nextInt(6);
    boolean numbersOnly = random.nextInt(5) == 0;
    for (int c = 0; c < columns; c++) {
      String kind = List.of("number", "words", "bool").get(numbersOnly ? 0 : random.nextInt(3));
      kinds.add(kind);
      missing.add(kind.equals("bool") ? 0 : random.nextInt(3) * 0.15);
      scales.add(Math.pow(10, random.nextInt(13) - 6));
      int first = random.nextInt(WORDS.size() - 2);
      int last = first + 2 + random.nextInt(WORDS.size() - first - 1);
      levels.add(kind.equals("bool") ? List.of("no", "yes") : WORDS.subList(first, last));
    }
  }

  /**
   * Rows of cells.
   *
   * @param fresh whether words may be unseen ones, and missing ones where training had none
   */
  List<List<String>> rows(int count, boolean fresh) {
    List<List<String>> rows = new ArrayList<>();
    for (int r = 0; r < count; r++) {
      List<String> row = new ArrayList<>();
      for (int c = 0; c < kinds.size(); c++) {
        row.add(cell(c, r, fresh));
      }
      rows.add(row);
    }
    return rows;
  }

  private String cell(int c, int r, boolean fresh) {
    boolean words = !kinds.get(c).equals("number");
    boolean isMissing = random.nextDouble() < missing.get(c);
    if (r > 1 && (isMissing || (fresh && words && random.nextInt(8) == 0))) {
      return MARKERS.get(random.nextInt(MARKERS.size()));
    }
    if (!words) {
      double value = scales.get(c) * (random.nextInt(3) + random.nextGaussian());
      return Float.toString((float) value);
    }
    if (fresh && random.nextInt(6) == 0) {
      // Another way of saying no and yes is refused.
      int unseen = kinds.get(c).equals("bool") ? UNSEEN.size() - 2 : UNSEEN.size();
      return UNSEEN.get(random.nextInt(unseen));
    }
    List<String> own = levels.get(c);
    String word = own.get(r < 2 ? r : random.nextInt(own.size()));
    boolean capitals = kinds.get(c).equals("bool") && random.nextInt(3) == 0;
    return capitals ? word.toUpperCase(Locale.ROOT) : word;
  }

  /** As CSV, with a target. */
  String csv(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (int c = 0; c < kinds.size(); c++) {
      text.append("ü ").append(c).append(',');
    }
    text.append("t\n");
    for (int r = 0; r < rows.size(); r++) {
      rows.get(r).forEach(cell -> text.append(cell).append(','));
      text.append(r % 2 == 0 ? "a\n" : "b\n");
    }
    return text.toString();
  }
}
