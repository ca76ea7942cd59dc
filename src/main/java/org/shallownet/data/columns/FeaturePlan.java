package org.shallownet.data.columns;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.LevelIndex;
import org.shallownet.data.Schema;
import org.shallownet.data.TableOptions;
import org.shallownet.data.text.NumberSyntax;
import org.shallownet.data.text.Numeric;
import org.shallownet.data.text.TruthWords;

/** How the cells of each column of a CSV file are read. For any thread. */
public final class FeaturePlan {
  /** The role of a column that is not wanted. */
  public static final int IGNORED = -1;

  /** The role of the first target's column; that of the next is one less, and so on. */
  private static final int TARGET = -2;

  private static final int MOST_NAMED = 5;

  /** For each column of the file: the feature's place, or one of the above. */
  private final int[] roles;

  /** For each feature whether its cells are words whose levels are still to be found. */
  private final boolean[] words;

  /** For each feature the levels of a model's category; null for others. */
  private final @Nullable LevelIndex[] levels;

  /** For each feature whether it is a model's category of two words that say no and yes. */
  private final boolean[] yesNo;

  /** For each feature of numbers whether they may be missing. */
  private final boolean[] mayMiss;

  /** For each feature of numbers whether it becomes one of words if a cell is no number. */
  private final boolean[] mayBeWords;

  private final TableOptions options;
  private final NumberSyntax syntax;

  private final MissingCells missing;

  /**
   * A plan.
   *
   * @param wordColumns the names of features that are known to hold words
   */
  public FeaturePlan(
      String file,
      List<String> header,
      Columns.Places places,
      TableOptions options,
      Set<String> wordColumns) {
    this.options = options;
    this.syntax = options.format().numbers();
    this.missing = new MissingCells(options, syntax);
    roles = new int[header.size()];
    Arrays.fill(roles, IGNORED);
    int features = places.features().size();
    words = new boolean[features];
    levels = new LevelIndex[features];
    yesNo = new boolean[features];
    mayMiss = new boolean[features];
    mayBeWords = new boolean[features];
    Set<String> categorical = Set.copyOf(Columns.expand(file, options.categorical(), header));
    Set<String> numeric = Set.copyOf(Columns.expand(file, options.numeric(), header));
    Schema schema = options.schema();
    for (int target : places.targets()) {
      String name = header.get(target);
      if (options.numeric().contains(name) || options.categorical().contains(name)) {
        throw new DataException(
            file
                + ": "
                + Numeric.quote(name)
                + " is the target; --numeric and --categorical are for features, --task says how a"
                + " target is learned");
      }
    }
    for (int i = 0; i < features; i++) {
      roles[places.features().get(i)] = i;
      String name = places.featureNames().get(i);
      if (schema == null) {
        if (categorical.contains(name) && numeric.contains(name)) {
          throw new DataException(
              "column " + Numeric.quote(name) + " can't be both categorical and numeric");
        }
        mayMiss[i] = true;
        mayBeWords[i] = !numeric.contains(name);
        words[i] = categorical.contains(name) || wordColumns.contains(name);
      } else if (schema.columns().get(i) instanceof Column.Category category) {
        levels[i] = new LevelIndex(category);
        yesNo[i] = category.levels().size() > 1 && BooleanWords.of(category.levels()) != null;
      } else {
        mayMiss[i] = schema.columns().get(i).missing();
      }
    }
    List<Integer> others = new ArrayList<>(places.targets());
    if (places.weights() >= 0) {
      others.add(places.weights());
    }
    for (int i = 0; i < others.size(); i++) {
      roles[others.get(i)] = TARGET - i;
    }
  }

  public int fileColumns() {
    return roles.length;
  }

  public int features() {
    return words.length;
  }

  /** The feature that a column of the file is, or something negative. */
  public int role(int fileColumn) {
    return roles[fileColumn];
  }

  /** How many columns are targets or weights. */
  public int targets() {
    return (int) Arrays.stream(roles).filter(role -> target(role) >= 0).count();
  }

  /** Which of {@link TargetColumns} a role says; negative for features and ignored columns. */
  public static int target(int role) {
    return TARGET - role < 0 || role >= 0 ? -1 : TARGET - role;
  }

  NumberSyntax syntax() {
    return syntax;
  }

  public TableOptions options() {
    return options;
  }

  /** What stands for a missing cell. */
  public MissingCells missing() {
    return missing;
  }

  /** The number in ASCII text; NaN if there is none. */
  public float number(byte[] text, int offset, int length) {
    float value = syntax.parse(text, offset, length);
    if (!missing.mayBeNumbers()) {
      return value;
    }
    String cell = new String(text, offset, length, StandardCharsets.US_ASCII).strip();
    return missing.has(cell) ? Float.NaN : value;
  }

  /** The number in a text; NaN if there is none. */
  public float number(char[] text, int offset, int length) {
    float value = syntax.parse(text, offset, length);
    return missing.mayBeNumbers() && missing.has(new String(text, offset, length).strip())
        ? Float.NaN
        : value;
  }

  /** Whether numbers are written as in Java, and none of them stands for a missing one. */
  public boolean hasUsualNumbers() {
    return syntax.isUsual() && !missing.mayBeNumbers();
  }

  public boolean isNumber(int feature) {
    return !words[feature] && levels[feature] == null;
  }

  public boolean mayBeWords(int feature) {
    return mayBeWords[feature];
  }

  /** Whether a cell that is no number is a missing one where that is allowed. */
  public boolean isAllowedMissing(int feature, String stripped) {
    return mayMiss[feature] && missing.has(stripped);
  }

  /** A cell without blanks around it, and its line. */
  record Place(String text, long line) {}

  /** Words and what they were in some rows. */
  public final class Cells {
    private final @Nullable WordColumn[] found = new WordColumn[words.length];
    private final long[] unknown = new long[words.length];

