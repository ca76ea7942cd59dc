package org.shallownet.model;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.FeatureTable;
import org.shallownet.data.FloatTable;
import org.shallownet.data.Task;

/**
 * What a model says about the rows of a table: for classes a probability for each, for numbers a
 * value.
 */
public final class Predictions {
  private final List<String> classes;
  private final FloatTable table;

  /** How numbers are turned back to the target's units; null for not at all. */
  private final @Nullable TargetScale scale;

  private Predictions(List<String> classes, FloatTable table, @Nullable TargetScale scale) {
    this.classes = classes;
    this.table = table;
    this.scale = scale;
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
            int width = predictor.model().spec().outputs();
            if (numbers) {
              System.arraycopy(outputs, r * width, row, 0, width);
            } else {
              float[] one = Arrays.copyOfRange(outputs, r * width, (r + 1) * width);
              predictor.results(1, one, row);
            }
            builder.add(row);
          }
        });
    return new Predictions(
        predictor.model().classNames(), builder.build(), predictor.model().targetScale());
  }

  /** The number of rows. */
  public long rows() {
    return table.rows();
  }

  /** The classes' names in the order of the probabilities; empty for numbers. */
  public List<String> classes() {
    return classes;
  }

  /** The most probable class of a row, the first of equals. */
  public String label(long row) {
    return classes.get(code(row));
  }

  /** The index of {@link #label} among the classes. */
  public int code(long row) {
    return Predictor.bestClass(probabilities(row), 0, classes.size());
  }

  /** The probability of each class for a row. */
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
    return scale == null ? value : value * scale.deviation() + scale.mean();
  }

  private float[] row(long row) {
    float[] values = new float[table.columns()];
    table.read(row, 1, values, 0);
    return values;
  }
}
