package org.shallownet.training;

import org.shallownet.data.Dataset;
import org.shallownet.data.Task;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;

/**
 * The network and the settings that the command line uses where no option says otherwise: chosen so
 * that small tables come out well without tuning. {@code benchmarks/defaults} measures them.
 *
 * <p>They depend on the size of the table, the rows of the dev set included.
 */
public final class Defaults {
  /** The optimizer, by its id: Adam with the usual moments. */
  public static final String OPTIMIZER = "adam";

  /** Learning rate of Adam. */
  public static final double ADAM_RATE = 0.003;

  /** Learning rate of gradient descent with momentum. */
  public static final double MOMENTUM_RATE = 0.03;

  /** The momentum of gradient descent with momentum. */
  public static final double MOMENTUM = 0.9;

  /** Learning rate of plain gradient descent. */
  public static final double GRADIENT_DESCENT_RATE = 0.1;

  /** Samples in a step, for tables of up to {@link #LARGER_BATCHES_ROWS} rows. */
  public static final int BATCH_SIZE = 32;

  /** How often every sample is seen, at most. */
  public static final int EPOCHS = 1000;

  /** Training ends when the dev cost has not fallen for this many epochs. */
  public static final int PATIENCE = 100;

  /** Decides the split, the first weights and the order of samples. */
  public static final int SEED = 0;

  /** How often a comparison trains each network. */
  public static final int SEEDS = 3;

  /** The part of the rows that is held back as the dev set. */
  public static final double DEV_FRACTION = 0.2;

  /** Units of the one hidden layer. */
  public static final int HIDDEN_UNITS = 64;

  /** Tables with fewer rows get tanh units, whose smooth fits they need; others ReLU. */
  public static final int SMALL_TABLE_ROWS = 1000;

  /** λ = scale × features² / rows³, but not more than {@link #MOST_L2}. */
  public static final int L2_SCALE = 1500;

  /** The scale of λ is this many times larger for a regression. */
  public static final int L2_REGRESSION_FACTOR = 3;

  /** The largest λ. */
  public static final double MOST_L2 = 0.02;

  private static final long LARGEST_BATCH = 1024;

  /** Batches grow while an epoch has more steps than this. */
  private static final int MOST_STEPS = 1024;

  /** Tables with more rows get larger batches. */
  public static final int LARGER_BATCHES_ROWS = BATCH_SIZE * MOST_STEPS;

  private Defaults() {}

  /** What hidden units apply: tanh for small tables, ReLU from 1,000 rows on. */
  public static Activation activation(Dataset data) {
    return data.rows() < SMALL_TABLE_ROWS ? Activation.TANH : Activation.RELU;
  }

  /** One hidden layer of 64 units. */
  public static NetworkSpec network(Dataset data) {
    return data.network().withHidden(HIDDEN_UNITS, activation(data));
  }

  /**
   * {@link TrainingSettings#defaults} with L2 for tables that have few rows for their columns, and
   * batches that grow from 32 to 1,024 samples where an epoch would have more than 1,024 steps.
   */
  public static TrainingSettings settings(Dataset data) {
    double rows = data.rows();
    double features = data.featureNames().size();
    double scale = data.task() == Task.REGRESSION ? L2_SCALE * L2_REGRESSION_FACTOR : L2_SCALE;
    double l2 = Math.min(MOST_L2, scale * features * features / (rows * rows * rows));
    TrainingSettings settings = TrainingSettings.defaults().withL2(l2);
    long batch = settings.batchSize();
    while (batch < LARGEST_BATCH && batch * MOST_STEPS < data.rows()) {
      batch *= 2;
    }
    return settings.withBatchSize(batch);
  }
}
