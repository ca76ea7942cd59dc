package org.shallownet.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.shallownet.backend.Backend;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Printable;
import org.shallownet.model.metrics.ClassificationMeter;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.RegressionMeter;
import org.shallownet.model.metrics.SeveralMetrics;
import org.shallownet.network.Output;

/** Compares a model's predictions with known targets. */
final class Evaluation {
  private static final int BLOCK_FLOATS = 1 << 14;

  private Evaluation() {}

  static Metrics of(Model model, Backend backend, Dataset data) {
    try (Predictor predictor = new Predictor(backend, model)) {
      return of(model, sink -> predictor.forward(model.featuresOf(data), true, sink), data);
    }
  }

  /**
   * The same with logits that are there already.
   *
   * @param logits those of the data's rows in their order, as the model would compute them
   */
  static Metrics of(Model model, FeatureTable logits, Dataset data) {
    if (logits.rows() != data.rows() || logits.columns() != model.outputs()) {
      throw new IllegalArgumentException(
          logits.rows()
              + " × "
              + logits.columns()
              + " logits for "
              + data.rows()
              + " rows and "
              + model.outputs()
              + " outputs");
    }
    return of(model, sink -> forward(model.output(), logits, sink), data);
  }

  /** Hands out what a model computes for all rows of some data. */
  private interface Answers {
    void forEach(Predictor.OutputSink sink);
  }

  private static void forward(Output output, FeatureTable table, Predictor.OutputSink sink) {
    int columns = table.columns();
    int most = (int) Math.max(1, Math.min(table.rows(), BLOCK_FLOATS / columns));
    float[] logits = new float[most * columns];
    float[] outputs = new float[most * columns];
    for (long first = 0; first < table.rows(); first += most) {
      int rows = (int) Math.min(most, table.rows() - first);
      table.read(first, rows, logits, 0);
      for (int r = 0; r < rows; r++) {
        double logSum =
            output == Output.SOFTMAX_CROSS_ENTROPY
                ? logSumExp(logits, r * columns, columns)
                : Double.NaN;
        for (int i = r * columns; i < (r + 1) * columns; i++) {
          outputs[i] =
              switch (output) {
                case SIGMOID_CROSS_ENTROPY -> (float) (1 / (1 + Math.exp(-logits[i])));
                case SOFTMAX_CROSS_ENTROPY -> (float) Math.exp(logits[i] - logSum);
                case IDENTITY_SQUARED_ERROR, EXPONENTIAL_POISSON ->
                    (float) output.number(logits[i]);
              };
        }
      }
      sink.accept(first, rows, logits, outputs);
    }
  }

  private static Metrics of(Model model, Answers answers, Dataset data) {
    SampleWeights weights = data.weights();
    if (weights != null && weights.total() == 0) {
      throw new DataException(
          "all rows have weight 0, so that none counts; give some a weight above 0");
    }
    if (data.target() instanceof Target.Classes target) {
      return classification(model, answers, data, target);
    }
    requireTargets(model, data);
    if (data.task() == Task.MULTILABEL) {
      return yesNo(model, answers, data, (Target.Several) data.target());
    }
    return regression(model, answers, data);
  }

  private static ClassificationMetrics classification(
      Model model, Answers answers, Dataset data, Target.Classes target) {
    if (model.task() == Task.REGRESSION) {
      throw new DataException(
          "the model predicts numbers, but column "
              + Printable.quoted(data.targetName())
              + " holds classes");
    }
    List<String> names = model.classes().isEmpty() ? target.names() : model.classes();
    int[] indices = classIndices(model, names, target.names(), data.targetName());
    int outputs = model.outputs();
    int classes = names.size();
    ClassificationMeter meter = new ClassificationMeter(names, data.weights() != null);
    boolean sigmoid = model.output() == Output.SIGMOID_CROSS_ENTROPY;
    float[] row = new float[classes];
    float[] results = new float[classes];
    answers.forEach(
        (first, rows, logits, values) -> {
          for (int r = 0; r < rows; r++) {
            System.arraycopy(values, r * outputs, row, 0, outputs);
            Predictor.results(model, 1, row, results);
            int actual = indices[target.code(first + r)];
            int predicted = Predictor.bestClass(results, 0, classes);
            int offset = r * outputs;
            float weight = weight(data, first + r);
            if (sigmoid) {
              float z = logits[offset];
              meter.add(actual, predicted, softplus(actual == 1 ? -z : z), z, weight);
            } else {
              double cost = logSumExp(logits, offset, outputs) - logits[offset + actual];
              float score = logits[offset + 1] - logits[offset];
              meter.add(actual, predicted, cost, score, weight);
            }
          }
        });
    return meter.metrics();
  }

