package org.shallownet.network;

/**
 * What a sample costs in training: what its output has of its own ({@link Output}), or something
 * else. Costs and their derivatives are those by the logits z, for numbers the answers a = z.
 */
public sealed interface Loss {
  /** What the output has of its own. */
  Loss OWN = new Own();

  /** Whether it can stand in the place of an output's own. */
  boolean suits(Output output);

  /** What epochs are judged by on samples that are not trained on. */
  Loss judging();

  /** The number that it is given by; 0 if there is none. */
  double parameter();

  /** What the output has of its own. */
  record Own() implements Loss {
    @Override
    public boolean suits(Output output) {
      return true;
    }

    @Override
    public double parameter() {
      return 0;
    }

    @Override
    public Loss judging() {
      return this;
    }

    @Override
    public String toString() {
      return "own";
    }
  }

  /**
   * Label smoothing for classes (Szegedy et al., "Rethinking the Inception architecture", 2016,
   * section 7): cross-entropy with targets {@code (1 - ε) y + ε/K} for each of K classes, and of a
   * sigmoid with {@code (1 - ε) y + ε/2}. Epochs are judged by the targets as they are.
   *
   * @param epsilon ε, above 0 and below 1
   */
  record Smoothed(double epsilon) implements Loss {
    /** Checks the number. */
    public Smoothed {
      if (!(epsilon > 0 && epsilon < 1)) {
        throw new IllegalArgumentException(
            "labels are smoothed by a number between 0 and 1, not " + epsilon);
      }
    }

    @Override
    public boolean suits(Output output) {
      return !output.isOfNumbers();
    }

    @Override
    public double parameter() {
      return epsilon;
    }

    @Override
    public Loss judging() {
      return OWN;
    }

    @Override
    public String toString() {
      return "smoothed:" + epsilon;
    }
  }

  /**
   * For numbers (Huber, "Robust estimation of a location parameter", 1964): with {@code d = a - y},
   * {@code ½ d²} where {@code |d| <= δ}, else {@code δ (|d| - ½ δ)}; summed over the outputs. Its
   * derivative is d, but from -δ to δ.
   *
   * @param delta δ, positive
   */
  record Huber(double delta) implements Loss {
    /** Checks the number. */
    public Huber {
      if (!((float) delta > 0) || !Float.isFinite((float) delta)) {
        throw new IllegalArgumentException(
            "the delta of a Huber loss must be a positive number, not " + delta);
      }
    }

    @Override
    public boolean suits(Output output) {
      return output == Output.IDENTITY_SQUARED_ERROR;
    }

    @Override
    public double parameter() {
      return delta;
    }

    @Override
    public Loss judging() {
      return this;
    }

    @Override
    public String toString() {
      return "huber:" + delta;
    }
  }

  /**
   * For numbers, so that a part q of them lies below the answers (Koenker and Bassett, "Regression
   * quantiles", 1978): {@code q (y - a)} where y is above a, else {@code (1 - q) (a - y)}; summed
   * over the outputs. Its derivative is -q, or 1 - q, or 0 where both are equal.
   *
   * @param level q, above 0 and below 1
   */
  record Quantile(double level) implements Loss {
    /** Checks the number. */
    public Quantile {
      if (!(level > 0 && level < 1)) {
        throw new IllegalArgumentException("a quantile is a number between 0 and 1, not " + level);
      }
    }

    @Override
    public boolean suits(Output output) {
      return output == Output.IDENTITY_SQUARED_ERROR;
    }

    @Override
    public double parameter() {
      return level;
    }

    @Override
    public Loss judging() {
      return this;
    }

    @Override
    public String toString() {
      return "quantile:" + level;
    }
  }
}
