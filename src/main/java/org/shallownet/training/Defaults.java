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
  /** The part of the rows that is held back as the dev set. */
  public static final double DEV_FRACTION = 0.2;

  /** Units of the one hidden layer. */
  public static final int HIDDEN_UNITS = 64;

  /** Tables with fewer rows get tanh units, whose smooth fits they need; others ReLU. */
  private static final int SMALL_TABLE_ROWS = 1000;

  /** λ = scale × features² / rows³, but not more than {@link #MOST_L2}. */
  private static final double L2_SCALE_CLASSES = 1500;

  private static final double L2_SCALE_NUMBERS = 4500;

  private static final double MOST_L2 = 0.02;

  private static final long LARGEST_BATCH = 1024;

  /** Batches grow while an epoch has more steps than this. */
  private static final long MOST_STEPS = 1024;

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
    double scale = data.task() == Task.REGRESSION ? L2_SCALE_NUMBERS : L2_SCALE_CLASSES;
    double l2 = Math.min(MOST_L2, scale * features * features / (rows * rows * rows));
    TrainingSettings settings = TrainingSettings.defaults().withL2(l2);
    long batch = settings.batchSize();
    while (batch < LARGEST_BATCH && batch * MOST_STEPS < data.rows()) {
      batch *= 2;
    }
    return settings.withBatchSize(batch);
  }
}
