package org.shallownet.model.scoring;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.DataException;
import org.shallownet.data.Schema;
import org.shallownet.data.Task;
import org.shallownet.data.text.Numeric;
import org.shallownet.data.typed.NamedRow;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * Scores rows with one model in plain Java: no backend, no native library, nothing to close. It
 * never changes, and any number of threads may use one at the same time.
 *
 * <p>The arithmetic is float32 like that of the model's ONNX graph; probabilities are within 10⁻⁶
 * of those of a backend and of ONNX Runtime. Rows of arrays are scored without allocating memory
 * once a thread has scored one, but for models from other tools with functions of their own.
 */
public final class Scorer {
  /** Of a column of numbers that may be missing. */
  private static final int ANY_NUMBER = -1;

  /** Of a column of numbers none of which may be missing. */
  private static final int NO_GAP = -2;

  private final ScoredModel model;
  private final int columns;
  private final int outputs;
  private final Output output;

  /** For each column the largest code of a category, or one of the above. */
  private final int[] kinds;

  private final ScoredLayer[][] networks;
  private final double[] means;
  private final double[] deviations;
  private final @Nullable NamedRow names;
  private final Scratch.Pool pool;

  private Scorer(ScoredModel model) {
    NetworkSpec first = model.networks().get(0).spec();
    Schema schema = model.preprocessing().schema();
    boolean foreign = schema.columns().isEmpty();
    this.model = model;
    this.columns = foreign ? first.inputs() : schema.columns().size();
    this.outputs = first.outputs();
    this.output = first.output();
    this.kinds = new int[columns];
    for (int c = 0; c < columns; c++) {
      kinds[c] = foreign ? NO_GAP : kind(schema.columns().get(c));
    }
    this.networks = new ScoredLayer[model.networks().size()][];
    int widest = outputs;
    for (int n = 0; n < networks.length; n++) {
      networks[n] = layers(model.networks().get(n), model.functions());
      for (ScoredLayer layer : networks[n]) {
        widest = Math.max(widest, layer.units());
      }
    }
    this.means = model.means().stream().mapToDouble(Double::doubleValue).toArray();
    this.deviations = model.deviations().stream().mapToDouble(Double::doubleValue).toArray();
    this.names = foreign ? null : new NamedRow(schema);
    int inputs = foreign ? first.inputs() : model.preprocessing().inputs();
    int most = widest;
    this.pool = new Scratch.Pool(() -> new Scratch(columns, inputs, most, outputs));
  }

  /** A scorer of a model; {@link org.shallownet.model.Model#scorer()} calls it. */
  public static Scorer of(ScoredModel model) {
    return new Scorer(model);
  }

  private static int kind(Column column) {
    return column instanceof Column.Category category
        ? category.otherCode()
        : column.missing() ? ANY_NUMBER : NO_GAP;
  }

  private static ScoredLayer[] layers(Weights network, Map<Integer, LayerFunction> functions) {
    ScoredLayer[] layers = new ScoredLayer[network.spec().layerCount()];
    for (int l = 1; l <= layers.length; l++) {
      layers[l - 1] = new ScoredLayer(network, l, functions.get(l));
    }
    return layers;
  }

  /** The columns that a row has, in order; none for a model from another tool. */
  public Schema schema() {
    return model.preprocessing().schema();
  }

  /** How many numbers a row has. */
  public int columns() {
    return columns;
  }

  /** What is predicted. */
  public Task task() {
    return model.task();
  }

  /** The targets' names. */
  public List<String> targets() {
    return model.targets();
  }

  /**
   * The classes in the order of the probabilities; of several yes/no targets no and yes of each;
   * empty for numbers.
   */
  public List<String> classes() {
    return model.classes();
  }

  /**
   * How many numbers there are for each row: a probability per class, for several yes/no targets
   * the probability of yes for each, or the predicted numbers.
   */
  public int results() {
    return switch (model.task()) {
      case REGRESSION, MULTILABEL -> outputs;
      case BINARY, MULTICLASS -> model.classes().size();
    };
  }

