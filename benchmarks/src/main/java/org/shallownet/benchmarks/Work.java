package org.shallownet.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.Activation;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/**
 * The trainings that are measured, all with plain gradient descent. W1 to W6 suit a processor, A to
 * E a card.
 *
 * <p>{@code callSteps} is how many steps one call of a benchmark takes, the unit that its time is
 * for.
 */
enum Work {
  /** The planar exercise, 10,000 full-batch iterations. */
  W1(400, 2, 4, Activation.TANH, 1, 400, 1.2, 10_000),
  /** A full-batch iteration over a million samples, tanh. */
  W2(1_000_000, 28, 64, Activation.TANH, 1, 1_000_000, 0.5, 1),
  /** The same with ReLU. */
  W2R(1_000_000, 28, 64, Activation.RELU, 1, 1_000_000, 0.5, 1),
  /** An epoch of a wide network in batches of 4,096. */
  W3(60_000, 784, 1024, Activation.RELU, 1, 4096, 0.01, 15),
  /** A full-batch iteration of logistic regression. */
  W4(1_000_000, 28, 0, Activation.IDENTITY, 1, 1_000_000, 0.5, 1),
  /** An epoch in small batches. */
  W5(1_000_000, 28, 64, Activation.TANH, 1, 256, 0.05, 3907),
  /** 64 networks at once: four activations with sixteen learning rates each; 50 iterations. */
  W6(10_000, 10, 32, Activation.TANH, 1, 10_000, 1.2, 50),
  /** W2 with ten million samples. */
  A(10_000_000, 28, 64, Activation.TANH, 1, 10_000_000, 0.5, 1),
  /** A step of a wide network with ten classes. */
  B(65_536, 784, 1024, Activation.RELU, 10, 65_536, 0.1, 1),
  /** Logistic regression over fifty million samples. */
  C(50_000_000, 28, 0, Activation.IDENTITY, 1, 50_000_000, 0.5, 1),
  /** The planar exercise, as W1. */
  D(400, 2, 4, Activation.TANH, 1, 400, 1.2, 10_000),
  /** 1,024 networks at once that differ by learning rate; 1,000 iterations. */
  E(10_000, 10, 32, Activation.TANH, 1, 10_000, 1, 1000);

  /** What decides the first weights and the order of samples in batches. */
  static final long SEED = 7;

  private static final double LOWEST_RATE = 0.01;
  private static final List<Activation> COMPARED =
      List.of(Activation.RELU, Activation.LEAKY_RELU, Activation.TANH, Activation.SIGMOID);

  private final long rows;
  private final int features;
  private final int hidden;
  private final Activation activation;
  private final int outputs;
  private final long batchRows;
  private final double rate;
  private final int callSteps;

  Work(
      long rows,
      int features,
      int hidden,
      Activation activation,
      int outputs,
      long batchRows,
      double rate,
      int callSteps) {
    this.rows = rows;
    this.features = features;
    this.hidden = hidden;
    this.activation = activation;
    this.outputs = outputs;
    this.batchRows = batchRows;
    this.rate = rate;
    this.callSteps = callSteps;
  }

  /** The work of this name, in lower case as benchmarks and scripts write it. */
  static Work of(String name) {
    for (Work work : values()) {
      if (work.id().equals(name)) {
        return work;
      }
    }
    throw new IllegalArgumentException(
        "unknown work '"
            + name
            + "': choose one of "
            + Arrays.stream(values()).map(Work::id).collect(Collectors.joining(", ")));
  }

  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** How many samples it has. */
  long rows() {
    return rows;
  }

  /** How many steps a call of a benchmark takes with this many samples. */
  long callSteps(long rows) {
    boolean epoch = batchRows < this.rows;
    return epoch ? (rows + batchRows(rows) - 1) / batchRows(rows) : callSteps;
  }

  /** How many of this many samples make a step. */
  long batchRows(long rows) {
    return batchRows == this.rows ? rows : Math.min(batchRows, rows);
  }

  /**
   * Its samples.
   *
   * @param rows how many; {@link #rows} but for short trials. The planar points are always 400.
   */
  Table table(long rows) {
    return features == 2 ? Planar.load() : new GaussianTable(rows, features, outputs);
  }

  /** How many hidden units its networks have. */
  int hidden() {
    return hidden;
  }

  /** How many weights and biases one of its networks has. */
  int parameters() {
    return model(hidden, activation, rate, SEED).spec().parameterCount();
  }

  /**
   * What to train on these samples.
   *
   * @param hidden how many hidden units; {@link #hidden} but for trials of other widths
   */
  TrainingPlan plan(Samples samples, int hidden) {
    return new TrainingPlan(samples, batchRows(samples.rows()), models(hidden));
  }

  /** The networks, with this many hidden units. */
  List<ModelPlan> models(int hidden) {
    List<ModelPlan> models = new ArrayList<>();
    switch (this) {
      case W6 -> {
        for (Activation f : COMPARED) {
          for (int i = 0; i < 16; i++) {
            models.add(model(hidden, f, rate(i, 16), SEED));
          }
        }
      }
      case E -> {
        for (int i = 0; i < 1024; i++) {
          models.add(model(hidden, activation, rate(i, 1024), i));
        }
      }
      default -> models.add(model(hidden, activation, rate, SEED));
    }
    return models;
  }

  /** The i-th of n learning rates, evenly spaced on a logarithmic scale. */
  private double rate(int i, int n) {
    return LOWEST_RATE * Math.pow(rate / LOWEST_RATE, (double) i / (n - 1));
  }

  private ModelPlan model(int hidden, Activation f, double rate, long seed) {
    Output output = outputs == 1 ? Output.SIGMOID_CROSS_ENTROPY : Output.SOFTMAX_CROSS_ENTROPY;
    NetworkSpec spec = NetworkSpec.of(features, output, outputs);
    if (hidden > 0) {
      spec = spec.withHidden(hidden, f);
    }
    return new ModelPlan(
        new Initializer.Auto().create(spec, seed), new Optimizer.GradientDescent(rate), 0, SEED);
  }
}
