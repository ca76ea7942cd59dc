package org.shallownet.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shallownet.network.Output;

class GreedyWeightsTest {
  private static final int ROWS = 57;

  /** Random answers of predictors, the later ones the better, in two blocks. */
  private static final class Answered implements GreedyWeights.Answers {
    private final int outputs;
    private final float[][][] values;
    private final float[][] wanted;
    private final float[][] counting;

    private Answered(int outputs, float[][][] values, float[][] wanted, float[][] counting) {
      this.outputs = outputs;
      this.values = values;
      this.wanted = wanted;
      this.counting = counting;
    }

    int outputs() {
      return outputs;
    }

    @Override
    public int blocks() {
      return wanted.length;
    }

    @Override
    public float[] logits(int predictor, int block) {
      return values[predictor][block];
    }

    @Override
    public float[] targets(int block) {
      return wanted[block];
    }

    @Override
    public float[] weights(int block) {
      return counting[block];
    }
  }

  private static Answered random(Output output, int outputs, int predictors, long seed) {
    Random random = new Random(seed);
    int targetColumns = output == Output.SOFTMAX_CROSS_ENTROPY ? 1 : outputs;
    float[][][] values = new float[predictors][2][];
    float[][] wanted = new float[2][];
    float[][] weights = new float[2][];
    for (int b = 0; b < 2; b++) {
      int rows = b == 0 ? ROWS - 20 : 20;
      wanted[b] = new float[rows * targetColumns];
      weights[b] = seed % 2 == 0 ? new float[0] : new float[rows];
      for (int i = 0; i < wanted[b].length; i++) {
        wanted[b][i] =
            switch (output) {
              case SIGMOID_CROSS_ENTROPY -> random.nextInt(2);
              case SOFTMAX_CROSS_ENTROPY -> random.nextInt(outputs);
              case IDENTITY_SQUARED_ERROR -> (float) random.nextGaussian();
              case EXPONENTIAL_POISSON -> random.nextInt(4);
            };
      }
      for (int r = 0; r < weights[b].length; r++) {
        weights[b][r] = random.nextInt(4);
      }
      for (int p = 0; p < predictors; p++) {
        values[p][b] = new float[rows * outputs];
        for (int i = 0; i < values[p][b].length; i++) {
          values[p][b][i] = (float) (2 * random.nextGaussian());
        }
        for (int r = 0; r < rows; r++) {
          for (int k = 0; k < targetColumns; k++) {
            int at =
                output == Output.SOFTMAX_CROSS_ENTROPY
                    ? r * outputs + (int) wanted[b][r]
                    : r * outputs + k;
            float pull = output == Output.SOFTMAX_CROSS_ENTROPY ? 1 : wanted[b][r * outputs + k];
            values[p][b][at] += 0.4f * p * pull;
          }
        }
      }
    }
    return new Answered(outputs, values, wanted, weights);
  }

  /** The cost of a weighted sum of the predictors' logits, written out in double. */
  private static double cost(Answered answers, Output output, int[] counts) {
    int sum = 0;
    for (int count : counts) {
      sum += count;
    }
    double total = 0;
    int outputs = answers.outputs();
    for (int b = 0; b < answers.blocks(); b++) {
      int rows = answers.logits(0, b).length / outputs;
      for (int r = 0; r < rows; r++) {
        double[] z = new double[outputs];
        for (int k = 0; k < outputs; k++) {
          for (int p = 0; p < counts.length; p++) {
            z[k] += counts[p] * (double) answers.logits(p, b)[r * outputs + k] / sum;
          }
        }
        double weight = answers.weights(b).length == 0 ? 1 : answers.weights(b)[r];
        total += weight * cost(output, z, answers.targets(b), r);
      }
    }
    return total;
  }

  private static double cost(Output output, double[] z, float[] targets, int row) {
    double cost = 0;
    if (output == Output.SOFTMAX_CROSS_ENTROPY) {
      double sum = 0;
      for (double value : z) {
        sum += Math.exp(value);
      }
      return -Math.log(Math.exp(z[(int) targets[row]]) / sum);
    }
    for (int k = 0; k < z.length; k++) {
      double target = targets[row * z.length + k];
      double yes = 1 / (1 + Math.exp(-z[k]));
      cost +=
          switch (output) {
            case SIGMOID_CROSS_ENTROPY -> -Math.log(target == 1 ? yes : 1 - yes);
            case EXPONENTIAL_POISSON -> Math.exp(z[k]) - target * z[k];
            default -> (z[k] - target) * (z[k] - target) / 2;
          };
    }
    return cost;
  }

  @Test
  void eachChoiceIsTheBestThatThereIs() {
    for (Output output : Output.values()) {
      for (int seed = 0; seed < 10; seed++) {
        int outputs = output == Output.SOFTMAX_CROSS_ENTROPY ? 3 : 1 + seed % 2;
        Answered answers = random(output, outputs, 4, seed);
        GreedyWeights greedy = new GreedyWeights(new LogitCost(output, outputs), outputs);
        int[] expected = new int[4];
        for (int step = 1; step <= 12; step++) {
          int best = 0;
          double lowest = Double.POSITIVE_INFINITY;
          for (int p = 0; p < 4; p++) {
            expected[p]++;
            double cost = cost(answers, output, expected);
            expected[p]--;
            if (cost < lowest) {
              lowest = cost;
              best = p;
            }
          }
          expected[best]++;
          assertThat(greedy.choose(4, step, answers)).as(output + " " + seed).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void aPredictorThatKnowsTheTargetsGetsEverything() {
    Answered answers = random(Output.IDENTITY_SQUARED_ERROR, 1, 3, 4);
    for (int b = 0; b < 2; b++) {
      System.arraycopy(answers.targets(b), 0, answers.logits(1, b), 0, answers.targets(b).length);
    }
    int[] counts =
        new GreedyWeights(new LogitCost(Output.IDENTITY_SQUARED_ERROR, 1), 1)
            .choose(3, 20, answers);
    assertThat(counts).containsExactly(0, 20, 0);
    assertThat(GreedyWeights.shares(counts)).containsExactly(0, 1, 0);
    assertThat(GreedyWeights.shares(new int[] {3, 1})[0]).isCloseTo(0.75, within(1e-15));
  }

  @Test
  void aSinglePredictorIsNotAskedAtAll() {
    Answered answers = random(Output.SIGMOID_CROSS_ENTROPY, 1, 1, 1);
    assertThat(
            new GreedyWeights(new LogitCost(Output.SIGMOID_CROSS_ENTROPY, 1), 1)
                .choose(1, 20, answers))
        .containsExactly(20);
  }
}
