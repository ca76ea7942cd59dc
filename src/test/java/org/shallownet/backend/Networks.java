package org.shallownet.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Networks of all kinds, weights and samples for them. */
final class Networks {
  static final int INPUTS = 5;

  private Networks() {}

  /** No, one, two and three hidden layers × activations × outputs × numbers of outputs. */
  static List<NetworkSpec> all() {
    List<NetworkSpec> specs = new ArrayList<>();
    for (Output output : Output.values()) {
      for (int outputs :
          output == Output.SOFTMAX_CROSS_ENTROPY ? new int[] {2, 3} : new int[] {1, 3}) {
        NetworkSpec plain = NetworkSpec.of(INPUTS, output, outputs);
        specs.add(plain);
        for (Activation f : Activation.values()) {
          specs.add(plain.withHidden(7, f));
          specs.add(plain.withHidden(4, f).withHidden(3, f));
          if (f != Activation.IDENTITY) {
            // Three linear layers diverge at the rates that suit the others.
            specs.add(plain.withHidden(5, f).withHidden(1, f).withHidden(2, f));
          }
        }
      }
    }
    return specs;
  }

  /** Normal weights and biases; smaller ones where e to the power of a logit may become large. */
  static Weights weights(NetworkSpec spec, long seed) {
    Random random = new Random(seed);
    float[] values = new float[spec.parameterCount()];
    boolean exponential = spec.output() == Output.EXPONENTIAL_POISSON;
    int last = spec.weightsOffset(spec.layerCount());
    for (int i = 0; i < values.length; i++) {
      double deviation = exponential && i >= last ? 0.2 : 0.7;
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return Weights.of(spec, values);
  }

  /** Normal features, one sample per row. */
  static float[][] features(int samples, long seed) {
    Random random = new Random(seed);
    float[][] x = new float[samples][INPUTS];
    for (float[] row : x) {
      for (int j = 0; j < INPUTS; j++) {
        row[j] = (float) random.nextGaussian();
      }
    }
    return x;
  }

  /** Targets of the kind that the output wants. */
  static float[][] targets(NetworkSpec spec, int samples, long seed) {
    Random random = new Random(seed);
    float[][] y = new float[samples][spec.output().targetColumns(spec.outputs())];
    for (float[] row : y) {
      for (int j = 0; j < row.length; j++) {
        row[j] =
            switch (spec.output()) {
              case SIGMOID_CROSS_ENTROPY -> random.nextInt(2);
              case SOFTMAX_CROSS_ENTROPY -> random.nextInt(spec.outputs());
              case IDENTITY_SQUARED_ERROR -> (float) random.nextGaussian();
              case EXPONENTIAL_POISSON -> random.nextInt(4);
            };
      }
    }
    return y;
  }

  /** Weights of all sizes, some of them 0. */
  static float[] sampleWeights(int samples, long seed) {
    Random random = new Random(seed);
    float[] weights = new float[samples];
    for (int i = 0; i < samples; i++) {
      weights[i] = random.nextInt(4) == 0 ? 0 : (float) Math.exp(random.nextGaussian());
    }
    return weights;
  }

  /** The targets with a weight behind each row. */
  static float[][] withWeights(float[][] targets, float[] weights) {
    float[][] rows = new float[targets.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOf(targets[i], targets[i].length + 1);
      rows[i][targets[i].length] = weights[i];
    }
    return rows;
  }

  static double[][] widen(float[][] rows) {
    double[][] wide = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      wide[i] = Reference.widen(rows[i]);
    }
    return wide;
  }

  static float[] flatten(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return flat;
  }
}
