package org.shallownet.training;

import org.jspecify.annotations.Nullable;
import org.shallownet.backend.SampleSource;
import org.shallownet.data.Dataset;
import org.shallownet.data.FeatureTable;
import org.shallownet.data.Standardizer;
import org.shallownet.data.Target;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Output;

/**
 * A data set as training reads it: features standardised, targets as the network's output wants.
 */
final class DatasetSource implements SampleSource {
  private final FeatureTable table;
  private final Target target;
  private final @Nullable Standardizer standardizer;
  private final @Nullable TargetScale scale;

  /**
   * A data set's samples.
   *
   * @param output the network's output
   */
  DatasetSource(Dataset data, Output output, Preprocessing preprocessing) {
    if (data.target() instanceof Target.Classes && output == Output.IDENTITY_SQUARED_ERROR) {
      throw new IllegalArgumentException("classes can't be learned with squared error");
    }
    this.table = data.features();
    this.target = data.target();
    this.standardizer = preprocessing.standardizer();
    this.scale = preprocessing.targetScale();
  }

  @Override
  public long rows() {
    return table.rows();
  }

  @Override
  public int featureColumns() {
    return table.columns();
  }

  @Override
  public int targetColumns() {
    return 1;
  }

  @Override
  public void read(long first, int count, float[] features, float[] targets) {
    table.read(first, count, features, 0);
    standardize(features, count);
    for (int i = 0; i < count; i++) {
      targets[i] = target(first + i);
    }
  }

  @Override
  public void gather(long[] rows, int offset, int count, float[] features, float[] targets) {
    for (int i = 0; i < count; i++) {
      long row = rows[offset + i];
      table.read(row, 1, features, i * table.columns());
      targets[i] = target(row);
    }
    standardize(features, count);
  }

  private void standardize(float[] features, int count) {
    if (standardizer != null) {
      standardizer.apply(features, 0, count);
    }
  }

  private float target(long row) {
    if (target instanceof Target.Classes classes) {
      // The index of the class serves both outputs: with two classes it is the 0/1 column.
      return classes.code(row);
    }
    double value = ((Target.Numbers) target).value(row);
    return (float) (scale == null ? value : (value - scale.mean()) / scale.deviation());
  }
}
