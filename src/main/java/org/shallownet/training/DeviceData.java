package org.shallownet.training;

import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Matrix;
import org.shallownet.backend.Scope;
import org.shallownet.data.Dataset;
import org.shallownet.data.FeatureTable;
import org.shallownet.data.Standardizer;
import org.shallownet.data.Target;
import org.shallownet.model.TargetScale;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/**
 * A data set in a backend's memory, preprocessed, in the form that training reads.
 *
 * @param features one row per sample
 * @param targets one row per sample, as the network's output wants it
 */
record DeviceData(Matrix features, Matrix targets) {
  /** Host memory for a piece on its way to the device, in floats. */
  private static final int STAGING_FLOATS = 1 << 18;

  /** Preprocesses and uploads a data set. */
  static DeviceData upload(
      Backend backend,
      Scope scope,
      NetworkSpec spec,
      Dataset data,
      @Nullable Standardizer standardizer,
      @Nullable TargetScale targetScale) {
    FeatureTable table = data.features();
    int columns = table.columns();
    Matrix features = backend.allocate(scope, data.rows(), columns);
    Matrix targets = backend.allocate(scope, data.rows(), 1);
    int piece = Math.max(1, STAGING_FLOATS / columns);
    float[] x = new float[Math.toIntExact(Math.min(piece, data.rows())) * columns];
    float[] y = new float[x.length / columns];
    for (long first = 0; first < data.rows(); first += piece) {
      int count = (int) Math.min(piece, data.rows() - first);
      table.read(first, count, x, 0);
      if (standardizer != null) {
        standardizer.apply(x, 0, count);
      }
      backend.upload(x, 0, features.rows(first, count));
      readTargets(data.target(), spec.output(), targetScale, first, count, y);
      backend.upload(y, 0, targets.rows(first, count));
    }
    return new DeviceData(features, targets);
  }

  private static void readTargets(
      Target target,
      Output output,
      @Nullable TargetScale scale,
      long first,
      int count,
      float[] destination) {
    if (target instanceof Target.Numbers numbers) {
      for (int i = 0; i < count; i++) {
        double value = numbers.value(first + i);
        destination[i] =
            (float) (scale == null ? value : (value - scale.mean()) / scale.deviation());
      }
    } else if (target instanceof Target.Classes classes) {
      if (output == Output.IDENTITY_SQUARED_ERROR) {
        throw new IllegalArgumentException("classes can't be learned with squared error");
      }
      // The index of the class serves both outputs: with two classes it is the 0/1 column.
      for (int i = 0; i < count; i++) {
        destination[i] = classes.code(first + i);
      }
    }
  }
}
