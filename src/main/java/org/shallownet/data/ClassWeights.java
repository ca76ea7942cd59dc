package org.shallownet.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.data.text.Numeric;

/**
 * How much the samples of each class count in training, so that a rare class is not overlooked.
 *
 * @param byClass the weight of each class by its name, finite and not negative
 */
public record ClassWeights(Map<String, Double> byClass) {
  private static final int MOST_NAMED = 5;

  /** Copies and checks the weights. */
  public ClassWeights {
    byClass = new LinkedHashMap<>(byClass);
    byClass.forEach(
        (name, weight) -> {
          if (!(weight >= 0) || !Float.isFinite(weight.floatValue())) {
            throw new IllegalArgumentException(
                "the weight of class "
                    + Numeric.quote(name)
                    + " must be a finite number that is not negative, not "
                    + weight);
          }
        });
  }

  /**
   * Weights by which all classes count the same together: {@code Σw / (classes × Σw of the class)},
   * as scikit-learn's {@code balanced}.
   *
   * @param train the samples to learn from; their own weights count
   * @throws DataException if they have no single target of classes, or a class has no sample
   */
  public static ClassWeights balanced(Dataset train) {
    Target.Classes target = classes(train);
    int count = target.names().size();
    double[] sums = new double[count];
    double total = 0;
    SampleWeights weights = train.weights();
    for (long row = 0; row < train.rows(); row++) {
      double weight = weights == null ? 1 : weights.get(row);
      sums[target.code(row)] += weight;
      total += weight;
    }
    Map<String, Double> byClass = new LinkedHashMap<>();
    for (int k = 0; k < count; k++) {
      if (sums[k] == 0) {
        throw new DataException(
            "the class "
                + Numeric.quote(target.names().get(k))
                + " has no row to learn from, so that classes can't be balanced; name weights as"
                + " in a=1,b=5");
      }
      byClass.put(target.names().get(k), total / (count * sums[k]));
    }
    return new ClassWeights(byClass);
  }

  private static Target.Classes classes(Dataset data) {
    if (data.target() instanceof Target.Classes classes) {
      return classes;
    }
    throw new DataException(
        "classes can't be weighted: the task is "
            + data.task()
            + "; weigh rows with a column of weights instead");
  }

  /**
   * Samples with these weights times their own; classes that are not named keep theirs.
   *
   * @throws DataException if a named class is none of the data's, or no sample counts
   */
  public Dataset on(Dataset data) {
    Target.Classes target = classes(data);
    for (String name : byClass.keySet()) {
      if (!target.names().contains(name)) {
        throw new DataException(
            Numeric.quote(name)
                + " is none of the classes "
                + ColumnNames.list(target.names(), MOST_NAMED)
                + "; correct the class weights");
      }
    }
    List<Double> factors = new ArrayList<>();
    target.names().forEach(name -> factors.add(byClass.getOrDefault(name, 1.0)));
    SampleWeights own = data.weights();
    SampleWeights.Builder weights = new SampleWeights.Builder();
    boolean any = false;
    for (long row = 0; row < data.rows(); row++) {
      double factor = factors.get(target.code(row));
      float weight = (float) (own == null ? factor : factor * own.get(row));
      any |= weight > 0;
      weights.add(weight);
    }
    if (!any) {
      throw new DataException("with these class weights no row counts; give one class more than 0");
    }
    return data.withWeights(weights.build());
  }
}
