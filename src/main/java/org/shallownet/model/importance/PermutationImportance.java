package org.shallownet.model.importance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.shallownet.backend.Backend;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.RowIndex;
import org.shallownet.model.Model;

/**
 * How much worse a model answers when the cells of one column are shuffled among the rows, so that
 * the column says nothing of the row any more: Breiman, "Random forests", Machine Learning 45
 * (2001), section 10; for any model Fisher, Rudin and Dominici, "All models are wrong, but many are
 * useful", JMLR 20 (2019), 177. The model is not trained again. Where two columns say the same, the
 * model may take either, and both look less important than they are.
 *
 * @param metric the metric that was measured
 * @param score what it is on the rows as they are
 * @param rows how many rows were asked about
 * @param repeats how often each column was shuffled
 * @param columns the model's columns, the most important first
 */
public record PermutationImportance(
    String metric, double score, long rows, int repeats, List<Column> columns) {
  private static final Set<String> ERRORS = Set.of("log_loss", "rmse", "mae", "poisson_deviance");

  /** Copies the list. */
  public PermutationImportance {
    columns = List.copyOf(columns);
  }

  /**
   * A column's importance.
   *
   * @param mean by how much the metric gets worse in the mean over the repeats: higher for an error
   *     such as {@code log_loss}, lower for a score such as {@code accuracy}; about 0 for a column
   *     that the model does without, below 0 by chance; infinite where predictions for shuffled
   *     rows are too large for a number
   * @param deviation the standard deviation over the repeats (with n - 1); not-a-number for one, or
   *     where the mean is infinite
   */
  public record Column(String name, double mean, double deviation) {}

  /**
   * How to measure it.
   *
   * @param metric one of those of {@link org.shallownet.model.metrics.Metrics#asMap}; empty for
   *     {@link #defaultMetric}
   * @param repeats how often each column is shuffled, at least once
   * @param seed decides the order of the rows, and which rows are asked about
   * @param mostRows of more rows so many are drawn
   */
  public record Settings(String metric, int repeats, long seed, long mostRows) {
    /** Checks the numbers. */
    public Settings {
      if (repeats < 1 || mostRows < 1) {
        throw new IllegalArgumentException(repeats + " repeats of " + mostRows + " rows");
      }
    }
  }

  /** Log loss for classes; for a number its root mean squared error, for several R². */
  public static String defaultMetric(Model model) {
    if (model.task() != Task.REGRESSION) {
      return "log_loss";
    }
    return model.outputs() == 1 ? "rmse" : "r2";
  }

  /** Whether a metric is the better the lower it is. */
  public static boolean isError(String metric) {
    return ERRORS.contains(metric);
  }

  /**
   * Measures it on rows whose targets are known; best on rows that the model has not learned from,
   * since of the others it may know more than there is to know. Every column is shuffled in the
   * same ways.
   *
   * @throws DataException if the data doesn't fit the model, there is no such metric, or it is
   *     undefined or infinite on the rows as they are
   */
  public static PermutationImportance of(
      Backend backend, Model model, Dataset data, Settings settings) {
    String metric = settings.metric().isEmpty() ? defaultMetric(model) : settings.metric();
    SplittableRandom random = new SplittableRandom(settings.seed());
    Dataset rows = drawn(data, settings.mostRows(), random);
    double score = score(backend, model, rows, metric);
    if (Double.isInfinite(score)) {
      throw new DataException(
          metric
              + " is infinite on these rows as they are, since some predictions are too large for a"
              + " number; ask about rows more like those that the model has learned from");
    }
    List<int[]> orders = new ArrayList<>();
    for (int repeat = 0; repeat < settings.repeats(); repeat++) {
      orders.add(order((int) rows.rows(), random));
    }
    List<String> names = rows.featureNames();
    List<Column> columns = new ArrayList<>();
    for (String name : model.isForeign() ? names : model.featureNames()) {
      int column = names.indexOf(name);
      double[] worse = new double[orders.size()];
      for (int repeat = 0; repeat < worse.length; repeat++) {
        FeatureTable shuffled = ShuffledColumn.of(rows.features(), column, orders.get(repeat));
        Dataset asked =
            new Dataset(rows.schema(), shuffled, rows.targetNames(), rows.target(), rows.weights());
        double permuted = score(backend, model, asked, metric);
        worse[repeat] = isError(metric) ? permuted - score : score - permuted;
      }
      columns.add(column(name, worse));
    }
    columns.sort(Comparator.comparingDouble((Column each) -> -each.mean()));
    return new PermutationImportance(metric, score, rows.rows(), settings.repeats(), columns);
  }

  /**
   * What models of one kind say together, each of rows of its own: the means of importances and
   * scores over the models, the deviation between them, and the sum of rows.
   *
   * @param parts of the same columns by the same metric, at least one
   */
  public static PermutationImportance together(List<PermutationImportance> parts) {
    PermutationImportance first = parts.get(0);
    List<Column> columns = new ArrayList<>();
    for (Column column : first.columns()) {
      double[] means =
          parts.stream().mapToDouble(part -> part.column(column.name()).mean()).toArray();
      columns.add(column(column.name(), means));
    }
    columns.sort(Comparator.comparingDouble((Column each) -> -each.mean()));
    return new PermutationImportance(
        first.metric(),
        parts.stream().mapToDouble(PermutationImportance::score).average().orElseThrow(),
        parts.stream().mapToLong(PermutationImportance::rows).sum(),
        first.repeats(),
        columns);
  }

  private Column column(String name) {
    return columns.stream()
        .filter(column -> column.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no column '" + name + "'"));
  }

  private static Column column(String name, double... values) {
    double mean = DoubleStream.of(values).average().orElseThrow();
    double squares = DoubleStream.of(values).map(value -> (value - mean) * (value - mean)).sum();
    double deviation = values.length < 2 ? Double.NaN : Math.sqrt(squares / (values.length - 1));
    return new Column(name, mean, deviation);
  }

  private static double score(Backend backend, Model model, Dataset data, String metric) {
    Map<String, Double> metrics = model.evaluate(backend, data).asMap();
    Double value = metrics.get(metric);
    if (value == null) {
      throw new DataException(
          "there is no metric '"
              + metric
              + "' here; choose one of "
              + String.join(", ", metrics.keySet()));
    }
    if (value.isNaN()) {
      throw new DataException(
          "the data leaves "
              + metric
              + " undefined, since it has too few rows or only one class; choose another metric or"
              + " other rows");
    }
    return value;
  }

  /** Each row with the same chance, in their order (Knuth, algorithm S). */
  private static Dataset drawn(Dataset data, long most, SplittableRandom random) {
    long wanted = Math.min(most, Integer.MAX_VALUE - 8);
    if (data.rows() <= wanted) {
      return data;
    }
    RowIndex.Builder rows = new RowIndex.Builder();
    long left = wanted;
    for (long row = 0; row < data.rows(); row++) {
      if (random.nextLong(data.rows() - row) < left) {
        rows.add(row);
        left--;
      }
    }
    return data.select(rows.build());
  }

  /** An order of rows, each with the same chance (Fisher and Yates). */
  private static int[] order(int rows, SplittableRandom random) {
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
