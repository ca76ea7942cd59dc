package org.shallownet.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.Activation;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/**
 * The trainings that are measured, all but W7 with plain gradient descent. W1 to W7 and the two of
 * two hidden layers suit a processor, A to E a card.
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
  /** The same in batches of 32. */
  W5S(1_000_000, 28, 64, Activation.TANH, 1, 32, 0.05, 31_250),
  /** 64 networks at once: four activations with sixteen learning rates each; 50 iterations. */
  W6(10_000, 10, 32, Activation.TANH, 1, 10_000, 1.2, 50),
  /**
   * 20 networks at once by Adam, half of them tanh and half ReLU, each on all rows but those of one
   * of five folds; a hundred epochs in batches of 32.
   */
  W7(1000, 20, 64, Activation.TANH, 1, 32, 0.003, 2500),
  /** A full-batch iteration of two hidden layers, 28→64→32. */
  DEEP(100_000, 28, 64, Activation.TANH, 1, 100_000, 0.5, 1),
  /** The same of narrow ones, 10→32→16. */
  NARROW(100_000, 10, 32, Activation.TANH, 1, 100_000, 0.5, 1),
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

  private static final int FOLDS = 5;
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
    boolean epoch = batchRows < this.rows && folds() == 0;
    return epoch ? (rows + batchRows(rows) - 1) / batchRows(rows) : callSteps;
  }

  /**
   * How many folds the samples are cut into: sample i lies in fold i mod this, and network m is
   * trained on all but fold m mod this. 0 for none, where networks are trained on all.
   */
  int folds() {
    return this == W7 ? FOLDS : 0;
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

  /** How many hidden units its networks have, in the first layer where there are two. */
  int hidden() {
    return hidden;
  }

  /** Whether a second hidden layer has half as many units. */
  private boolean isDeep() {
    return this == DEEP || this == NARROW;
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
    List<ModelPlan> models = models(hidden);
    if (folds() > 0) {
      models = onFolds(models, Math.toIntExact(samples.rows()));
    }
    return new TrainingPlan(samples, batchRows(samples.rows()), models);
  }

  private static List<ModelPlan> onFolds(List<ModelPlan> models, int rows) {
    List<ModelSamples> samples = new ArrayList<>();
    for (int fold = 0; fold < FOLDS; fold++) {
      int number = fold;
      SampleRows own =
          SampleRows.of(IntStream.range(0, rows).filter(i -> i % FOLDS == number).toArray());
      samples.add(new ModelSamples(own.others(rows), own, ModelSamples.ALL_INPUTS));
    }
    List<ModelPlan> onFolds = new ArrayList<>();
    for (ModelPlan model : models) {
      ModelSamples seen = samples.get(onFolds.size() % FOLDS);
      onFolds.add(
          new ModelPlan(model.initial(), model.optimizer(), model.l2(), onFolds.size(), seen, 0));
    }
    return onFolds;
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
      case W7 -> {
        for (int i = 0; i < 20; i++) {
          ModelPlan plain = model(hidden, i < 10 ? Activation.TANH : Activation.RELU, rate, i);
          models.add(new ModelPlan(plain.initial(), Optimizer.Adam.of(rate), 0, i));
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
    if (isDeep()) {
      spec = spec.withHidden(hidden / 2, f);
    }
    return new ModelPlan(
        new Initializer.Auto().create(spec, seed), new Optimizer.GradientDescent(rate), 0, SEED);
  }
}
