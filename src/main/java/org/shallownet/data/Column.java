package org.shallownet.data;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.data.columns.ColumnRules;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Spellings;
import org.shallownet.data.text.TruthWords;

/**
 * What a column of features is, and so which inputs of a network it becomes. It is decided once, by
 * {@link ColumnRules} from the training table, and kept in the model.
 *
 * <p>In a {@link FeatureTable} a number is itself, a category the index of its level, and {@link
 * Category#otherCode()} where it is none of the levels; a missing cell of either is NaN.
 */
public sealed interface Column {
  /** Its name in the file. */
  String name();

  /** Whether cells of it were missing when it was learned, so that they may be missing later. */
  boolean missing();

  /**
   * Numbers: one input, and a second, 0 or 1, that says whether the number was missing, if any was.
   *
   * @param missing whether the training table lacked some
   */
  record Numeric(String name, boolean missing) implements Column {}

  /**
   * Words: one input for each state, 1 where the cell is in it and else 0. States are the levels,
   * "missing" and "other", as far as the training table had them. Two states are one input.
   *
   * @param levels the words that it knows, in order; of a boolean the false one first
   * @param other whether the training table had rare words, which are one state together
   * @param missing whether the training table lacked some
   * @param isBoolean whether the two levels are words such as no and yes, as {@link #spellings} has
   *     them
   */
  record Category(
      String name, List<String> levels, boolean other, boolean missing, boolean isBoolean)
      implements Column {
    /** Copies the levels. */
    public Category {
      levels = List.copyOf(levels);
    }

    /**
     * The words that are levels, with the level's code: the levels, and those of a boolean also in
     * small letters, in capitals and with a capital first. Where levels are truth values, they are
     * known in every form that {@link TruthWords} knows.
     */
    public Map<String, Integer> spellings() {
      Map<String, Integer> codes = new LinkedHashMap<>();
      for (int i = 0; i < levels.size(); i++) {
        codes.put(levels.get(i), i);
      }
      for (int i = 0; isBoolean && i < levels.size(); i++) {
        for (String spelled : Spellings.of(levels.get(i))) {
          codes.putIfAbsent(spelled, i);
        }
      }
      if (TruthWords.are(levels)) {
        for (int i = 0; i < levels.size(); i++) {
          int value = TruthWords.of(levels.get(i));
          for (Map.Entry<String, Integer> each : TruthWords.all().entrySet()) {
            if (each.getValue() == value) {
              codes.putIfAbsent(each.getKey(), i);
            }
          }
        }
      }
      return codes;
    }

    /** How a cell is kept that is none of the levels. */
    public int otherCode() {
      return levels.size();
    }

    /** How many states there are. */
    public int states() {
      return levels.size() + (other ? 1 : 0) + (missing ? 1 : 0);
    }

    /** How many inputs it becomes. */
    public int inputs() {
      return states() == 2 ? 1 : states();
    }

    /**
     * The inputs for each code, row by row: the levels, other, missing. What the training table
     * never had has no state of its own: its inputs are all 0, of two states the middle, 0.5, and a
     * missing cell is as any other unknown one.
     */
    public float[] encoding() {
      int width = inputs();
      float[] table = new float[(levels.size() + 2) * width];
      for (int row = 0; row < levels.size() + 2; row++) {
        encode(row, table, row * width);
      }
      return table;
    }

    /**
     * Writes the inputs for one code: a row of {@link #encoding}, which grows with the square of
     * the levels and is not to be kept.
     *
     * @param row the code; for a missing cell one more than that of other words
     * @param inputs gets {@link #inputs} numbers
     */
    public void encode(int row, float[] inputs, int at) {
      int known = levels.size();
      int state = row > known && !missing ? known : row;
      if (states() == 2) {
        inputs[at] = state < known ? state : state > known || other ? 1 : 0.5f;
        return;
      }
      Arrays.fill(inputs, at, at + inputs(), 0);
      if (state < known) {
        inputs[at + state] = 1;
      } else if (state > known) {
        inputs[at + known + (other ? 1 : 0)] = 1;
      } else if (other) {
        inputs[at + known] = 1;
      }
    }
  }
}