  private static float weight(Dataset data, long row) {
    SampleWeights weights = data.weights();
    return weights == null ? 1 : weights.get(row);
  }

  /** For each class of the data its index among those that the model is taken to know. */
  private static int[] classIndices(
      Model model, List<String> known, List<String> names, String targetName) {
    if (known.size() != model.classNames().size()) {
      throw new DataException(
          "the model tells "
              + model.classNames().size()
              + " classes apart, but column "
              + Printable.quoted(targetName)
              + " has "
              + known.size());
    }
    int[] indices = new int[names.size()];
    for (int k = 0; k < indices.length; k++) {
      indices[k] = known.indexOf(names.get(k));
      if (indices[k] < 0) {
        throw new DataException(
            "class "
                + Printable.quoted(names.get(k))
                + " of column "
                + Printable.quoted(targetName)
                + " is none of the model's classes "
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

  private static void requireTargets(Model model, Dataset data) {
    if (model.task() != data.task()) {
      throw new DataException(
          "the model predicts "
              + (model.task() == Task.REGRESSION ? "numbers" : "classes")
              + ", but column "
              + Printable.quoted(data.targetName())
              + " holds "
              + (data.task() == Task.REGRESSION ? "numbers" : "yes/no targets"));
    }
    int targets = data.targetNames().size();
    int outputs = model.outputs();
    if (outputs != targets) {
      throw new DataException(
          "the model predicts "
              + outputs
              + (outputs == 1 ? " target" : " targets")
              + " for a row, but the data has "
              + targets
              + ", "
              + data.targetName());
    }
  }

  private static Metrics regression(Model model, Answers answers, Dataset data) {
    List<Target> columns =
        data.target() instanceof Target.Several several
            ? several.columns()
            : List.of(data.target());
    int targets = columns.size();
    List<RegressionMeter> meters = Stream.generate(RegressionMeter::new).limit(targets).toList();
    TargetScale scale = model.targetScale();
    boolean exponential = model.output() == Output.EXPONENTIAL_POISSON;
    answers.forEach(
        (first, rows, logits, values) -> {
          for (int i = 0; i < rows * targets; i++) {
            int k = i % targets;
            long row = first + i / targets;
            double actual = ((Target.Numbers) columns.get(k)).value(row);
            double predicted = scale == null ? values[i] : scale.fromOutput(k, values[i]);
            meters.get(k).add(actual, predicted, weight(data, row));
            if (exponential) {
              double log = scale == null ? 0 : Math.log(scale.deviations().get(k));
              meters.get(k).addDeviance(actual, logits[i] + log, weight(data, row));
            }
          }
        });
    return targets == 1
        ? meters.get(0).metrics()
        : new SeveralMetrics(
            data.targetNames(),
            meters.stream().<Metrics>map(RegressionMeter::metrics).toList(),
            Double.NaN);
  }

  private static Metrics yesNo(Model model, Answers answers, Dataset data, Target.Several target) {
    int targets = target.columns().size();
    List<Target.Classes> columns = new ArrayList<>();
    List<ClassificationMeter> meters = new ArrayList<>();
    for (int k = 0; k < targets; k++) {
      Target.Classes column = (Target.Classes) target.columns().get(k);
      List<String> known = model.isForeign() ? column.names() : model.classesByTarget().get(k);
      if (!known.equals(column.names())) {
        throw new DataException(
            "the classes "
                + column.names()
                + " of column "
                + Printable.quoted(data.targetNames().get(k))
                + " are not the model's "
                + known);
      }
      columns.add(column);
      meters.add(new ClassificationMeter(column.names(), data.weights() != null));
    }
    double[] exact = new double[1];
    answers.forEach(
        (first, rows, logits, values) -> {
          for (int r = 0; r < rows; r++) {
            boolean right = true;
            float weight = weight(data, first + r);
            for (int k = 0; k < targets; k++) {
              int actual = columns.get(k).code(first + r);
              int predicted = Predictions.isYes(values[r * targets + k]) ? 1 : 0;
              float z = logits[r * targets + k];
              meters.get(k).add(actual, predicted, softplus(actual == 1 ? -z : z), z, weight);
              right &= actual == predicted;
            }
            exact[0] += right ? weight : 0;
          }
        });
    return new SeveralMetrics(
        data.targetNames(),
        meters.stream().<Metrics>map(ClassificationMeter::metrics).toList(),
        exact[0] / (data.weights() == null ? data.rows() : data.weights().total()));
  }
}