    /** For each feature the first cell that says no or yes otherwise than the model's words. */
    private final @Nullable Place[] otherAnswers = new Place[words.length];

    /** For each feature of a model's numbers the first cell that is a word for 0 or 1. */
    private final @Nullable Place[] truths = new Place[words.length];

    /** Texts of each feature, and what is kept of them. */
    private final @Nullable KnownTexts[] texts = new KnownTexts[words.length];

    private final float[][] codes = new float[words.length][];

    public Cells() {
      for (int i = 0; i < found.length; i++) {
        found[i] = words[i] ? new WordColumn() : null;
      }
    }

    /**
     * {@link #code(int, String, long)} for ASCII text, faster for text that came before.
     *
     * @param hash of the text, of which the highest bits differ most
     */
    public float code(int feature, byte[] block, int begin, int length, long hash, long line) {
      KnownTexts known = texts[feature];
      if (known == null) {
        known = new KnownTexts();
        texts[feature] = known;
        codes[feature] = new float[KnownTexts.SIZE];
      }
      int slot = KnownTexts.slot(hash);
      if (known.has(slot, block, begin, length)) {
        float code = codes[feature][slot];
        countAgain(feature, code);
        return code;
      }
      String cell = new String(block, begin, length, StandardCharsets.US_ASCII).strip();
      float code = code(feature, cell, line);
      if (known.put(slot, block, begin, length)) {
        codes[feature][slot] = code;
      }
      return code;
    }

    private void countAgain(int feature, float code) {
      WordColumn column = found[feature];
      LevelIndex index = levels[feature];
      if (column != null && Float.isNaN(code)) {
        column.addMissing();
      } else if (column != null) {
        column.addAgain((int) code);
      } else if (index != null && !Float.isNaN(code) && index.isOther((int) code)) {
        unknown[feature]++;
      }
    }

    /** What is kept of a cell of a feature that is not one of numbers. */
    public float code(int feature, String stripped, long line) {
      WordColumn column = found[feature];
      LevelIndex index = levels[feature];
      // A level of the model may be what usually stands for a missing cell, such as NA.
      int level = index == null ? 0 : index.code(stripped);
      // A model's file knows words by their spelling alone.
      boolean isMissing = index == null ? missing.has(stripped) : options.isMissing(stripped);
      if (index != null && !index.isOther(level) && (!isMissing || index.isLevel(stripped))) {
        return level;
      }
      if (isMissing) {
        if (column != null) {
          column.addMissing();
        }
        return Float.NaN;
      }
      if (column != null) {
        return column.add(stripped, line);
      }
      if (index == null) {
        throw new IllegalStateException("a column of numbers has no words");
      }
      unknown[feature]++;
      if (yesNo[feature] && otherAnswers[feature] == null && BooleanWords.answers(stripped)) {
        otherAnswers[feature] = new Place(stripped, line);
      }
      return level;
    }

    /**
     * The number that a word such as True is where a model learned numbers; NaN if it is none. What
     * else is in the column decides whether it may be one.
     */
    public float truth(int feature, String stripped, long line) {
      int value = options.schema() == null ? TruthWords.NONE : TruthWords.ofWord(stripped);
      if (value == TruthWords.NONE) {
        return Float.NaN;
      }
      if (truths[feature] == null) {
        truths[feature] = new Place(stripped, line);
      }
      return value;
    }

    /** Adds what was found in later rows, and changes their codes to those here. */
    public void add(Cells later, float[] values, int rows, long linesBefore) {
      int columns = words.length;
      for (int c = 0; c < columns; c++) {
        WordColumn column = found[c];
        WordColumn added = later.found[c];
        unknown[c] += later.unknown[c];
        otherAnswers[c] = first(otherAnswers[c], later.otherAnswers[c], linesBefore);
        truths[c] = first(truths[c], later.truths[c], linesBefore);
        if (column != null && added != null) {
          float[] map = column.add(added, linesBefore);
          for (int i = c; i < rows * columns; i += columns) {
            values[i] = Float.isNaN(values[i]) ? values[i] : map[(int) values[i]];
          }
        }
      }
    }

    /** The same under a plan of the same features of which fewer are words. */
    public Cells under(FeaturePlan other) {
      Cells same = other.new Cells();
      for (int i = 0; i < found.length; i++) {
        same.found[i] = same.found[i] == null ? null : found[i];
      }
      return same;
    }

    private static @Nullable Place first(
        @Nullable Place known, @Nullable Place later, long linesBefore) {
      return known != null || later == null
          ? known
          : new Place(later.text, linesBefore + later.line);
    }

    /** The words of a feature; null of other features. */
    @Nullable WordColumn words(int feature) {
      return found[feature];
    }

    /** How many cells were none of the model's levels. */
    long unknown(int feature) {
      return unknown[feature];
    }

    /**
     * Refuses words that say no and yes otherwise than those that a model learned.
     *
     * @param where says where a line is
     * @throws DataException if there are any
     */
    public void requireSameAnswers(Schema schema, LongFunction<String> where) {
      for (int i = 0; i < otherAnswers.length; i++) {
        Place place = otherAnswers[i];
        if (place != null && schema.columns().get(i) instanceof Column.Category category) {
          throw new DataException(
              where.apply(place.line())
                  + ", column "
                  + Numeric.quote(category.name())
                  + ": "
                  + Numeric.quote(place.text())
                  + " is none of the words that the model learned, "
                  + ColumnNames.list(category.levels(), MOST_NAMED)
                  + "; write the column with these");
        }
      }
    }

    /** The first cell that {@link #truth} made a number of; null if there is none. */
    @Nullable Place truth(int feature) {
      return truths[feature];
    }
  }
}
