package org.shallownet.data.csv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;

/**
 * A column that is made up: its cells, and what a reader has to make of them.
 *
 * @param name as it is known once it is read
 * @param written its name in the file
 * @param kind as the user is told; "ignored" for one that isn't read
 * @param cells without quotes, as the file writes them
 * @param column what it becomes; null where it is left out
 * @param values what each cell becomes, NaN for a missing one; empty where it is left out
 * @param rare how many cells hold rare words
 */
record MeantColumn(
    String name,
    String written,
    String kind,
    List<String> cells,
    @Nullable Column column,
    List<Float> values,
    long rare) {
  private static final List<String> PLAIN_WORDS =
      List.of(
          "red",
          "blue",
          "New York",
          "<=50K",
          "A11",
          "v1.2",
          "x_y",
          "yes",
          "maybe",
          "NA na",
          "none");
  private static final List<String> RICH_WORDS =
      List.of(
          "Köln",
          "北京",
          "😀",
          "a, b",
          "x;y",
          "p|q",
          "a\tb",
          "say \"hi\"",
          "\"",
          "two\nlines",
          "carriage\rreturn",
          "both\r\nends",
          "#1",
          "5\" wide",
          ",",
          "naïve café",
          "'",
          "yes",
          "none",
          "ﬀ",
          "red",
          "Red");
  private static final List<String> PAIRS = List.of("no yes", "False True", "f t", "N Y", "off on");
  private static final List<String> DATES =
      List.of("2024-01-%02d", "%d.3.2021", "12:%02d", "2024-01-%02d 12:30:00", "3/%d/99");

  /** Makes columns by chance. */
  static final class Maker {
    private final Random random;
    private final Dialect dialect;
    private final int rows;
    private final List<String> markers;

    /**
     * Of columns of one table.
     *
     * @param markers what missing cells are written as
     */
    Maker(Random random, Dialect dialect, int rows, List<String> markers) {
      this.random = random;
      this.dialect = dialect;
      this.rows = rows;
      this.markers = markers;
    }

    /** A column of a kind, the number of which is drawn; names as in the file and as read. */
    MeantColumn make(int kind, String name, String written) {
      return switch (kind) {
        case 0, 1, 2 -> numbers(name, written, i -> decimal());
        case 3 -> numbers(name, written, i -> Integer.toString(random.nextInt(12) - 4));
        case 4, 5, 6 -> words(name, written, pool());
        case 7 -> bool(name, written);
        case 8 -> words(name, written, List.of("no", "yes"));
        case 9 -> leftOut(name, written, "identifier", i -> "id" + i + "-" + random.nextInt(9), .1);
        case 10 -> {
          String date = DATES.get(random.nextInt(DATES.size()));
          yield leftOut(
              name, written, "date", i -> String.format(Locale.ROOT, date, 1 + i % 28), 0.2);
        }
        case 11 -> {
          String all = random.nextBoolean() ? "same" : "7";
          yield leftOut(name, written, "constant", i -> all, 0);
        }
        case 12 -> leftOut(name, written, "empty", i -> "", 1);
        case IGNORED -> leftOut(name, written, "ignored", i -> pool().get(0), 0.3);
        default -> throw new IllegalArgumentException("kind " + kind);
      };
    }

    static final int KINDS = 14;
    static final int IGNORED = 13;

    private String missing() {
      return markers.get(random.nextInt(markers.size()));
    }

    /** A number as Java writes it, in one of many forms. */
    String decimal() {
      float value = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 3));
      return switch (random.nextInt(dialect.plain ? 4 : 6)) {
        case 0 -> String.format(Locale.ROOT, "%.2f", value);
        case 1 -> Integer.toString(1 + random.nextInt(5_000_000));
        case 2 -> Double.toString(value);
        case 3 -> String.format(Locale.ROOT, "%.5e", value);
        case 4 -> "00" + random.nextInt(100) + ".5";
        default -> String.format(Locale.ROOT, "%.4f", Math.abs(value)).replaceFirst("^0", "");
      };
    }

    /** Words for cells, different ones. */
    private List<String> pool() {
      List<String> all = new ArrayList<>(dialect.plain ? PLAIN_WORDS : RICH_WORDS);
      all.removeIf(
          word ->
              markers.contains(word) || (dialect.plain && word.indexOf(dialect.separator) >= 0));
      Collections.shuffle(all, random);
      return all.subList(0, 3 + random.nextInt(4));
    }

    /** Which cells are missing; two are there, of rows that are given. */
    private boolean[] missing(int one, int other) {
      boolean[] missing = new boolean[rows];
      double share = random.nextInt(3) * 0.15;
      for (int i = 0; i < rows; i++) {
        missing[i] = i != one && i != other && random.nextDouble() < share;
      }
      return missing;
    }

    private MeantColumn numbers(String name, String written, IntFunction<String> number) {
      int one = random.nextInt(rows);
      int other = (one + 1 + random.nextInt(rows - 1)) % rows;
      boolean[] missing = missing(one, other);
      List<String> cells = new ArrayList<>();
      List<Float> values = new ArrayList<>();
      boolean any = false;
      for (int i = 0; i < rows; i++) {
        String plain = i == one ? "0.75" : i == other ? "9600000" : number.apply(i);
        cells.add(missing[i] ? missing() : dialect.number(plain));
        values.add(missing[i] ? Float.NaN : Float.parseFloat(plain));
        any |= missing[i];
      }
      return new MeantColumn(
          name, written, "number", cells, new Column.Numeric(name, any), values, 0);
    }

    private MeantColumn bool(String name, String written) {
      List<String> pair = List.of(PAIRS.get(random.nextInt(PAIRS.size())).split(" ", -1));
      int one = random.nextInt(rows);
      List<String> cells = new ArrayList<>();
      List<Float> values = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        int value = i == one ? 0 : i == (one + 1) % rows ? 1 : random.nextInt(2);
        cells.add(pair.get(value));
        values.add((float) value);
      }
      return new MeantColumn(
          name,
          written,
          "boolean",
          cells,
          new Column.Category(name, pair, false, false, true),
          values,
          0);
    }

    /** A category; of two words such as no and yes some cells are missing, so that it is one. */
    private MeantColumn words(String name, String written, List<String> pool) {
      int one = random.nextInt(rows);
      boolean[] missing = missing(one, (one + 1) % rows);
      missing[(one + 2) % rows] |= pool.size() == 2;
      // Numbers among words are words, as long as they are not most of them.
      boolean number = pool.size() > 2 && random.nextInt(4) == 0;
      List<@Nullable String> texts = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        String word =
            i == one
                ? pool.get(0)
                : i == (one + 1) % rows
                    ? pool.get(1)
                    : number && random.nextInt(4) == 0
                        ? "3"
                        : pool.get(random.nextInt(pool.size()));
        texts.add(missing[i] ? null : word);
      }
      return category(name, written, texts);
    }

    /** Numbers that the user calls a category. */
    MeantColumn codes(String name, String written) {
      List<@Nullable String> texts = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        texts.add(i < 2 ? i + "0" : Integer.toString(random.nextInt(5)));
      }
      return category(name, written, texts);
    }

    private MeantColumn category(String name, String written, List<@Nullable String> texts) {
      Map<String, Integer> counts = new LinkedHashMap<>();
      List<String> cells = new ArrayList<>();
      boolean missing = false;
      for (String text : texts) {
        if (text == null) {
          cells.add(missing());
          missing = true;
        } else {
          cells.add(text);
          counts.merge(text, 1, Integer::sum);
        }
      }
      int fewest = rows < 20 ? 1 : Math.max(2, Math.min(10, rows / 500));
      List<String> levels = new ArrayList<>(counts.keySet());
      levels.removeIf(word -> counts.get(word) < fewest);
      levels.sort((a, b) -> Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray()));
      boolean other = levels.size() < counts.size();
      List<Float> values = new ArrayList<>();
      long rare = 0;
      for (String text : texts) {
        int level = text == null ? 0 : levels.indexOf(text);
        values.add(text == null ? Float.NaN : level < 0 ? levels.size() : level);
        rare += level < 0 ? 1 : 0;
      }
      Column.Category column = new Column.Category(name, levels, other, missing, false);
      return new MeantColumn(name, written, "category", cells, column, values, rare);
    }

    private MeantColumn leftOut(
        String name, String written, String kind, IntFunction<String> word, double missing) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        // The last rows are there, enough of them to tell what the column is.
        boolean isMissing = missing == 1 || (i < rows - 12 && random.nextDouble() < missing);
        cells.add(isMissing ? missing() : word.apply(i));
      }
      return new MeantColumn(name, written, kind, cells, null, List.of(), 0);
    }

    /** The file's first column, which has no name and counts the rows. */
    MeantColumn index(String name) {
      int first = random.nextInt(2);
      return leftOut(name, "", "index", i -> Integer.toString(first + i), 0);
    }
  }
}
