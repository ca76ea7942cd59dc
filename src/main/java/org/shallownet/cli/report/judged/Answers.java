package org.shallownet.cli.report.judged;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.RowIndex;
import org.shallownet.model.Model;
import org.shallownet.model.Predictions;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Output;

/**
 * What models say of rows whose targets are known. Of very many rows, some are asked about: every
 * second, third, … one.
 */
public final class Answers {
  /** More rows don't change a curve that one looks at. */
  public static final long MOST_ROWS = 100_000;

  /** Of many classes fewer rows are kept, so that memory has a bound. */
  private static final long MOST_NUMBERS = 4_000_000;

  private final long allRows;
  private final long stride;
  private final List<ClassAnswers> classes = new ArrayList<>();
  private final List<NumberAnswers> numbers = new ArrayList<>();

  private Answers(Model model, Dataset data, long allRows) {
    this.allRows = allRows;
    int width = Math.max(1, model.outputs());
    long most = Math.max(1_000, Math.min(MOST_ROWS, MOST_NUMBERS / width));
    this.stride = (allRows + most - 1) / most;
    List<Target> targets = targets(data);
    for (int k = 0; k < targets.size(); k++) {
      String name = data.targetNames().get(k);
      if (targets.get(k) instanceof Target.Classes known) {
        boolean one = targets.size() == 1 && !model.classes().isEmpty();
        classes.add(new ClassAnswers(name, one ? model.classes() : known.names()));
      } else {
        numbers.add(new NumberAnswers(name));
      }
    }
  }

  private static List<Target> targets(Dataset data) {
    return data.target() instanceof Target.Several several
        ? several.columns()
        : List.of(data.target());
  }

  /**
   * Rows, and the model that answers for them.
   *
   * @param data the rows
   */
  public record Part(Model model, Dataset data) {}

  /**
   * Asks models, each about its rows.
   *
   * @param parts at least one; of the same targets and classes
   */
  public static Answers of(Backend backend, List<Part> parts) {
    long rows = parts.stream().mapToLong(part -> part.data().rows()).sum();
    Answers answers = new Answers(parts.get(0).model(), parts.get(0).data(), rows);
    for (Part part : parts) {
      Dataset some = answers.some(part.data());
      Predictions predictions = part.model().predict(backend, some);
      boolean number = part.model().task() == Task.REGRESSION;
      double[] values = new double[number ? part.model().outputs() : 0];
      for (long row = 0; row < some.rows(); row++) {
        if (number) {
          for (int k = 0; k < values.length; k++) {
            values[k] = predictions.value(row, k);
          }
          answers.addNumbers(some, row, values);
        } else {
          answers.addClasses(some, row, predictions.probabilities(row));
        }
      }
    }
    return answers;
  }

  /** Asks one model about all rows. */
  public static Answers of(Backend backend, Model model, Dataset data) {
    return of(backend, List.of(new Part(model, data)));
  }

  /**
   * What is known already.
   *
   * @param logits what the output layer has before its function, for each row of the data
   */
  public static Answers of(Model model, FeatureTable logits, Dataset data) {
    Answers answers = new Answers(model, data, data.rows());
    int outputs = model.outputs();
    float[] z = new float[outputs];
    Dataset some = answers.some(data);
    for (long row = 0; row < some.rows(); row++) {
      logits.read(row * answers.stride, 1, z, 0);
      TargetScale scale = model.targetScale();
      if (model.output().isOfNumbers()) {
        double[] values = new double[outputs];
        for (int k = 0; k < outputs; k++) {
          double number = model.output().number(z[k]);
          values[k] = scale == null ? number : scale.fromOutput(k, number);
        }
        answers.addNumbers(some, row, values);
      } else {
        answers.addClasses(some, row, probabilities(model, z));
      }
    }
    return answers;
  }

  private static float[] probabilities(Model model, float[] z) {
    if (model.output() == Output.SIGMOID_CROSS_ENTROPY) {
      float[] each = new float[z.length];
      for (int k = 0; k < z.length; k++) {
        each[k] = (float) (1 / (1 + Math.exp(-z[k])));
      }
      return model.task() == Task.BINARY ? new float[] {1 - each[0], each[0]} : each;
    }
    double most = IntStream.range(0, z.length).mapToDouble(k -> z[k]).max().orElseThrow();
    double sum = IntStream.range(0, z.length).mapToDouble(k -> Math.exp(z[k] - most)).sum();
    float[] each = new float[z.length];
    for (int k = 0; k < z.length; k++) {
      each[k] = (float) (Math.exp(z[k] - most) / sum);
    }
    return each;
  }

  private Dataset some(Dataset data) {
    if (stride == 1) {
      return data;
    }
    RowIndex.Builder rows = new RowIndex.Builder();
    for (long row = 0; row < data.rows(); row += stride) {
      rows.add(row);
    }
    return data.select(rows.build());
  }

  private void addNumbers(Dataset data, long row, double... values) {
    List<Target> targets = targets(data);
    for (int k = 0; k < values.length; k++) {
      numbers.get(k).add(((Target.Numbers) targets.get(k)).value(row), values[k]);
    }
  }

  private void addClasses(Dataset data, long row, float... probabilities) {
    float weight = data.weights() == null ? 1 : data.weights().get(row);
    if (weight == 0) {
      return;
    }
    if (data.target() instanceof Target.Classes known) {
      ClassAnswers one = classes.get(0);
      int actual = one.classes().indexOf(known.names().get(known.code(row)));
      one.add(actual, weight, probabilities);
      return;
    }
    List<Target> targets = targets(data);
    for (int k = 0; k < targets.size(); k++) {
      int actual = ((Target.Classes) targets.get(k)).code(row);
      classes.get(k).add(actual, weight, 1 - probabilities[k], probabilities[k]);
    }
  }

  /** How many rows there were to ask about. */
  public long allRows() {
    return allRows;
  }

  /** Every how many rows one was asked about. */
  public long stride() {
    return stride;
  }

  /** The answers for each target of classes. */
  public List<ClassAnswers> classes() {
    return classes;
  }

  /** The answers for each target of numbers. */
  public List<NumberAnswers> numbers() {
    return numbers;
  }
}