  /**
   * Scores a row.
   *
   * @param row the model's columns in its order, from index 0: numbers as they are in the table,
   *     categories by their codes, not-a-number where a cell is missing; {@link #row} makes one of
   *     values by name
   * @param out gets {@link #results()} numbers from index 0: probabilities, or numbers in the
   *     target's units
   * @throws DataException if a number is missing that must not be, or a code is none
   * @throws IllegalArgumentException if an array is too short
   */
  public void score(float[] row, float[] out) {
    score(row, 1, out);
  }

  /**
   * Scores rows.
   *
   * @param rows {@code count} rows as {@link #score(float[], float[])} has them, one behind the
   *     other
   * @param out gets {@code count × results()} numbers, row by row
   * @throws DataException if a number is missing that must not be, or a code is none; the rows
   *     before it are scored
   * @throws IllegalArgumentException if an array is too short
   */
  public void score(float[] rows, int count, float[] out) {
    requireLength(rows.length, count, columns, "rows");
    requireLength(out.length, count, results(), "results");
    Scratch scratch = pool.take();
    try {
      for (int r = 0; r < count; r++) {
        logits(rows, r * columns, r, scratch);
        finish(scratch.logits, out, r * results());
      }
    } finally {
      pool.giveBack(scratch);
    }
  }

  /**
   * Predicts numbers for a row, in double, as a target far from 0 needs it.
   *
   * @param row as {@link #score(float[], float[])} has it
   * @param out gets a number for each target, in its units
   * @throws DataException if a number is missing that must not be, or a code is none
   * @throws IllegalArgumentException if an array is too short
   * @throws IllegalStateException if the model predicts classes
   */
  public void predict(float[] row, double[] out) {
    if (model.task() != Task.REGRESSION) {
      throw new IllegalStateException("classes are predicted, not numbers: use score");
    }
    requireLength(row.length, 1, columns, "rows");
    requireLength(out.length, 1, outputs, "results");
    Scratch scratch = pool.take();
    try {
      logits(row, 0, 0, scratch);
      for (int k = 0; k < outputs; k++) {
        out[k] = number(k, scratch.logits[k]);
      }
    } finally {
      pool.giveBack(scratch);
    }
  }

  private static void requireLength(int length, int count, int columns, String what) {
    if (length < (long) count * columns || count < 0) {
      throw new IllegalArgumentException(
          what + " of " + count + " × " + columns + " numbers in an array of " + length);
    }
  }

  /** Adds up the logits of all networks for the row that begins at an index. */
  private void logits(float[] rows, int from, int number, Scratch scratch) {
    float[] row = scratch.row;
    for (int c = 0; c < columns; c++) {
      float cell = rows[from + c];
      int kind = kinds[c];
      if (kind == NO_GAP ? Float.isNaN(cell) : kind >= 0 && !isCode(cell, kind)) {
        throw refused(number, c, cell);
      }
      row[c] = cell;
    }
    float[] inputs = row;
    if (names != null) {
      inputs = scratch.inputs;
      model.preprocessing().apply(row, 1, inputs, 0);
    } else if (model.preprocessing().standardizer() != null) {
      model.preprocessing().standardizer().apply(row, 0, 1);
    }
    float[] logits = scratch.logits;
    for (int n = 0; n < networks.length; n++) {
      float[] z = run(networks[n], inputs, scratch);
      for (int k = 0; k < outputs; k++) {
        logits[k] = n == 0 ? z[k] : logits[k] + z[k];
      }
    }
  }

  private static boolean isCode(float cell, int largest) {
    return Float.isNaN(cell) || (cell >= 0 && cell <= largest && cell == (int) cell);
  }

  private DataException refused(int number, int column, float cell) {
    List<Column> known = schema().columns();
    String where =
        "row "
            + number
            + " (counted from 0), "
            + (known.isEmpty()
                ? "feature " + column
                : "column " + Numeric.quote(known.get(column).name()));
    if (!Float.isNaN(cell)) {
      return new DataException(
          where + ": " + cell + " is no code of a category; use 0 to " + kinds[column]);
    }
    return new DataException(
        where
            + ": the number is missing, "
            + (known.isEmpty()
                ? "which a model from another tool can't take"
                : "but the model learned from rows that all had one")
            + "; fill it in or remove the row");
  }

