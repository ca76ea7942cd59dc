package org.shallownet.backend;

import java.util.Arrays;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/**
 * Networks in float64 plain loops, one sample at a time, straight from the formulas: what engines
 * are compared with.
 */
public final class Oracle {
  private final NetworkSpec spec;
  private final double l2;
  private final Loss loss;
  private final Mask mask;

  /**
   * The network of this shape.
   *
   * @param l2 λ, as {@link ModelPlan} says
   */
  public Oracle(NetworkSpec spec, double l2) {
    this(spec, l2, Loss.OWN);
  }

  /** The same with another loss. */
  public Oracle(NetworkSpec spec, double l2, Loss loss) {
    this(spec, l2, loss, (sample, layer, unit) -> 1);
  }

  /** The same with dropout, too. */
  Oracle(NetworkSpec spec, double l2, Loss loss, Mask mask) {
    this.spec = spec;
    this.l2 = l2;
    this.loss = loss;
    this.mask = mask;
  }

  /** By what dropout multiplies the activation of a unit of a layer, from 1, for a sample. */
  interface Mask {
    double of(int sample, int layer, int unit);
  }

  /** What a network makes of some samples. */
  public static final class Result {
    public final double weight;
    public final double lossSum;
    public final double penalty;
    public final double hits;
    public final double[] gradient;

    Result(double weight, double lossSum, double penalty, double hits, double[] gradient) {
      this.weight = weight;
      this.lossSum = lossSum;
      this.penalty = penalty;
      this.hits = hits;
      this.gradient = gradient;
    }

    /** The weighted mean cost, L2 included. */
    public double cost() {
      return lossSum / weight + penalty;
    }
  }

  /** The same for samples that all weigh 1. */
  public Result run(double[] theta, double[][] x, double[][] y) {
    double[] ones = new double[x.length];
    Arrays.fill(ones, 1);
    return run(theta, x, y, ones);
  }

  /**
   * Weighted costs and hits of these samples and the gradient of their weighted mean cost, which is
   * that of L2 alone if nothing has a weight.
   *
   * @param theta all parameters, in the order of {@link NetworkSpec}
   * @param x features, one sample per row
   * @param y targets as {@link Output} says
   * @param w the samples' weights
   */
  public Result run(double[] theta, double[][] x, double[][] y, double[] w) {
    double[] gradient = new double[theta.length];
    double weight = Arrays.stream(w).sum();
    double lossSum = 0;
    double hits = 0;
    for (int i = 0; i < x.length; i++) {
      double[] target = Reference.spread(spec.output(), y[i], spec.outputs());
      double[][] raw = new double[spec.layerCount() + 1][];
      double[][] a = forward(theta, i, x[i], raw);
      double[] z = a[spec.layerCount()];
      lossSum += w[i] * Reference.loss(loss, spec.output(), z, target);
      hits += w[i] * Reference.hits(loss, spec.output(), z, target);
      double[] delta = Reference.lossSlope(loss, spec.output(), z, target);
      for (int j = 0; j < delta.length; j++) {
        delta[j] *= weight == 0 ? 0 : w[i] / weight;
      }
      backward(theta, i, a, raw, delta, gradient);
    }
    double squares = 0;
    for (int l = 1; l <= spec.layerCount(); l++) {
      for (int i = spec.weightsOffset(l); i < spec.biasOffset(l); i++) {
        squares += theta[i] * theta[i];
        gradient[i] += l2 * theta[i];
      }
    }
    return new Result(weight, lossSum, l2 / 2 * squares, hits, gradient);
  }

  /**
   * What every layer gives to the next; of the last one its logits.
   *
   * @param raw gets the same before dropout
   */
  private double[][] forward(double[] theta, int sample, double[] x, double[][] raw) {
    double[][] a = new double[spec.layerCount() + 1][];
    a[0] = x;
    for (int l = 1; l <= spec.layerCount(); l++) {
      a[l] = new double[spec.units(l)];
      raw[l] = new double[spec.units(l)];
      double[] below = a[l - 1];
      int weights = spec.weightsOffset(l);
      int biases = spec.biasOffset(l);
      boolean output = l == spec.layerCount();
      for (int to = 0; to < a[l].length; to++) {
        double z = theta[biases + to];
        for (int from = 0; from < below.length; from++) {
          z += theta[weights + to * below.length + from] * below[from];
        }
        raw[l][to] = output ? z : Reference.activate(spec.hidden().get(l - 1).activation(), z);
        a[l][to] = output ? z : mask.of(sample, l, to) * raw[l][to];
      }
    }
    return a;
  }

  private void backward(
      double[] theta,
      int sample,
      double[][] a,
      double[][] raw,
      double[] derivative,
      double[] gradient) {
    double[] delta = derivative;
    for (int l = spec.layerCount(); l >= 1; l--) {
      double[] below = new double[a[l - 1].length];
      int weights = spec.weightsOffset(l);
      int biases = spec.biasOffset(l);
      for (int to = 0; to < delta.length; to++) {
        gradient[biases + to] += delta[to];
        for (int from = 0; from < below.length; from++) {
          int weight = weights + to * below.length + from;
          gradient[weight] += delta[to] * a[l - 1][from];
          below[from] += delta[to] * theta[weight];
        }
      }
      if (l > 1) {
        for (int from = 0; from < below.length; from++) {
          below[from] *=
              mask.of(sample, l - 1, from)
                  * Reference.slope(spec.hidden().get(l - 2).activation(), raw[l - 1][from]);
        }
      }
      delta = below;
    }
  }
}
