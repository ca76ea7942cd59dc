package org.shallownet.model;

import java.util.List;
import org.shallownet.backend.Backend;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.network.Output;

/** Compares a model's predictions with known targets. */
final class Evaluation {
  private Evaluation() {}

  static Metrics of(Model model, Backend backend, Dataset data) {
    try (Predictor predictor = new Predictor(backend, model)) {
      if (data.target() instanceof Target.Classes target) {
        return classification(predictor, data, target);
      }
      return regression(predictor, data, (Target.Numbers) data.target());
    }
  }

  private static ClassificationMetrics classification(
      Predictor predictor, Dataset data, Target.Classes target) {
    Model model = predictor.model();
    if (model.task() == Task.REGRESSION) {
      throw new DataException(
          "the model predicts numbers, but column '" + data.targetName() + "' holds classes");
    }
    List<String> names = model.classes().isEmpty() ? target.names() : model.classes();
    int[] indices = classIndices(model, names, target.names(), data.targetName());
    int outputs = model.spec().outputs();
    int classes = names.size();
    ClassificationMeter meter = new ClassificationMeter(names);
    boolean sigmoid = model.spec().output() == Output.SIGMOID_CROSS_ENTROPY;
    float[] row = new float[classes];
    float[] results = new float[classes];
    predictor.forward(
        model.featuresOf(data),
        true,
        (first, rows, logits, values) -> {
          for (int r = 0; r < rows; r++) {
            System.arraycopy(values, r * outputs, row, 0, outputs);
            predictor.results(1, row, results);
            int actual = indices[target.code(first + r)];
            int predicted = Predictor.bestClass(results, 0, classes);
            int offset = r * outputs;
            if (sigmoid) {
              float z = logits[offset];
              meter.add(actual, predicted, softplus(actual == 1 ? -z : z), z);
            } else {
              double cost = logSumExp(logits, offset, outputs) - logits[offset + actual];
              meter.add(actual, predicted, cost, logits[offset + 1] - logits[offset]);
            }
          }
        });
    return meter.metrics();
  }

  /** For each class of the data its index among those that the model is taken to know. */
  private static int[] classIndices(
      Model model, List<String> known, List<String> names, String targetName) {
    if (known.size() != model.classNames().size()) {
      throw new DataException(
          "the model tells "
              + model.classNames().size()
              + " classes apart, but column '"
              + targetName
              + "' has "
              + known.size());
    }
    int[] indices = new int[names.size()];
    for (int k = 0; k < indices.length; k++) {
      indices[k] = known.indexOf(names.get(k));
      if (indices[k] < 0) {
        throw new DataException(
            "class '"
                + names.get(k)
                + "' of column '"
                + targetName
                + "' is none of the model's classes "
                + known);
      }
    }
    return indices;
  }

  /** {@code log(1 + e^x)} without overflow. */
  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  private static double logSumExp(float[] z, int offset, int count) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < count; k++) {
      largest = Math.max(largest, z[offset + k]);
    }
    double sum = 0;
    for (int k = 0; k < count; k++) {
      sum += Math.exp(z[offset + k] - largest);
    }
    return largest + Math.log(sum);
  }

  private static RegressionMetrics regression(
      Predictor predictor, Dataset data, Target.Numbers target) {
    Model model = predictor.model();
    if (model.task() != Task.REGRESSION) {
      throw new DataException(
          "the model predicts classes, but column '" + data.targetName() + "' holds numbers");
    }
    if (model.spec().outputs() != 1) {
      throw new DataException(
          "the model predicts "
              + model.spec().outputs()
              + " numbers for a row, but there is only one target, '"
              + data.targetName()
              + "'");
    }
    RegressionMeter meter = new RegressionMeter();
    predictor.predict(
        model.featuresOf(data),
        (first, rows, values) -> {
          for (int r = 0; r < rows; r++) {
            meter.add(target.value(first + r), values[r]);
          }
        });
    return meter.metrics();
  }
}
