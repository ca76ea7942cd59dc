package org.shallownet.backend.cpu.primitives;

import java.util.Arrays;
import org.shallownet.network.Loss;
import org.shallownet.network.Output;

/** Losses other than an output's own, row by row and in double precision. */
public final class Losses {
  private final Loss loss;
  private final boolean classes;
  private final int columns;
  private final int targets;
  private final boolean weighted;
  private final double scale;

  /** By how much labels are smoothed. */
  private final double epsilon;

  /** What rows have added up to. */
  double cost;

  double hits;
  double weight;

  /**
   * A loss of rows with so many outputs.
   *
   * @param weighted whether each row of the targets has its weight behind
   * @param scale what derivatives are multiplied by
   */
  public Losses(Loss loss, Output output, int columns, boolean weighted, double scale) {
    this.loss = loss;
    this.classes = output == Output.SOFTMAX_CROSS_ENTROPY;
    this.columns = columns;
    this.targets = output.targetColumns(columns);
    this.weighted = weighted;
    this.scale = scale;
    this.epsilon = loss instanceof Loss.Smoothed smoothed ? smoothed.epsilon() : 0;
  }

  /** Forgets what rows have added up to. */
  public void clear() {
    cost = 0;
    hits = 0;
    weight = 0;
  }

  /** Adds what rows have added up to. */
  public void addTo(Outputs.Sum sum) {
    sum.cost += cost;
    sum.hits += hits;
    sum.weight += weight;
  }

  /** Takes some rows; delta may be the logits themselves. */
  public void rows(int rows, ArrayRange logits, ArrayRange y, ArrayRange delta) {
    int stride = targets + (weighted ? 1 : 0);
    for (int row = 0; row < rows; row++) {
      int atY = y.from + row * stride;
      int atZ = logits.from + row * columns;
      int at = delta.from + row * columns;
      double w = weighted ? y.array[atY + targets] : 1;
      weight += w;
      if (w == 0) {
        // What it costs may be infinite, and nothing of it counts.
        Arrays.fill(delta.array, at, at + columns, 0);
      } else if (loss instanceof Loss.Smoothed) {
        if (classes) {
          softmax(logits.array, atZ, (int) y.array[atY], w, delta.array, at);
        } else {
          sigmoid(logits.array, atZ, y.array, atY, w, delta.array, at);
        }
      } else {
        numbers(logits.array, atZ, y.array, atY, w, delta.array, at);
      }
    }
  }

  private void softmax(float[] z, int atZ, int target, double w, float[] delta, int at) {
    int largest = 0;
    double sum = 0;
    for (int j = 1; j < columns; j++) {
      largest = z[atZ + j] > z[atZ + largest] ? j : largest;
    }
    double max = z[atZ + largest];
    double below = 0;
    for (int j = 0; j < columns; j++) {
      sum += Math.exp(z[atZ + j] - max);
      below += max - z[atZ + j];
    }
    double own = max - z[atZ + target];
    cost += w * (Math.log(sum) + (1 - epsilon) * own + epsilon / columns * below);
    hits += largest == target ? w : 0;
    for (int j = 0; j < columns; j++) {
      double wanted = (j == target ? 1 - epsilon : 0) + epsilon / columns;
      delta[at + j] = (float) (scale * w * (Math.exp(z[atZ + j] - max) / sum - wanted));
    }
  }

  private void sigmoid(float[] z, int atZ, float[] y, int atY, double w, float[] delta, int at) {
    boolean right = true;
    for (int j = 0; j < columns; j++) {
      double logit = z[atZ + j];
      double wanted = (1 - epsilon) * y[atY + j] + epsilon / 2;
      double e = Math.exp(-Math.abs(logit));
      cost += w * (Math.max(logit, 0) - logit * wanted + Math.log1p(e));
      right &= (logit > 0) == (y[atY + j] == 1);
      delta[at + j] = (float) (scale * w * ((logit >= 0 ? 1 : e) / (1 + e) - wanted));
    }
    hits += right ? w : 0;
  }

  private void numbers(float[] z, int atZ, float[] y, int atY, double w, float[] delta, int at) {
    for (int j = 0; j < columns; j++) {
      double d = (double) z[atZ + j] - y[atY + j];
      hits += w * d * d / 2;
      if (loss instanceof Loss.Huber huber) {
        double most = huber.delta();
        double slope = Math.max(-most, Math.min(most, d));
        // ½ d² where the slope is d, else δ (|d| - ½ δ).
        cost += w * slope * (d - slope / 2);
        delta[at + j] = (float) (scale * w * slope);
      } else if (loss instanceof Loss.Quantile quantile) {
        double q = quantile.level();
        double slope = d < 0 ? -q : d > 0 ? 1 - q : d;
        cost += w * slope * d;
        delta[at + j] = (float) (scale * w * slope);
      }
    }
  }
}
