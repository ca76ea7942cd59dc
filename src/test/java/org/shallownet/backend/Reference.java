package org.shallownet.backend;

import java.util.Arrays;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/**
 * Every primitive in float64 plain loops, for tests and benchmarks. Matrices are row-major arrays.
 */
public final class Reference {
  private Reference() {}

  public static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  public static double[] gemm(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      double[] a,
      double[] b,
      double beta,
      double[] c,
      int m,
      int n,
      int k) {
    double[] result = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int p = 0; p < k; p++) {
          double left = transposeA ? a[p * m + i] : a[i * k + p];
          double right = transposeB ? b[j * k + p] : b[p * n + j];
          sum += left * right;
        }
        result[i * n + j] = alpha * sum + (beta == 0 ? 0 : beta * c[i * n + j]);
      }
    }
    return result;
  }

  public static double activate(Activation f, double z) {
    return switch (f) {
      case RELU -> Math.max(0, z);
      case LEAKY_RELU -> Math.max((double) Activation.LEAKY_SLOPE * z, z);
      case TANH -> StrictMath.tanh(z);
      case SIGMOID -> sigmoid(z);
      case IDENTITY -> z;
    };
  }

  /** The derivative from the activation's output. */
  public static double slope(Activation f, double a) {
    if (Double.isNaN(a) && f != Activation.IDENTITY) {
      return a;
    }
    return switch (f) {
      case RELU -> a > 0 ? 1 : 0;
      case LEAKY_RELU -> a > 0 ? 1 : Activation.LEAKY_SLOPE;
      case TANH -> 1 - a * a;
      case SIGMOID -> a * (1 - a);
      case IDENTITY -> 1;
    };
  }

  public static double sigmoid(double z) {
    return z >= 0 ? 1 / (1 + StrictMath.exp(-z)) : StrictMath.exp(z) / (1 + StrictMath.exp(z));
  }

  /** The output function of one row of logits. */
  public static double[] probabilities(Output output, double[] z) {
    double[] a = new double[z.length];
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : z) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : z) {
      sum += StrictMath.exp(logit - max);
    }
    for (int j = 0; j < z.length; j++) {
      a[j] =
          switch (output) {
            case SIGMOID_CROSS_ENTROPY -> sigmoid(z[j]);
            case SOFTMAX_CROSS_ENTROPY -> StrictMath.exp(z[j] - max) / sum;
            case IDENTITY_SQUARED_ERROR -> z[j];
            case EXPONENTIAL_POISSON -> StrictMath.exp(z[j]);
          };
    }
    return a;
  }

  /** The targets of one row with one column per output. */
  public static double[] spread(Output output, double[] targets, int outputs) {
    if (output != Output.SOFTMAX_CROSS_ENTROPY) {
      return targets;
    }
    double[] oneHot = new double[outputs];
    oneHot[(int) targets[0]] = 1;
    return oneHot;
  }

  /** The cost of one sample, from its logits and spread targets. */
  public static double cost(Output output, double[] z, double[] y) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : z) {
      max = Math.max(max, logit);
    }
    double cost = 0;
    double sum = 0;
    for (int j = 0; j < z.length; j++) {
      switch (output) {
        case SIGMOID_CROSS_ENTROPY ->
            cost +=
                Math.max(z[j], 0) - z[j] * y[j] + StrictMath.log1p(StrictMath.exp(-Math.abs(z[j])));
        case SOFTMAX_CROSS_ENTROPY -> {
          sum += StrictMath.exp(z[j] - max);
          // Of a class that it isn't, a logit of -∞ costs nothing.
          cost += y[j] == 0 ? 0 : y[j] * (max - z[j]);
        }
        case IDENTITY_SQUARED_ERROR -> cost += (z[j] - y[j]) * (z[j] - y[j]) / 2;
        case EXPONENTIAL_POISSON -> cost += StrictMath.exp(z[j]) - y[j] * z[j];
      }
    }
    return output == Output.SOFTMAX_CROSS_ENTROPY ? cost + StrictMath.log(sum) : cost;
  }

  /** The loss of one sample, from its logits and spread targets. */
  public static double loss(Loss loss, Output output, double[] z, double[] y) {
    if (loss instanceof Loss.Own) {
      return cost(output, z, y);
    }
    if (loss instanceof Loss.Smoothed smoothed) {
      return cost(output, z, smooth(output, smoothed.epsilon(), y));
    }
    double sum = 0;
    for (int j = 0; j < z.length; j++) {
      double d = Math.abs(z[j] - y[j]);
      if (loss instanceof Loss.Huber huber) {
        double delta = huber.delta();
        sum += d <= delta ? d * d / 2 : delta * (d - delta / 2);
      } else if (loss instanceof Loss.Quantile quantile) {
        sum += (y[j] > z[j] ? quantile.level() : 1 - quantile.level()) * d;
      }
    }
    return sum;
  }

  /** The derivative of the loss of one sample by its logits. */
  public static double[] lossSlope(Loss loss, Output output, double[] z, double[] y) {
    double[] slope = probabilities(output, z);
    double[] wanted = loss instanceof Loss.Smoothed it ? smooth(output, it.epsilon(), y) : y;
    for (int j = 0; j < z.length; j++) {
      slope[j] -= wanted[j];
      if (loss instanceof Loss.Huber huber && Math.abs(slope[j]) > huber.delta()) {
        slope[j] = huber.delta() * Math.signum(slope[j]);
      } else if (loss instanceof Loss.Quantile quantile) {
        slope[j] = slope[j] < 0 ? -quantile.level() : slope[j] > 0 ? 1 - quantile.level() : 0;
      }
    }
    return slope;
  }

  private static double[] smooth(Output output, double epsilon, double[] y) {
    double share = output == Output.SOFTMAX_CROSS_ENTROPY ? 1.0 / y.length : 0.5;
    return Arrays.stream(y).map(target -> (1 - epsilon) * target + epsilon * share).toArray();
  }

  /**
   * What counts as hits of a sample: whether it is right, or of costs for numbers other than
   * squared error ½ Σ (a - y)².
   */
  public static double hits(Loss loss, Output output, double[] z, double[] y) {
    if (!(loss instanceof Loss.Own) && output == Output.IDENTITY_SQUARED_ERROR) {
      return cost(output, z, y);
    }
    if (output == Output.EXPONENTIAL_POISSON) {
      return cost(Output.IDENTITY_SQUARED_ERROR, probabilities(output, z), y);
    }
    return hit(output, z, y) ? 1 : 0;
  }

  /** Whether one sample is predicted right. */
  public static boolean hit(Output output, double[] z, double[] y) {
    switch (output) {
      case SIGMOID_CROSS_ENTROPY -> {
        boolean right = true;
        for (int j = 0; j < z.length; j++) {
          right &= (z[j] > 0) == (y[j] == 1);
        }
        return right;
      }
      case SOFTMAX_CROSS_ENTROPY -> {
        int largest = 0;
        for (int j = 1; j < z.length; j++) {
          largest = z[j] > z[largest] ? j : largest;
        }
        return y[largest] == 1;
      }
      default -> {
        return false;
      }
    }
  }

  /** One step of an optimiser on one parameter; {@code state} is v, or m and v. */
  public static double step(
      Optimizer optimizer, double gradient, double theta, double[] state, long step) {
    double rate = optimizer.learningRate();
    if (optimizer instanceof Optimizer.Momentum momentum) {
      state[0] = momentum.momentum() * state[0] + gradient;
      return theta - rate * state[0];
    } else if (optimizer instanceof Optimizer.Nesterov nesterov) {
      state[0] = nesterov.momentum() * state[0] + gradient;
      return theta - rate * (gradient + nesterov.momentum() * state[0]);
    } else if (optimizer instanceof Optimizer.Adam adam) {
      state[0] = adam.beta1() * state[0] + (1 - adam.beta1()) * gradient;
      state[1] = adam.beta2() * state[1] + (1 - adam.beta2()) * gradient * gradient;
      double m = state[0] / (1 - StrictMath.pow(adam.beta1(), (double) step));
      double v = state[1] / (1 - StrictMath.pow(adam.beta2(), (double) step));
      return theta - rate * m / (Math.sqrt(v) + adam.epsilon());
    }
    return theta - rate * gradient;
  }
}
