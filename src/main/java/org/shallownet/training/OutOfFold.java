package org.shallownet.training;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.data.FloatTable;
import org.shallownet.data.Folds;
import org.shallownet.data.RowIndex;
import org.shallownet.data.SampleWeights;
import org.shallownet.model.Model;
import org.shallownet.model.Predictor;

/** What families of networks say of the folds that each of their networks has not learned from. */
final class OutOfFold implements GreedyWeights.Answers {
  private final int outputs;

  /** For each family the logits of each fold. */
  private final List<List<float[]>> logits = new ArrayList<>();

  private final List<float[]> targets = new ArrayList<>();
  private final List<float[]> weights = new ArrayList<>();

  /**
   * Asks networks.
   *
   * @param source the training rows' targets
   * @param chosen the folds to ask about
   * @param families for each family a model for each of these folds
   */
  OutOfFold(
      Backend backend,
      Dataset train,
      DatasetSource source,
      Folds folds,
      List<Integer> chosen,
      List<List<Model>> families) {
    outputs = families.get(0).get(0).outputs();
    for (List<Model> models : families) {
      List<float[]> own = new ArrayList<>();
      for (int i = 0; i < chosen.size(); i++) {
        own.add(logits(backend, models.get(i), train, folds.rows(chosen.get(i))));
      }
      logits.add(own);
    }
    for (int fold : chosen) {
      targets.add(source.targets(folds.rows(fold)));
      weights.add(weights(train.weights(), folds.rows(fold)));
    }
  }

  private static float[] logits(Backend backend, Model model, Dataset train, RowIndex rows) {
    int outputs = model.outputs();
    float[] logits = new float[Math.multiplyExact((int) rows.size(), outputs)];
    try (Predictor predictor = new Predictor(backend, model)) {
      predictor.logits(
          train.features().select(rows),
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

  /** The families' logits summed up by their shares, fold by fold. */
  FloatTable mean(double[] shares) {
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
