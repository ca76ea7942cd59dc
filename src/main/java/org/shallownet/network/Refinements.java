package org.shallownet.network;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What may be added to the plain steps of an optimizer. {@link #NONE} adds nothing.
 *
 * @param schedule how the learning rate goes on
 * @param warmup how many epochs the rate takes to rise, step by step, from near 0 to the
 *     optimizer's: step t of the first w has t/w of it (Goyal et al., "Accurate, large minibatch
 *     SGD", 2017, section 2.2); 0 for none
 * @param clipNorm the largest norm of a batch's gradient, by all of a model's parameters together
 *     and without L1 and L2: a longer one is shortened to it (Pascanu et al., "On the difficulty of
 *     training recurrent neural networks", 2013, algorithm 1); 0 for none
 * @param l1 λ₁: the cost grows by {@code λ₁ Σ |w|} over all weights but not the biases, the
 *     gradient by {@code λ₁ sign w}, which is 0 at 0; 0 for none
 * @param dropout p: in a step each activation of a hidden unit is 0 with this probability, and
 *     otherwise divided by 1 - p (Srivastava et al., "Dropout", 2014, section 10); when a network
 *     is judged or answers, none is. Which are is decided by seed, step, place in the batch, layer
 *     and unit alone ({@link Dropout}); 0 for none
 * @param loss what a sample costs
 */
public record Refinements(
    Schedule schedule, double warmup, double clipNorm, double l1, double dropout, Loss loss) {
  /** Nothing is added. */
  public static final Refinements NONE = new Refinements(Schedule.CONSTANT, 0, 0, 0, 0, Loss.OWN);

  /** Checks that they go together. */
  public Refinements {
    Objects.requireNonNull(schedule, "schedule");
    Objects.requireNonNull(loss, "loss");
    if (!(warmup >= 0) || Double.isInfinite(warmup)) {
      throw new IllegalArgumentException(
          "the warm-up must be 0 or a positive number of epochs, not " + warmup);
    }
    if (schedule instanceof Schedule.Cosine cosine && warmup >= cosine.epochs()) {
      throw new IllegalArgumentException(
          "a warm-up of "
              + warmup
              + " epochs leaves nothing of the "
              + cosine.epochs()
              + " of the cosine schedule");
    }
    if (!(clipNorm >= 0) || !Float.isFinite((float) clipNorm)) {
      throw new IllegalArgumentException(
          "the norm to clip gradients to must be 0 or a positive number, not " + clipNorm);
    }
    if (!(l1 >= 0) || !Float.isFinite((float) l1)) {
      throw new IllegalArgumentException(
          "the strength of L1 must be 0 or a positive number that fits float32, not " + l1);
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be at least 0 and below 1, not " + dropout);
    }
  }

  /** The same with another schedule. */
  public Refinements withSchedule(Schedule other) {
    return new Refinements(other, warmup, clipNorm, l1, dropout, loss);
  }

  /** The same with another warm-up. */
  public Refinements withWarmup(double epochs) {
    return new Refinements(schedule, epochs, clipNorm, l1, dropout, loss);
  }

  /** The same with another norm to clip gradients to. */
  public Refinements withClipNorm(double norm) {
    return new Refinements(schedule, warmup, norm, l1, dropout, loss);
  }

  /** The same with another strength of L1. */
  public Refinements withL1(double strength) {
    return new Refinements(schedule, warmup, clipNorm, strength, dropout, loss);
  }

  /** The same with another part of hidden activations that is left out. */
  public Refinements withDropout(double part) {
    return new Refinements(schedule, warmup, clipNorm, l1, part, loss);
  }

  /** The same with another loss. */
  public Refinements withLoss(Loss other) {
    return new Refinements(schedule, warmup, clipNorm, l1, dropout, other);
  }

  /** Those that {@link #NONE} does not have, by the names that files know them by. */
  public Map<String, String> entries() {
    Map<String, String> entries = new LinkedHashMap<>();
    if (!schedule.equals(Schedule.CONSTANT)) {
      entries.put("schedule", schedule.toString());
    }
    putUnless0(entries, "warmup", warmup);
    putUnless0(entries, "clip_norm", clipNorm);
    putUnless0(entries, "l1", l1);
    putUnless0(entries, "dropout", dropout);
    if (!loss.equals(Loss.OWN)) {
      entries.put("loss", loss.toString());
    }
    return entries;
  }

  private static void putUnless0(Map<String, String> entries, String name, double value) {
    if (value != 0) {
      entries.put(name, Double.toString(value));
    }
  }

  /** Whether the learning rate may change while a network is trained. */
  public boolean changesRate() {
    return warmup > 0 || !(schedule instanceof Schedule.Constant);
  }

  /**
   * What the learning rate is multiplied by in a step, whatever the costs were.
   *
   * @param step how many steps came before it
   * @param stepsPerEpoch how many make an epoch
   */
  public double rateFactor(long step, long stepsPerEpoch) {
    double epochs = (double) step / stepsPerEpoch;
    double rising = (double) (step + 1) / (warmup * stepsPerEpoch);
    return schedule.factor(epochs, warmup) * Math.min(1, rising);
  }
}
