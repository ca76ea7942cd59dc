package org.shallownet.training;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.Model;

/** The cost grew beyond all bounds or is no longer a number: the learning rate is too high. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int epoch;
  private final transient @Nullable Model best;

  /**
   * Says what happened.
   *
   * @param message one sentence: what, when, what to do
   * @param epoch the epoch in which it happened
   * @param best the best model before that; null if nothing had been learned by then
   */
  public DivergedException(String message, int epoch, @Nullable Model best) {
    super(message);
    this.epoch = epoch;
    this.best = best;
  }

  /** The epoch in which training diverged. */
  public int epoch() {
    return epoch;
  }

  /** The best model before training diverged, if an epoch had ended well by then. */
  public Optional<Model> best() {
    return Optional.ofNullable(best);
  }
}
