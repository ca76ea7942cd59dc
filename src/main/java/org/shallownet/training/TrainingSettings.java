package org.shallownet.training;

import java.util.Objects;
import org.shallownet.network.Initializer;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;

/**
 * How a network is to be trained.
 *
 * @param optimizer how parameters follow the gradient
 * @param batchSize how many samples make a step; {@link #FULL_BATCH} for all of them. A batch
 *     larger than the data is the data.
 * @param epochs how often every sample is seen, at most (early stopping may end before)
 * @param l2 λ: the cost grows by {@code λ/2 Σ w²} over the weights; 0 for none
 * @param patience with a dev set, training ends when its cost has not fallen for this many epochs
 * @param seed decides first weights and the order of the samples
 * @param standardize whether features, and the target of a regression, are brought to mean 0 and
 *     deviation 1
 * @param initializer how the first weights are drawn
 * @param refinements what is added to the optimizer's plain steps
 */
public record TrainingSettings(
    Optimizer optimizer,
    long batchSize,
    int epochs,
    double l2,
    int patience,
    long seed,
    boolean standardize,
    Initializer initializer,
    Refinements refinements) {
  /** The batch size that stands for all samples. */
  public static final long FULL_BATCH = Long.MAX_VALUE;

  /** Checks the numbers. */
  public TrainingSettings {
    Objects.requireNonNull(optimizer, "optimizer");
    Objects.requireNonNull(initializer, "initializer");
    Objects.requireNonNull(refinements, "refinements");
    if (batchSize < 1) {
      throw new IllegalArgumentException("the batch size must be at least 1, not " + batchSize);
    }
    if (epochs < 1) {
      throw new IllegalArgumentException("there must be at least 1 epoch, not " + epochs);
    }
    if (patience < 1) {
      throw new IllegalArgumentException("patience must be at least 1 epoch, not " + patience);
    }
    if (!(l2 >= 0) || !Float.isFinite((float) l2)) {
      throw new IllegalArgumentException(
          "the strength of L2 must be 0 or a positive number that fits float32, not " + l2);
    }
  }

  /**
   * Adam, and the batch size, epochs, patience and seed of {@link Defaults}; no L2. {@link
   * Defaults#settings} suits them to a table.
   */
  public static TrainingSettings defaults() {
    return new TrainingSettings(
        Optimizer.Adam.of(Defaults.ADAM_RATE),
        Defaults.BATCH_SIZE,
        Defaults.EPOCHS,
        0,
        Defaults.PATIENCE,
        Defaults.SEED,
        true,
        new Initializer.Auto(),
        Refinements.NONE);
  }

  /** The same with another optimizer. */
  public TrainingSettings withOptimizer(Optimizer optimizer) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }

  /** The same with another batch size. */
  public TrainingSettings withBatchSize(long batchSize) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }

  /** The same with another number of epochs. */
  public TrainingSettings withEpochs(int epochs) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }

  /**
   * The same with another number of epochs, over the whole of which a schedule that has an end
   * goes: {@link Schedule.Cosine}.
   */
  public TrainingSettings withWholeRun(int epochs) {
    boolean over =
        refinements.schedule() instanceof Schedule.Cosine && epochs > refinements.warmup();
    return (over ? withRefinements(refinements.withSchedule(new Schedule.Cosine(epochs))) : this)
        .withEpochs(epochs);
  }

  /** The same with another strength of L2. */
  public TrainingSettings withL2(double l2) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }

  /** The same with another patience. */
  public TrainingSettings withPatience(int patience) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }

  /** The same with another seed. */
  public TrainingSettings withSeed(long seed) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }

  /** The same with or without standardisation. */
  public TrainingSettings withStandardize(boolean standardize) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }

  /** The same with other first weights. */
  public TrainingSettings withInitializer(Initializer initializer) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }

  /** The same with other refinements of the steps. */
  public TrainingSettings withRefinements(Refinements refinements) {
    return new TrainingSettings(
        optimizer, batchSize, epochs, l2, patience, seed, standardize, initializer, refinements);
  }
}
