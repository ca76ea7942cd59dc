package org.shallownet.network;

/** How parameters follow the gradient, with its settings. */
public sealed interface Optimizer {
  /** The learning rate, positive and finite. */
  double learningRate();

  /** The same method with another learning rate. */
  Optimizer withLearningRate(double learningRate);

  /** The name used on the command line and in files. */
  String id();

  /** Plain gradient descent, {@code θ = θ - rate g}. */
  record GradientDescent(double learningRate) implements Optimizer {
    /** Checks the rate. */
    public GradientDescent {
      checkRate(learningRate);
    }

    @Override
    public Optimizer withLearningRate(double learningRate) {
      return new GradientDescent(learningRate);
    }

    @Override
    public String id() {
      return "gd";
    }
  }

  /**
   * Gradient descent with momentum, {@code v = momentum v + g}, {@code θ = θ - rate v}.
   *
   * @param momentum from 0, below 1; usually 0.9
   */
  record Momentum(double learningRate, double momentum) implements Optimizer {
    /** Checks the settings. */
    public Momentum {
      checkRate(learningRate);
      checkFraction("momentum", momentum);
    }

    @Override
    public Optimizer withLearningRate(double learningRate) {
      return new Momentum(learningRate, momentum);
    }

    @Override
    public String id() {
      return "momentum";
    }
  }

  /**
   * Gradient descent with Nesterov's momentum, {@code v = momentum v + g}, {@code θ = θ - rate (g +
   * momentum v)} (Sutskever et al., "On the importance of initialization and momentum in deep
   * learning", 2013, in the form that needs the gradient at θ itself).
   *
   * @param momentum above 0, below 1; usually 0.9
   */
  record Nesterov(double learningRate, double momentum) implements Optimizer {
    /** Checks the settings. */
    public Nesterov {
      checkRate(learningRate);
      checkFraction("momentum", momentum);
      if (momentum == 0) {
        throw new IllegalArgumentException("Nesterov's momentum must be above 0");
      }
    }

    @Override
    public Optimizer withLearningRate(double learningRate) {
      return new Nesterov(learningRate, momentum);
    }

    @Override
    public String id() {
      return "nesterov";
    }
  }

  /**
   * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015).
   *
   * @param beta1 decay of the first moment, from 0, below 1; usually 0.9
   * @param beta2 decay of the second moment, from 0, below 1; usually 0.999
   * @param epsilon positive; usually 1e-8
   */
  record Adam(double learningRate, double beta1, double beta2, double epsilon)
      implements Optimizer {
    /** The usual decay of the first moment. */
    public static final double USUAL_BETA1 = 0.9;

    /** The usual decay of the second moment. */
    public static final double USUAL_BETA2 = 0.999;

    /** Checks the settings. */
    public Adam {
      checkRate(learningRate);
      checkFraction("beta1", beta1);
      checkFraction("beta2", beta2);
      // In float32, in which 0 would make 0/0 of a unit that never learns.
      if (!((float) epsilon > 0) || !Float.isFinite((float) epsilon)) {
        throw new IllegalArgumentException(
            "epsilon must be a positive number that fits float32, not " + epsilon);
      }
    }

    /** Adam with the usual moments. */
    public static Adam of(double learningRate) {
      return new Adam(learningRate, USUAL_BETA1, USUAL_BETA2, 1e-8);
    }

    @Override
    public Optimizer withLearningRate(double learningRate) {
      return new Adam(learningRate, beta1, beta2, epsilon);
    }

    @Override
    public String id() {
      return "adam";
    }
  }

  private static void checkRate(double rate) {
    if (!((float) rate > 0) || !Float.isFinite((float) rate)) {
      throw new IllegalArgumentException(
          "the learning rate must be a positive number that fits float32, not " + rate);
    }
  }

  private static void checkFraction(String name, double value) {
    if (!(value >= 0 && (float) value < 1)) {
      throw new IllegalArgumentException(
          name + " must be at least 0 and below 1 in float32, not " + value);
    }
  }
}
