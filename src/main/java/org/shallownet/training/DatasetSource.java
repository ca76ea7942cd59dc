package org.shallownet.training;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.SampleSource;
import org.shallownet.data.Dataset;
import org.shallownet.data.FeatureTable;
import org.shallownet.data.Preprocessing;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Output;

/**
 * A data set as training reads it: features standardised, targets as the network's output wants.
 */
final class DatasetSource implements SampleSource {
  private final FeatureTable table;

  /** A row's features, where they are not its inputs already. */
  private float[] raw = new float[0];

  private final List<Target> targets;
  private final Preprocessing preprocessing;
  private final @Nullable TargetScale scale;

  /**
   * A data set's samples.
   *
   * @param output the network's output
   */
  DatasetSource(Dataset data, Output output, Preparation preparation) {
    boolean numbers = output == Output.IDENTITY_SQUARED_ERROR;
    if (numbers && data.task() != Task.REGRESSION) {
      throw new IllegalArgumentException("classes can't be learned with squared error");
    }
    this.preprocessing = preparation.inputs();
    this.table = preprocessing.schema().select(data.schema(), data.features());
    this.targets =
        data.target() instanceof Target.Several several
            ? several.columns()
            : List.of(data.target());
    this.scale = preparation.targetScale();
  }

  @Override
  public long rows() {
    return table.rows();
  }

  @Override
  public int featureColumns() {
    return preprocessing.schema().inputs();
  }

  @Override
  public int targetColumns() {
    return targets.size();
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

  /** Writes a row's targets. */
  private void target(long row, float[] destination, int offset) {
    for (int k = 0; k < targets.size(); k++) {
      destination[offset + k] = target(targets.get(k), k, row);
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
