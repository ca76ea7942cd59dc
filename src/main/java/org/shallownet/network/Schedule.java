package org.shallownet.network;

/**
 * How the learning rate goes on while a network is trained: by what factor the optimizer's own is
 * multiplied.
 *
 * <p>All but {@link Plateau} depend on nothing but how far the training is.
 */
public sealed interface Schedule {
  /** The rate stays what it is. */
  Schedule CONSTANT = new Constant();

  /**
   * The factor for a step.
   *
   * @param epochs how many epochs came before the step, with the part of the one under way
   * @param warmup how many epochs the rate takes to rise: {@link Refinements#warmup}
   */
  double factor(double epochs, double warmup);

  /** The rate stays what it is. */
  record Constant() implements Schedule {
    @Override
    public double factor(double epochs, double warmup) {
      return 1;
    }

    @Override
    public String toString() {
      return "constant";
    }
  }

  /**
   * The rate falls along half a cosine, from itself to 0: {@code ½ (1 + cos π e/E)} after e of E
   * epochs, both counted from the end of the warm-up (Loshchilov and Hutter, "SGDR: stochastic
   * gradient descent with warm restarts", 2017, formula 5 without restarts).
   *
   * @param epochs E, warm-up included: how many the training has; later steps have a rate of 0
   */
  record Cosine(int epochs) implements Schedule {
    /** Checks the number. */
    public Cosine {
      if (epochs < 1) {
        throw new IllegalArgumentException("there must be at least 1 epoch, not " + epochs);
      }
    }

    @Override
    public double factor(double before, double warmup) {
      double part = Math.max(0, before - warmup) / (epochs - warmup);
      // StrictMath, so that every machine takes the same steps.
      return part >= 1 ? 0 : (1 + StrictMath.cos(Math.PI * part)) / 2;
    }

    @Override
    public String toString() {
      return "cosine over " + epochs + " epochs";
    }
  }

  /**
   * The rate is multiplied by a factor whenever so many epochs are over (step decay, as in He et
   * al., "Deep residual learning for image recognition", 2016).
   *
   * @param every how many epochs, at least 1
   * @param by the factor, above 0 and below 1
   */
  record Steps(int every, double by) implements Schedule {
    /** Checks the numbers. */
    public Steps {
      if (every < 1) {
        throw new IllegalArgumentException("a step is at least 1 epoch long, not " + every);
      }
      checkFactor(by);
    }

    @Override
    public double factor(double epochs, double warmup) {
      return StrictMath.pow(by, Math.floor(epochs / every));
    }

    @Override
    public String toString() {
      return "times " + by + " every " + every + " epochs";
    }
  }

  /**
   * The rate is multiplied by a factor whenever the dev cost has not fallen for so many epochs; the
   * count begins anew then. Whoever judges the epochs multiplies the rate: {@link #factor} knows
   * nothing of costs.
   *
   * @param patience how many epochs, at least 1
   * @param by the factor, above 0 and below 1
   */
  record Plateau(int patience, double by) implements Schedule {
    /** Checks the numbers. */
    public Plateau {
      if (patience < 1) {
        throw new IllegalArgumentException("a plateau is at least 1 epoch long, not " + patience);
      }
      checkFactor(by);
    }

    @Override
    public double factor(double epochs, double warmup) {
      return 1;
    }

    @Override
    public String toString() {
      return "times " + by + " after " + patience + " epochs without a lower dev cost";
    }
  }

  private static void checkFactor(double by) {
    if (!(by > 0 && by < 1)) {
      throw new IllegalArgumentException(
          "the rate must be multiplied by a number between 0 and 1, not " + by);
    }
  }
}
