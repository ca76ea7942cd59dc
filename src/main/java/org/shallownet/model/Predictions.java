package org.shallownet.model;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.FloatTable;
import org.shallownet.model.scoring.Named;
import org.shallownet.model.scoring.Prediction;
import org.shallownet.model.scoring.ScoredModel;

/**
 * What a model says about the rows of a table: for classes a probability for each, for numbers a
 * value.
 */
public final class Predictions {
  private static final int MOST_SHOWN = 3;

  private final List<String> classes;
  private final FloatTable table;

  /** How numbers are turned back to the target's units; null for not at all. */
  private final @Nullable TargetScale scale;

  /** Whether classes are the answers to several yes/no questions, two for each. */
  private final boolean several;

  private final ScoredModel scored;

  private Predictions(Model model, FloatTable table) {
    this.scored = model.scored();
    this.classes = model.classNames();
    this.table = table;
    this.scale = model.targetScale();
    this.several = model.task() == Task.MULTILABEL;
  }

  static Predictions of(Predictor predictor, FeatureTable features) {
    int columns = predictor.columns();
    FloatTable.Builder builder = new FloatTable.Builder(columns);
    float[] row = new float[columns];
    boolean numbers = predictor.model().task() == Task.REGRESSION;
    predictor.forward(
        features,
        false,
        (first, rows, logits, outputs) -> {
          for (int r = 0; r < rows; r++) {
            int width = predictor.model().outputs();
            if (numbers) {
              System.arraycopy(outputs, r * width, row, 0, width);
            } else {
              float[] one = Arrays.copyOfRange(outputs, r * width, (r + 1) * width);
              predictor.results(1, one, row);
            }
            builder.add(row);
          }
        });
    return new Predictions(predictor.model(), builder.build());
  }

  /** The number of rows. */
  public long rows() {
    return table.rows();
  }

  /** What the model says about a row, by names. */
  public Prediction get(long row) {
    float[] numbers = row(row);
    double[] values = new double[numbers.length];
    for (int k = 0; k < values.length; k++) {
      values[k] = scale == null ? numbers[k] : scale.fromOutput(k, numbers[k]);
    }
    return Named.prediction(scored, values);
  }

  /**
   * The classes' names in the order of the probabilities; of yes/no targets no and yes of each;
   * empty for numbers.
   */
  public List<String> classes() {
    return classes;
  }

  /** The most probable class of a row, the first of equals. */
  public String label(long row) {
    return classes.get(code(row));
  }

  /** The index of {@link #label} among the classes. */
  public int code(long row) {
    if (several) {
      throw new IllegalStateException("several targets were predicted: use label(row, target)");
    }
    return Predictor.bestClass(probabilities(row), 0, classes.size());
  }

  /**
   * The answer to one of several yes/no questions for a row.
   *
   * @param target the target's number in the order of the outputs
   */
  public String label(long row, int target) {
    if (!several) {
      throw new IllegalStateException("there is one target: use label(row)");
    }
    return classes.get(2 * target + (isYes(probabilities(row)[target]) ? 1 : 0));
  }

  /** Whether yes is more probable than no. */
  public static boolean isYes(float probability) {
    return probability > 0.5f;
  }

  /** The probability of each class for a row; of yes/no targets that of yes for each. */
  public float[] probabilities(long row) {
    if (classes.isEmpty()) {
      throw new IllegalStateException("numbers were predicted, not classes: use value");
    }
    return row(row);
  }

  /** The number predicted for a row, in the target's units. */
  public double value(long row) {
    return value(row, 0);
  }

  /** A number predicted for a row by a network with several outputs. */
  public double value(long row, int output) {
    if (!classes.isEmpty()) {
      throw new IllegalStateException("classes were predicted, not numbers: use label");
    }
    Objects.checkIndex(output, table.columns());
    float value = row(row)[output];
    return scale == null ? value : scale.fromOutput(output, value);
  }

  /** How many rows there are, and what is said of the first ones. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("predictions of " + rows() + " rows: ");
    for (long row = 0; row < Math.min(rows(), MOST_SHOWN); row++) {
      text.append(row == 0 ? "" : "; ").append(get(row));
    }
    return text.append(rows() > MOST_SHOWN ? "; …" : "").toString();
  }

  private float[] row(long row) {
    float[] values = new float[table.columns()];
    table.read(row, 1, values, 0);
    return values;
  }
}
