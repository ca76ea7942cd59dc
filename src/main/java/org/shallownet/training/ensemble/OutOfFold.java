package org.shallownet.training.ensemble;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.features.RowIndex;
import org.shallownet.model.Model;
import org.shallownet.model.Predictor;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.DatasetSource;

/** What networks say of rows that they have not learned from: those of folds, or of a dev set. */
public final class OutOfFold implements GreedyWeights.Answers {
  private final int outputs;

  /** For each predictor the logits of each block. */
  private final List<List<float[]>> logits = new ArrayList<>();

  private final List<float[]> targets = new ArrayList<>();
  private final List<float[]> weights = new ArrayList<>();

  /**
   * Asks networks.
   *
   * @param data where the rows are from
   * @param source the same, for the targets
   * @param asked blocks of rows to ask about, such as folds
   * @param predictors for each predictor a model for each of these blocks
   */
  public OutOfFold(
      Backend backend,
      Dataset data,
      DatasetSource source,
      List<RowIndex> asked,
      List<List<Model>> predictors) {
    outputs = predictors.get(0).get(0).outputs();
    for (List<Model> models : predictors) {
      List<float[]> own = new ArrayList<>();
      for (int i = 0; i < asked.size(); i++) {
        own.add(logits(backend, models.get(i), data, asked.get(i)));
      }
      logits.add(own);
    }
    for (RowIndex rows : asked) {
      targets.add(source.targets(rows));
      weights.add(weights(data.weights(), rows));
    }
  }

  /** How good networks are on all rows, each of which is answered by its fold's network. */
  public static Metrics metrics(Backend backend, Dataset data, Folds folds, List<Model> models) {
    FloatTable.Builder logits = new FloatTable.Builder(models.get(0).outputs());
    List<Integer> numbers = new ArrayList<>();
    for (int fold = 0; fold < folds.count(); fold++) {
      RowIndex rows = folds.rows(fold);
      logits.add(logits(backend, models.get(fold), data, rows), (int) rows.size());
      numbers.add(fold);
    }
    return models.get(0).evaluate(logits.build(), data.select(folds.rows(numbers)));
  }

  private static float[] logits(Backend backend, Model model, Dataset data, RowIndex rows) {
    int outputs = model.outputs();
    float[] logits = new float[Math.multiplyExact((int) rows.size(), outputs)];
    try (Predictor predictor = new Predictor(backend, model)) {
      predictor.logits(
          data.features().select(rows),
          (first, count, values) ->
              System.arraycopy(values, 0, logits, (int) first * outputs, count * outputs));
    }
    return logits;
  }

  private static float[] weights(@Nullable SampleWeights all, RowIndex rows) {
    if (all == null) {
      return new float[0];
    }
    float[] weights = new float[(int) rows.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = all.get(rows.get(i));
    }
    return weights;
  }

  /** The predictors' logits summed up by their shares, block by block. */
  public FloatTable mean(double[] shares) {
    FloatTable.Builder table = new FloatTable.Builder(outputs);
    for (int b = 0; b < blocks(); b++) {
      float[] sum = new float[logits(0, b).length];
      double[] exact = new double[sum.length];
      for (int f = 0; f < shares.length; f++) {
        float[] own = logits(f, b);
        for (int i = 0; i < own.length; i++) {
          exact[i] += shares[f] * own[i];
        }
      }
      for (int i = 0; i < sum.length; i++) {
        sum[i] = (float) exact[i];
      }
      table.add(sum, sum.length / outputs);
    }
    return table.build();
  }

  @Override
  public int blocks() {
    return targets.size();
  }

  @Override
  public float[] logits(int predictor, int block) {
    return logits.get(predictor).get(block);
  }

  @Override
  public float[] targets(int block) {
    return targets.get(block);
  }

  @Override
  public float[] weights(int block) {
    return weights.get(block);
  }
}
