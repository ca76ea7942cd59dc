package org.shallownet.training;

import java.util.List;
import org.shallownet.data.Dataset;
import org.shallownet.data.Task;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;

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

  /** What Adam keeps of its mean of gradients. */
  public static final double BETA1 = Optimizer.Adam.USUAL_BETA1;

  /** What Adam keeps of its mean of squared gradients. */
  public static final double BETA2 = Optimizer.Adam.USUAL_BETA2;

  /** How first weights are drawn: as suits the activation. */
  public static final String INITIALIZER = "auto";

  /** What is learned: as the target's column says. */
  public static final String TASK = "auto";

  /** Where is computed: on a card where the job is large enough to gain from it. */
  public static final String BACKEND = "auto";

  /** The arithmetic of products. */
  public static final String PRECISION = "fp32";

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

  /** How often a comparison that folds judge trains each network for each fold. */
  public static final int SEEDS_BY_FOLDS = 1;

  /** How many times longer networks are trained, and waited for, where folds judge. */
  public static final int SEARCH_PATIENCE = 3;

  /** L2 below this is as good as none. */
  public static final double LEAST_L2 = 1e-6;

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

  /** The units that a comparison searches by folds. */
  public static final List<Integer> SEARCHED_UNITS = List.of(4, 16, 64);

  /** The activations that it searches. */
  public static final List<Activation> SEARCHED_ACTIVATIONS =
      List.of(Activation.TANH, Activation.RELU);

  /** The learning rates that it searches, as multiples of the usual one. */
  public static final List<Integer> SEARCHED_RATES = List.of(1, 3, 10);

  /** How many folds rows are dealt out to, by an ensemble and by {@code cross-validate}. */
  public static final int FOLDS = 5;

  /** How often {@code cross-validate} deals out the rows. */
  public static final int REPEATS = 1;

  /** Tables with fewer rows that count get a single network, as no ensemble. */
  public static final int FEWEST_ROWS = 2 * FOLDS;

  /**
   * How many numbers an ensemble's networks may read in an epoch, all of them together. Tables of
   * which one network alone reads more than twice as many get that one, as no ensemble.
   */
  public static final long MOST_NUMBERS = 250_000_000;

  /** From more piecewise-linear inputs for each row on, networks read plain inputs alone. */
  public static final int MOST_INPUTS_FOR_A_ROW = 10;

  /** The {@link #PATIENCE} of an ensemble's networks that tell classes apart. */
  public static final int FOLDS_PATIENCE = 20;

  /** The same for numbers, which are learned longer, in tables of few rows. */
  public static final int NUMBERS_PATIENCE = 100;

  /** From more rows on networks that learn numbers wait for fewer epochs, which are longer. */
  public static final int PATIENT_ROWS = 5000;

  /** How many times faster an ensemble's factors of inputs are learned than its weights. */
  public static final double FRONT_RATE = 6;

  /** How often the choice of an ensemble's weights takes a family. */
  public static final int CHOICES = 20;

  /** The epochs that the schedule plateau waits for. */
  public static final int PLATEAU_EPOCHS = 10;

  /** What the schedules step and plateau multiply a learning rate by. */
  public static final double RATE_FALL = 0.1;

  /** Seconds from one checkpoint to the next, and to the first. */
  public static final int CHECKPOINT_SECONDS = 60;

  /** How often {@code explain} shuffles each column. */
  public static final int SHUFFLES = 5;

  /** How many rows {@code explain} looks at, at most. */
  public static final int EXPLAINED_ROWS = 10_000;

  /** Decides how {@code explain} shuffles cells. */
  public static final int SHUFFLE_SEED = 1;

  /** Where {@code serve} listens: only this machine can ask. */
  public static final String HOST = "127.0.0.1";

  /** The port that {@code serve} listens on. */
  public static final int PORT = 8080;

  private Defaults() {}

  /** What hidden units apply: tanh for small tables, ReLU from 1,000 rows on. */
  public static Activation activation(Dataset data) {
    return data.rows() < SMALL_TABLE_ROWS ? Activation.TANH : Activation.RELU;
  }

  /**
   * The strengths of L2 that a comparison searches by folds: the usual one, and none where that is
   * another.
   *
   * @param usual as in {@link #settings}
   */
  public static List<Double> searchedL2(double usual) {
    return usual < LEAST_L2 ? List.of(usual) : List.of(usual, 0.0);
  }

  /** How long a comparison by folds trains: patience and epochs are larger. */
  public static TrainingSettings searching(TrainingSettings settings) {
    return settings
        .withPatience(SEARCH_PATIENCE * settings.patience())
        .withEpochs(SEARCH_PATIENCE * settings.epochs());
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
