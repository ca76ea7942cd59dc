package org.shallownet.training;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.SampleSource;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.RowIndex;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Output;

/**
 * A data set as training reads it: features standardised, targets as the network's output wants.
 *
 * <p>Weights are multiplied by a power of 2 that brings the largest to 1 at least and below 2.
 * Means don't change by that, nor do the weights' digits, and sums of them stay within float32.
 */
public final class DatasetSource implements SampleSource {
  private final FeatureTable table;

  /** A row's features, where they are not its inputs already. */
  private float[] raw = new float[0];

  private final List<Target> targets;
  private final Preprocessing preprocessing;
  private final @Nullable TargetScale scale;
  private final boolean weighted;
  private final @Nullable SampleWeights weights;
  private final int weightScale;

  /**
   * A data set's samples.
   *
   * @param output the network's output
   * @param weighted whether samples have weights, 1 if the data set has none
   */
  public DatasetSource(Dataset data, Output output, Preparation preparation, boolean weighted) {
    if (output.isOfNumbers() && data.task() != Task.REGRESSION) {
      throw new IllegalArgumentException("classes can't be learned by an output of numbers");
    }
    this.preprocessing = preparation.inputs();
    this.table = preprocessing.schema().select(data.schema(), data.features());
    this.targets =
        data.target() instanceof Target.Several several
            ? several.columns()
            : List.of(data.target());
    this.scale = preparation.targetScale();
    this.weighted = weighted;
    this.weights = data.weights();
    this.weightScale = weightScale(weights);
  }

  @Override
  public long rows() {
    return table.rows();
  }

  @Override
  public int featureColumns() {
    return preprocessing.inputs();
  }

  @Override
  public int targetColumns() {
    return targets.size() + (weighted ? 1 : 0);
  }

  @Override
  public boolean weighted() {
    return weighted;
  }

  /** The sum of the weights of some of a data set's samples, as they are read. */
  static double totalWeight(Dataset data, SampleRows rows) {
    SampleWeights weights = data.weights();
    return weights == null
        ? rows.count(data.rows())
        : Math.scalb(sum(weights, rows), weightScale(weights));
  }

  /** The sum of the weights of some samples. */
  static double sum(SampleWeights weights, SampleRows rows) {
    if (rows.isAll()) {
      return weights.total();
    }
    double sum = 0;
    long count = rows.count(0);
    for (long i = 0; i < count; i++) {
      sum += weights.get(rows.row(i));
    }
    return sum;
  }

  private static int weightScale(@Nullable SampleWeights weights) {
    return weights == null ? 0 : -Math.getExponent(weights.largest());
  }

  @Override
  public void read(long first, int count, float[] features, float[] targets) {
    float[] rows = rows(count, features);
    table.read(first, count, rows, 0);
    preprocessing.apply(rows, count, features, 0);
    for (int i = 0; i < count; i++) {
      target(first + i, targets, i * targetColumns());
    }
  }

  @Override
  public void gather(long[] rows, int offset, int count, float[] features, float[] targets) {
    float[] gathered = rows(count, features);
    for (int i = 0; i < count; i++) {
      long row = rows[offset + i];
      table.read(row, 1, gathered, i * table.columns());
      target(row, targets, i * targetColumns());
    }
    preprocessing.apply(gathered, count, features, 0);
  }

  /** Where rows of features are read to: where their inputs go, if they are the same numbers. */
  private float[] rows(int count, float[] features) {
    if (preprocessing.isPlain()) {
      return features;
    }
    if (raw.length < count * table.columns()) {
      raw = new float[count * table.columns()];
    }
    return raw;
  }

  /** The targets of some rows as the output wants them, row by row, without weights. */
  public float[] targets(RowIndex rows) {
    int columns = targets.size();
    float[] values = new float[Math.multiplyExact((int) rows.size(), columns)];
    for (int i = 0; i < values.length; i++) {
      int k = i % columns;
      values[i] = target(targets.get(k), k, rows.get(i / columns));
    }
    return values;
  }

  /** Writes a row's targets, and its weight behind if there are any. */
  private void target(long row, float[] destination, int offset) {
    int count = targets.size();
    for (int k = 0; k < count; k++) {
      destination[offset + k] = target(targets.get(k), k, row);
    }
    if (weighted) {
      destination[offset + count] = weights == null ? 1 : Math.scalb(weights.get(row), weightScale);
    }
  }

  private float target(Target target, int k, long row) {
    if (target instanceof Target.Classes classes) {
      // The index of the class serves both outputs: with two classes it is the 0/1 column.
      return classes.code(row);
    }
    double value = ((Target.Numbers) target).value(row);
    return (float) (scale == null ? value : scale.toOutput(k, value));
  }
}
