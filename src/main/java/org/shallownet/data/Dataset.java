package org.shallownet.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.features.RowIndex;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/**
 * Samples with their targets: one row per sample.
 *
 * @param schema what the features' columns are, in order
 * @param features their cells, one row per sample, as {@link Column} says
 * @param targetNames the name of the target's column, or of several
 * @param target what is to be predicted
 * @param weights how much each sample counts in costs and metrics; null for all the same
 */
public record Dataset(
    Schema schema,
    FeatureTable features,
    List<String> targetNames,
    Target target,
    @Nullable SampleWeights weights) {
  /** Checks that the parts fit together. */
  public Dataset {
    targetNames = List.copyOf(targetNames);
    int targets = target instanceof Target.Several several ? several.columns().size() : 1;
    if (targetNames.size() != targets) {
      throw new IllegalArgumentException(targetNames.size() + " names for " + targets + " targets");
    }
    if (schema.columns().size() != features.columns()) {
      throw new IllegalArgumentException(
          schema.columns().size() + " names for " + features.columns() + " features");
    }
    if (features.rows() != target.rows()) {
      throw new IllegalArgumentException(
          features.rows() + " rows of features but " + target.rows() + " targets");
    }
    if (weights != null && weights.rows() != features.rows()) {
      throw new IllegalArgumentException(
          features.rows() + " rows of features but " + weights.rows() + " weights");
    }
  }

  /** Samples that all count the same. */
  public Dataset(Schema schema, FeatureTable features, String targetName, Target target) {
    this(schema, features, List.of(targetName), target, null);
  }

  /**
   * Samples whose features are numbers, none of them missing.
   *
   * @param featureNames the names of the features' columns, in order
   */
  public Dataset(
      List<String> featureNames, FeatureTable features, String targetName, Target target) {
    this(Schema.numbers(featureNames), features, targetName, target);
  }

  /** The names of the features' columns, in order. */
  public List<String> featureNames() {
    return schema.names();
  }

  /** The name of the target's column; the names of several between commas. */
  public String targetName() {
    return String.join(", ", targetNames);
  }

  /** The number of samples. */
  public long rows() {
    return features.rows();
  }

  /** What is to be learned. */
  public Task task() {
    return target.task();
  }

  /**
   * Reads a table whose other columns are all features and finds out what is to be learned from the
   * target's values (see {@link Table#inferTask()}).
   *
   * @param file a CSV or {@code .npy} file
   * @param target the name of the target's column; for {@code .npy} its number from 0
   * @throws DataException if the data can't be used
   * @throws IOException if the file can't be read
   */
  public static Dataset read(Path file, String target) throws IOException {
    return Table.read(file, Columns.training(target, null)).dataset();
  }

  /**
   * Samples in memory with a number to predict for each. Rows that have words or labels go through
   * {@link org.shallownet.data.typed.Rows}.
   *
   * @param featureNames the features' names, in order
   * @param features a row of features for each sample, copied; not-a-number where one is missing
   * @param target what the numbers are called
   * @param values the number of each sample
   */
  public static Dataset of(
      List<String> featureNames, float[][] features, String target, double[] values) {
    return of(featureNames, features, target, new Target.Numbers(values));
  }

  /**
   * Samples in memory.
   *
   * @param featureNames the features' names, in order
   * @param features a row of features for each sample, copied; not-a-number where one is missing
   * @param target what the targets are called
   * @param targets the target of each sample
   */
  public static Dataset of(
      List<String> featureNames, float[][] features, String target, Target targets) {
    List<Column> columns = new ArrayList<>();
    for (int c = 0; c < featureNames.size(); c++) {
      boolean missing = false;
      for (float[] row : features) {
        missing |= c < row.length && Float.isNaN(row[c]);
      }
      columns.add(new Column.Numeric(featureNames.get(c), missing));
    }
    return new Dataset(new Schema(columns), FloatTable.of(features), target, targets);
  }

  /**
   * Reads a table as these options say.
   *
   * @param options with a target
   * @throws DataException if the data can't be used
   * @throws IOException if the file can't be read
   */
  public static Dataset read(Path file, TableOptions options) throws IOException {
    return Table.read(file, options).dataset();
  }

  /**
   * The same samples with other weights.
   *
   * @param newWeights one for each sample; null for all the same
   */
  public Dataset withWeights(@Nullable SampleWeights newWeights) {
    return new Dataset(schema, features, targetNames, target, newWeights);
  }

  /**
   * The same samples with the other of two classes as the positive one: {@link
   * Target.Classes#withPositive}.
   *
   * @throws DataException if it is none of two classes
   */
  public Dataset withPositive(String label) {
    if (!(target instanceof Target.Classes classes)) {
      throw new DataException(
          "there is no positive class: the task is " + task() + "; leave --positive out");
    }
    return new Dataset(schema, features, targetNames, classes.withPositive(label), weights);
  }

  /**
   * The samples in these rows, in this order, with their weights; the features' memory is shared.
   *
   * @throws IndexOutOfBoundsException if a row is not in the data
   */
  public Dataset select(RowIndex rows) {
    return new Dataset(
        schema,
        features.select(rows),
        targetNames,
        target.select(rows),
        weights == null ? null : weights.select(rows));
  }

  /** The samples in these rows, in this order: {@link #select(RowIndex)} for few rows. */
  public Dataset select(long... rows) {
    return select(RowIndex.of(rows));
  }

  /**
   * Splits off a dev set: {@link Split#stratified}.
   *
   * @throws DataException if there are too few rows
   */
  public Split split(double devFraction, long seed) {
    return Split.stratified(this, devFraction, seed);
  }

  /** A network without hidden layers whose inputs and outputs fit this data. */
  public NetworkSpec network() {
    if (target instanceof Target.Classes classes) {
      return classes.names().size() == 2
          ? NetworkSpec.of(schema.inputs(), Output.SIGMOID_CROSS_ENTROPY, 1)
          : NetworkSpec.of(schema.inputs(), Output.SOFTMAX_CROSS_ENTROPY, classes.names().size());
    }
    Output output =
        task() == Task.MULTILABEL ? Output.SIGMOID_CROSS_ENTROPY : Output.IDENTITY_SQUARED_ERROR;
    return NetworkSpec.of(schema.inputs(), output, targetNames.size());
  }
}
