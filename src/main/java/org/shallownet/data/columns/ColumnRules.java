package org.shallownet.data.columns;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.DataException;
import org.shallownet.data.LevelIndex;
import org.shallownet.data.text.NumberSyntax;
import org.shallownet.data.text.Numeric;

/**
 * Decides what the columns of a training table are. A pure function of the table and its options.
 *
 * <ul>
 *   <li>Cells that are all numbers or missing are numbers.
 *   <li>Two words such as no and yes, none missing, are a boolean.
 *   <li>Dates and times are left out: no ONNX runtime could read them.
 *   <li>Words of which at least nine of ten cells hold a different one, in ten rows or more, tell
 *       rows apart and are left out.
 *   <li>Other words are a category. Of these a word is rare that stands in fewer than one in 500
 *       rows, but from ten rows on none is, and one that stands once is (unless there are fewer
 *       than 20 rows); rare ones and those beyond the 255 most frequent are "other".
 *   <li>What is the same in every row, or missing in every row, is left out.
 * </ul>
 */
public final class ColumnRules {
  private static final int MOST_LEVELS = 255;
  private static final int ROWS_PER_RARE = 500;
  private static final int NEVER_RARE = 10;
  private static final int TOO_FEW_FOR_RARE = 20;
  private static final int FEWEST_FOR_IDENTIFIER = 10;
  private static final double NEARLY_ALL = 0.9;
  private static final double STRAY = 0.1;
  private static final int FEWEST_NUMBERS = 3;

  private static final String TIME_OF_DAY =
      "\\d{1,2}:\\d{2}(:\\d{2}([.,]\\d{1,9})?)?( ?[AaPp][Mm])?";
  private static final String DAY =
      "\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.]\\d{1,2}[-/.](\\d{4}|\\d{2})"
          + "|\\d{1,2}[- ][A-Za-z]{3,9}[- ,]{1,2}\\d{4}|[A-Za-z]{3,9} \\d{1,2},? \\d{4}";
  private static final Pattern DATE =
      Pattern.compile(
          "(" + DAY + ")([T ]" + TIME_OF_DAY + " ?(Z|UTC|[-+]\\d{2}:?\\d{2})?)?|" + TIME_OF_DAY);
  private static final int LONGEST_DATE = 40;

  private ColumnRules() {}

  /** What a column is to be. */
  static final class Decision {
    private final @Nullable Column column;
    private final float[] codes;
    private final ColumnNote note;

    private Decision(@Nullable Column column, float[] codes, ColumnNote note) {
      this.column = column;
      this.codes = codes;
      this.note = note;
    }

    /** The column; null to leave it out. */
    @Nullable Column column() {
      return column;
    }

    /** For words what stands for each of their codes; empty for numbers, which stay. */
    float[] codes() {
      return codes;
    }

    /** What the user is told. */
    ColumnNote note() {
      return note;
    }
  }

  /**
   * A column of numbers with what is known of them.
   *
   * @param unnamedFirst whether it is the file's first and has no name
   * @param keep whether to keep it even if it is constant
   */
  static Decision numbers(NumberColumn numbers, boolean unnamedFirst, boolean keep) {
    String name = numbers.name();
    if (numbers.present() == 0) {
      return leftOut(name, "empty", "every cell is missing");
    }
    if (unnamedFirst && numbers.countsRows()) {
      return leftOut(name, "index", "it has no name and counts the rows");
    }
    if (numbers.isConstant() && numbers.missing() == 0 && !keep) {
      return leftOut(name, "constant", "it is the same in every row");
    }
    ColumnNote note =
        ColumnNote.ofNumbers(name, numbers.missing(), numbers.missing() + numbers.present());
    boolean questioned = numbers.differsInEveryRow();
    if (questioned) {
      note =
          new ColumnNote(
              name,
              note.kind(),
              "a whole number that differs in every row; if it only names the rows, --ignore it",
              true,
              true);
    }
    return new Decision(new Column.Numeric(name, numbers.missing() > 0), new float[0], note);
  }

  /**
   * A column of words.
   *
   * @param where says where a line is, for errors
   * @param forced whether the user says that they are a category
   */
  static Decision words(
      String name, WordColumn words, FeaturePlan plan, LongFunction<String> where, boolean forced) {
    long cells = words.cells();
    if (cells == 0) {
      return leftOut(name, "empty", "every cell is missing");
    }
    if (!forced) {
      refuseNumbers(name, words, plan, where);
    }
    if (words.size() == 1 && words.missing() == 0) {
      return leftOut(name, "constant", "it is the same in every row");
    }
    if (!forced) {
      Decision decision = bool(name, words);
      if (decision != null) {
        return decision;
      }
      if (IntStream.range(0, words.size()).allMatch(i -> isDate(words.word(i)))) {
        return leftOut(name, "date", "dates and times can't be used; turn them into numbers");
      }
      if (cells >= FEWEST_FOR_IDENTIFIER && words.size() >= NEARLY_ALL * cells) {
        return leftOut(name, "identifier", "it differs in nearly every row");
      }
      if (words.size() == WordColumn.MOST_WORDS) {
        return leftOut(name, "identifier", "it has more than 100,000 different words");
      }
    }
    return category(name, words);
  }

