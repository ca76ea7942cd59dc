package org.shallownet.model;

import org.shallownet.backend.Backend;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation.OutputProbabilities;
import org.shallownet.backend.device.Scope;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * Scores tables of raw features with one model on one backend, chunk by chunk, in memory that does
 * not depend on the number of rows. The arithmetic is float32 and that of the model's ONNX graph.
 *
 * <p>To be used by the backend's thread; to be closed before the backend.
 */
public final class Predictor implements AutoCloseable {
  /** A layer's activations take at most this many floats (16 MiB), unless one row takes more. */
  private static final long CHUNK_FLOATS = 1L << 22;

  private final Backend backend;
  private final Model model;
  private final int inputs;
  private final int outputCount;
  private final Scope scope;
  private final ModelPass networks;

  /** Brings the model's weights to the backend. */
  public Predictor(Backend backend, Model model) {
    this.backend = backend;
    this.model = model;
    this.inputs = model.isForeign() ? model.spec().inputs() : model.preprocessing().inputs();
    this.outputCount = model.outputs();
    this.scope = backend.newScope();
    try {
      this.networks = new ModelPass(backend, scope, model.parts(), model.functions());
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /** Takes the results of some rows. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Results of rows {@code first … first + rows - 1}; calls come in the order of the rows.
     *
     * @param values {@code rows × columns()}, row by row from index 0; overwritten after the call
     */
    void accept(long first, int rows, float[] values);
  }

  /** Takes the numbers that a regression predicts for some rows. */
  @FunctionalInterface
  public interface NumberSink {
    /**
     * Predictions of rows {@code first … first + rows - 1}; calls come in the order of the rows.
     *
     * @param values {@code rows × columns()} in the target's units, row by row; overwritten after
     *     the call
     */
    void accept(long first, int rows, double[] values);
  }

  /** Takes what the output layer computed for some rows. */
  interface OutputSink {
    /**
     * Outputs of rows {@code first … first + rows - 1}.
     *
     * @param logits {@code rows × outputs}
     * @param outputs the output function of the logits
     */
    void accept(long first, int rows, float[] logits, float[] outputs);
  }

  /** The model that scores. */
  public Model model() {
    return model;
  }

  /**
   * How many numbers there are for each row: a probability per class (two for a single sigmoid
   * output), for several yes/no targets the probability of yes for each, or the predicted numbers.
   */
  public int columns() {
    return switch (model.task()) {
      case REGRESSION, MULTILABEL -> outputCount;
      case BINARY, MULTICLASS -> model.classNames().size();
    };
  }

  /**
   * Scores every row.
   *
   * @param features raw features, the model's columns in its order
   * @param sink gets probabilities, or predictions in the target's units
   * @throws DataException if the number of columns does not fit
   */
  public void score(FeatureTable features, Sink sink) {
    float[][] buffer = {new float[0]};
    forward(
        features,
        false,
        (first, rows, logits, outputs) -> {
          if (buffer[0].length < rows * columns()) {
            buffer[0] = new float[rows * columns()];
          }
          results(rows, outputs, buffer[0]);
          sink.accept(first, rows, buffer[0]);
        });
  }

  /**
   * Predicts numbers for every row, turned back to the target's units in double.
   *
   * @param features raw features, the model's columns in its order
   * @throws DataException if the number of columns does not fit
   * @throws IllegalStateException if the model predicts classes
   */
  public void predict(FeatureTable features, NumberSink sink) {
    if (model.task() != Task.REGRESSION) {
      throw new IllegalStateException("classes are predicted, not numbers: use score");
    }
    TargetScale scale = model.targetScale();
    double[][] buffer = {new double[0]};
    forward(
        features,
        false,
        (first, rows, logits, outputs) -> {
          int count = rows * outputCount;
          if (buffer[0].length < count) {
            buffer[0] = new double[count];
          }
          for (int i = 0; i < count; i++) {
            buffer[0][i] =
                scale == null ? outputs[i] : scale.fromOutput(i % outputCount, outputs[i]);
          }
          sink.accept(first, rows, buffer[0]);
        });
  }

  /**
   * Computes the logits of every row: what the output layer has before its function; for numbers
   * what {@link #predict} turns back to the target's units.
   *
   * @param features raw features, the model's columns in its order
   * @param sink gets {@code rows × outputs}
   * @throws DataException if the number of columns does not fit
   */
  public void logits(FeatureTable features, Sink sink) {
    forward(features, true, (first, rows, logits, outputs) -> sink.accept(first, rows, logits));
  }

  /** Turns outputs into what {@link #score} hands out. */
  void results(int rows, float[] outputs, float[] results) {
    results(model, rows, outputs, results);
  }

  /** Turns a model's outputs into what {@link #score} hands out. */
  static void results(Model model, int rows, float[] outputs, float[] results) {
    if (model.task() == Task.BINARY && model.output() == Output.SIGMOID_CROSS_ENTROPY) {
      for (int r = 0; r < rows; r++) {
        results[2 * r] = 1 - outputs[r];
        results[2 * r + 1] = outputs[r];
      }
      return;
    }
    int targets = model.outputs();
    int count = rows * targets;
    TargetScale scale = model.targetScale();
    if (scale == null) {
      System.arraycopy(outputs, 0, results, 0, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      results[i] = (float) scale.fromOutput(i % targets, outputs[i]);
    }
  }

  /**
   * The class with the largest probability, the first of equals.
   *
   * @param probabilities holds a row of them from {@code offset} on
   */
  public static int bestClass(float[] probabilities, int offset, int classes) {
    int best = 0;
    for (int k = 1; k < classes; k++) {
      if (probabilities[offset + k] > probabilities[offset + best]) {
        best = k;
      }
    }
    return best;
  }

  /**
   * Computes the output layer for every row.
   *
   * @param withLogits whether the sink needs the logits; otherwise it gets an empty array
   */
  void forward(FeatureTable features, boolean withLogits, OutputSink sink) {
    checkColumns(features.columns());
    long rows = features.rows();
    if (rows == 0) {
      return;
    }
    int chunk = chunkRows(rows);
    try (Scope buffers = backend.newScope()) {
      ModelPass.Buffers pass = networks.buffers(buffers, chunk);
      Matrix output = backend.allocate(buffers, chunk, outputCount);
      float[] read = new float[chunk * inputs];
      float[] raw =
          model.isForeign() || model.preprocessing().isPlain()
              ? read
              : new float[chunk * features.columns()];
      float[] outputs = new float[chunk * outputCount];
      float[] logits = new float[withLogits ? outputs.length : 0];
      for (long first = 0; first < rows; first += chunk) {
        int count = (int) Math.min(chunk, rows - first);
        features.read(first, count, raw, 0);
        if (model.isForeign()) {
          requireNumbers(raw, count * features.columns(), first);
          standardize(raw, count);
        } else {
          model.preprocessing().requireNoneMissing(raw, count, first);
          model.preprocessing().apply(raw, count, read, 0);
        }
        Matrix z = pass.run(read, count, inputs);
        Matrix a = output.rows(0, count);
        backend.run(new OutputProbabilities(model.output(), z, a));
        backend.download(a, outputs, 0);
        if (withLogits) {
          backend.download(z, logits, 0);
        }
        sink.accept(first, count, logits, outputs);
      }
    }
  }

  private void standardize(float[] values, int count) {
    Standardizer standardizer = model.standardizer();
    if (standardizer != null) {
      standardizer.apply(values, 0, count);
    }
  }

  private void requireNumbers(float[] values, int count, long first) {
    for (int i = 0; i < count; i++) {
      if (Float.isNaN(values[i])) {
        throw new DataException(
            "row "
                + (first + i / inputs)
                + " (counted from 0), feature "
                + i % inputs
                + ": the number is missing, which a model from another tool can't take; fill it in"
                + " or remove the row");
      }
    }
  }

  private void checkColumns(int columns) {
    int wanted = model.isForeign() ? inputs : model.featureNames().size();
    if (columns != wanted) {
      throw new DataException(
          "the model reads "
              + wanted
              + (wanted == 1 ? " feature" : " features")
              + ", but the data has "
              + columns);
    }
  }

  private int chunkRows(long rows) {
    int widest = Math.max(inputs, outputCount);
    for (Weights network : model.parts()) {
      for (HiddenLayer layer : network.spec().hidden()) {
        widest = Math.max(widest, layer.units());
      }
    }
    long most = Math.min(backend.preferredRows(widest), CHUNK_FLOATS / widest);
    return (int) Math.max(1, Math.min(rows, most));
  }

  /** Frees the weights' memory; a second call does nothing. */
  @Override
  public void close() {
    scope.close();
  }
}