  /** A network's logits, in scratch memory. */
  private static float[] run(ScoredLayer[] layers, float[] inputs, Scratch scratch) {
    float[] from = inputs;
    for (int l = 0; l < layers.length; l++) {
      float[] to = l % 2 == 0 ? scratch.even : scratch.odd;
      layers[l].run(from, to);
      from = to;
    }
    return from;
  }

  /** What is predicted for a target, in its units. */
  private double number(int target, float logit) {
    // Rounded to float32 where the graph does.
    float value = (float) output.number(logit);
    return means.length == 0 ? value : value * deviations[target] + means[target];
  }

  /** Turns a row's logits into what is handed out. */
  private void finish(float[] logits, float[] out, int at) {
    switch (output) {
      case IDENTITY_SQUARED_ERROR, EXPONENTIAL_POISSON -> {
        for (int k = 0; k < outputs; k++) {
          out[at + k] = (float) number(k, logits[k]);
        }
      }
      case SOFTMAX_CROSS_ENTROPY -> softmax(logits, outputs, out, at);
      case SIGMOID_CROSS_ENTROPY -> {
        if (model.task() == Task.BINARY) {
          float yes = ScoredLayer.sigmoid(logits[0]);
          out[at] = 1 - yes;
          out[at + 1] = yes;
        } else {
          for (int k = 0; k < outputs; k++) {
            out[at + k] = ScoredLayer.sigmoid(logits[k]);
          }
        }
      }
    }
  }

  private static void softmax(float[] logits, int count, float[] out, int at) {
    float largest = logits[0];
    for (int k = 1; k < count; k++) {
      largest = Math.max(largest, logits[k]);
    }
    double sum = 0;
    for (int k = 0; k < count; k++) {
      sum += Math.exp((double) logits[k] - largest);
    }
    for (int k = 0; k < count; k++) {
      out[at + k] = (float) (Math.exp((double) logits[k] - largest) / sum);
    }
  }

  /**
   * A row for {@link #score(float[], float[])} of values by the columns' names. A value is a {@link
   * Number}, a {@link Boolean}, a text as it would stand in a CSV file, or null where the cell is
   * missing; other names are passed over.
   *
   * @throws DataException if a column is not there, or a value can't be used
   * @throws IllegalStateException if the model is from another tool, which knows no names
   */
  public float[] row(Map<String, ?> values) {
    if (names == null) {
      throw new IllegalStateException(
          "a model from another tool takes columns by position: use score(float[], float[])");
    }
    float[] row = new float[columns];
    names.read(values, row);
    return row;
  }

  /**
   * Scores a row of values by name, as {@link #row} takes them.
   *
   * @throws DataException if a column is not there, or a value can't be used
   * @throws IllegalStateException if the model is from another tool, which knows no names
   */
  public Prediction score(Map<String, ?> values) {
    return predict(row(values));
  }

  /**
   * Scores rows of values by name, as {@link #row} takes them.
   *
   * @throws DataException if one of them can't be used; the message says which, counted from 1
   * @throws IllegalStateException if the model is from another tool, which knows no names
   */
  public List<Prediction> score(List<? extends Map<String, ?>> rows) {
    List<Prediction> predictions = new ArrayList<>(rows.size());
    for (int r = 0; r < rows.size(); r++) {
      try {
        predictions.add(score(rows.get(r)));
      } catch (DataException e) {
        throw new DataException("row " + (r + 1) + ": " + e.getMessage(), e);
      }
    }
    return predictions;
  }

  /**
   * What the model says about a row, by names.
   *
   * @param row as {@link #score(float[], float[])} has it
   * @throws DataException if a number is missing that must not be, or a code is none
   */
  public Prediction predict(float[] row) {
    double[] values = new double[results()];
    if (model.task() == Task.REGRESSION) {
      predict(row, values);
    } else {
      float[] probabilities = new float[values.length];
      score(row, probabilities);
      for (int k = 0; k < values.length; k++) {
        values[k] = probabilities[k];
      }
    }
    return Named.prediction(model, values);
  }
}