  /** Numbers with a few words among them, or numbers in disguise, are a mistake. */
  private static void refuseNumbers(
      String name, WordColumn words, FeaturePlan plan, LongFunction<String> where) {
    NumberSyntax syntax = plan.syntax();
    long numbers = 0;
    long disguised = 0;
    long texts = 0;
    int firstDisguised = -1;
    int firstText = -1;
    for (int i = 0; i < words.size(); i++) {
      String word = words.word(i);
      if (!Double.isNaN(Numeric.parseDouble(syntax.plain(word)))) {
        numbers += words.count(i);
      } else if (Disguise.of(word) != null) {
        disguised += words.count(i);
        firstDisguised = firstDisguised < 0 ? i : firstDisguised;
      } else {
        texts += words.count(i);
        firstText = firstText < 0 ? i : firstText;
      }
    }
    long cells = words.cells();
    if (firstDisguised >= 0 && numbers + disguised >= NEARLY_ALL * cells) {
      String word = words.word(firstDisguised);
      Disguise disguise = Objects.requireNonNull(Disguise.of(word));
      throw new DataException(
          at(where, words.line(firstDisguised), name) + disguise.explain(word, name));
    }
    if (numbers >= FEWEST_NUMBERS && firstText >= 0 && (texts == 1 || texts <= STRAY * cells)) {
      String word = words.word(firstText);
      throw new DataException(
          at(where, words.line(firstText), name)
              + Numeric.quote(word)
              + " is not a number, as most of the column is; correct it, or if it stands for a"
              + " missing value, name it with --missing "
              + markers(Stream.concat(plan.options().missing().stream(), Stream.of(word))));
    }
  }

  /** What to give {@code --missing}, which replaces the markers that there are. */
  static String markers(Stream<String> markers) {
    String argument = ColumnNames.argument(markers.sorted().toList());
    return argument.isEmpty() ? "\"\"" : argument;
  }

  private static String at(LongFunction<String> where, long line, String name) {
    return where.apply(line) + ", column " + Numeric.quote(name) + ": ";
  }

  private static boolean isDate(String word) {
    return word.length() <= LONGEST_DATE && DATE.matcher(word).matches();
  }

  private static @Nullable Decision bool(String name, WordColumn words) {
    if (words.missing() > 0 || words.size() > 8) {
      return null;
    }
    List<String> spellings = new ArrayList<>();
    Set<String> different = new HashSet<>();
    for (int i = 0; i < words.size(); i++) {
      spellings.add(words.word(i));
      different.add(words.word(i).toLowerCase(Locale.ROOT));
    }
    BooleanWords pair = different.size() == 2 ? BooleanWords.ofWords(spellings) : null;
    if (pair == null) {
      return null;
    }
    List<String> levels = List.of(pair.no(), pair.yes());
    Column.Category column = new Column.Category(name, levels, false, false, true);
    LevelIndex index = new LevelIndex(column);
    float[] codes = new float[words.size()];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = index.code(words.word(i));
    }
    String detail = levels.get(0) + " is 0, " + levels.get(1) + " is 1";
    return new Decision(column, codes, new ColumnNote(name, "boolean", detail, true, false));
  }

  private static Decision category(String name, WordColumn words) {
    long rows = words.cells() + words.missing();
    long fewest =
        rows < TOO_FEW_FOR_RARE ? 1 : Math.max(2, Math.min(NEVER_RARE, rows / ROWS_PER_RARE));
    Comparator<Integer> byCount = Comparator.comparingLong(i -> -words.count(i));
    Comparator<String> byCodePoints = ClassOrder::compareCodePoints;
    List<Integer> kept =
        IntStream.range(0, words.size())
            .boxed()
            .filter(i -> words.count(i) >= fewest)
            .sorted(byCount.thenComparing(words::word, byCodePoints))
            .limit(MOST_LEVELS)
            .sorted(Comparator.comparing(words::word, byCodePoints))
            .toList();
    int rare = words.size() - kept.size();
    Column.Category column =
        new Column.Category(
            name, kept.stream().map(words::word).toList(), rare > 0, words.missing() > 0, false);
    if (column.states() < 2) {
      return leftOut(name, "identifier", "each of its words is rare");
    }
    float[] codes =
        new float[WordColumn.MOST_WORDS == words.size() ? words.size() + 1 : words.size()];
    Arrays.fill(codes, column.otherCode());
    for (int i = 0; i < kept.size(); i++) {
      codes[kept.get(i)] = i;
    }
    String detail = kept.size() + (kept.size() == 1 ? " level" : " levels");
    if (rare > 0) {
      detail += ", " + rare + (rare == 1 ? " rare word becomes" : " rare words become") + " other";
    }
    if (words.missing() > 0) {
      detail +=
          ", "
              + words.missing()
              + (words.missing() == 1 ? " missing is" : " missing are")
              + " a level";
    }
    return new Decision(
        column,
        codes,
        new ColumnNote(name, "category", detail, true, rare > 0 || words.missing() > 0));
  }

  private static Decision leftOut(String name, String kind, String detail) {
    return new Decision(
        null, new float[0], new ColumnNote(name, kind, "left out: " + detail, false, true));
  }
}
