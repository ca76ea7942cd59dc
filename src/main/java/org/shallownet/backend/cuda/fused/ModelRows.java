package org.shallownet.backend.cuda.fused;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/** Copies of what models have in matrices with a row for each, between the card and the host. */
final class ModelRows {
  /** From one model that is asked for to the next in the same copy. */
  private static final int MOST_BETWEEN = 8;

  /** Numbers in a copy, at most, unless a single model has more. */
  private static final int MOST_NUMBERS = 1 << 24;

  private final FusedCard card;

  ModelRows(FusedCard card) {
    this.card = card;
  }

  /** Rows for models. */
  CudaMatrix allocate(Scope scope, int rows, int columns) {
    return (CudaMatrix) card.backend().allocate(scope, rows, columns);
  }

  /** Puts doubles where a matrix has room for as many, two numbers for each. */
  void upload(double[] values, Matrix destination) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * Double.BYTES).order(ByteOrder.nativeOrder());
    for (double value : values) {
      bytes.putDouble(value);
    }
    card.backend().upload(bytes.flip().asFloatBuffer(), destination);
  }

  /** Puts numbers of models at a matrix's begin, a row for each. */
  void upload(List<Integer> numbers, CudaMatrix destination) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(numbers.size() * Integer.BYTES).order(ByteOrder.nativeOrder());
    numbers.forEach(bytes::putInt);
    card.backend().upload(bytes.flip().asFloatBuffer(), destination.rows(0, numbers.size()));
  }

  /** These models' parameters. */
  List<Weights> weights(CudaMatrix source, NetworkSpec spec, List<Integer> models) {
    int parameters = source.columns();
    List<Weights> weights = new ArrayList<>();
    for (Run run : runs(models, parameters)) {
      float[] values = new float[run.count() * parameters];
      card.backend().download(source.rows(run.first(), run.count()), values, 0);
      for (int model : run.asked()) {
        int at = (model - run.first()) * parameters;
        weights.add(Weights.of(spec, Arrays.copyOfRange(values, at, at + parameters)));
      }
    }
    return weights;
  }

  /** The rows of these models, each a few doubles. */
  double[] download(CudaMatrix source, List<Integer> models, int columns) {
    double[] values = new double[models.size() * columns];
    int done = 0;
    for (Run run : runs(models, columns)) {
      double[] some = new double[run.count() * columns];
      card.staging().download((CudaMatrix) source.rows(run.first(), run.count()), some);
      for (int model : run.asked()) {
        System.arraycopy(some, (model - run.first()) * columns, values, done, columns);
        done += columns;
      }
    }
    return values;
  }

  /** Models that are copied at once: those asked for, with at most a few between them. */
  private record Run(int first, int count, List<Integer> asked) {}

  /**
   * A list of models in runs that go upwards; a copy of a few more costs less than another copy.
   *
   * @param columns numbers of a model
   */
  private static List<Run> runs(List<Integer> models, int columns) {
    int most = Math.max(1, MOST_NUMBERS / columns);
    List<Run> runs = new ArrayList<>();
    for (int at = 0; at < models.size(); ) {
      int first = models.get(at);
      int end = at + 1;
      while (end < models.size()
          && models.get(end) > models.get(end - 1)
          && models.get(end) - models.get(end - 1) <= MOST_BETWEEN
          && models.get(end) - first < most) {
        end++;
      }
      runs.add(new Run(first, models.get(end - 1) - first + 1, models.subList(at, end)));
      at = end;
    }
    return runs;
  }
}
