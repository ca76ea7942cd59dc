package org.shallownet.training.ensemble;

/**
 * Chooses how much each of several predictors counts: one after the other, and any of them again
 * and again, the one is added that makes the cost of the mean of their logits the lowest, the first
 * of equals. A predictor counts as often as it was chosen.
 *
 * <p>Source: R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes, "Ensemble selection from libraries
 * of models", ICML 2004; there probabilities are averaged, here logits, so that the result is one
 * network.
 */
public final class GreedyWeights {
  private final LogitCost cost;
  private final int outputs;

  /** For networks with this cost and so many outputs. */
  public GreedyWeights(LogitCost cost, int outputs) {
    this.cost = cost;
    this.outputs = outputs;
  }

  /** What predictors say of samples that they have not learned from. */
  interface Answers {
    /** How many blocks of samples there are. */
    int blocks();

    /** The logits that a predictor gives for a block, {@code rows × outputs}. */
    float[] logits(int predictor, int block);

    /** The targets of a block, in as many columns as the cost wants. */
    float[] targets(int block);

    /** The weights of a block's samples; empty where all count the same. */
    float[] weights(int block);
  }

  /**
   * How often each predictor is chosen.
   *
   * @param predictors how many there are
   * @param choices how often one is chosen
   */
  public int[] choose(int predictors, int choices, Answers answers) {
    int[] counts = new int[predictors];
    if (predictors == 1) {
      counts[0] = choices;
      return counts;
    }
    double[][] sums = new double[answers.blocks()][];
    for (int b = 0; b < sums.length; b++) {
      sums[b] = new double[answers.logits(0, b).length];
    }
    for (int step = 0; step < choices; step++) {
      int best = 0;
      double lowest = Double.POSITIVE_INFINITY;
      for (int p = 0; p < predictors; p++) {
        double with = costWith(p, step + 1, sums, answers);
        if (with < lowest) {
          lowest = with;
          best = p;
        }
      }
      counts[best]++;
      for (int b = 0; b < sums.length; b++) {
        float[] logits = answers.logits(best, b);
        for (int i = 0; i < logits.length; i++) {
          sums[b][i] += logits[i];
        }
      }
    }
    return counts;
  }

  /** The sum of the costs if this predictor is added, which makes so many of them. */
  private double costWith(int predictor, int count, double[][] sums, Answers answers) {
    double total = 0;
    double[] mean = new double[outputs];
    for (int b = 0; b < sums.length; b++) {
      float[] logits = answers.logits(predictor, b);
      float[] targets = answers.targets(b);
      float[] weights = answers.weights(b);
      int rows = logits.length / outputs;
      int targetColumns = rows == 0 ? 0 : targets.length / rows;
      for (int r = 0; r < rows; r++) {
        for (int k = 0; k < outputs; k++) {
          int i = r * outputs + k;
          mean[k] = (sums[b][i] + logits[i]) / count;
        }
        double own = cost.of(mean, 0, targets, r * targetColumns);
        total += weights.length == 0 ? own : weights[r] * own;
      }
    }
    return total;
  }

  /** What each predictor's share of the whole is. */
  public static double[] shares(int[] counts) {
    int sum = 0;
    for (int count : counts) {
      sum += count;
    }
    double[] shares = new double[counts.length];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (double) counts[i] / sum;
    }
    return shares;
  }
}
