package org.shallownet.network;

/**
 * The output layer's function together with the cost that matches it.
 *
 * <p>With each pair the gradient of a sample's cost by the output layer's {@code z} is {@code a -
 * y}: the function is the inverse of the link that belongs to the cost (McCullagh and Nelder,
 * "Generalized linear models", 1989, section 2.2.4). The cost of a set of samples is the mean over
 * the samples of the costs stated here.
 */
public enum Output {
  /**
   * Sigmoid with binary cross-entropy, {@code -(y log a + (1 - y) log(1 - a))} summed over the
   * outputs. Targets: one 0/1 column per output.
   */
  SIGMOID_CROSS_ENTROPY("sigmoid"),
  /**
   * Softmax over the outputs with cross-entropy, {@code -log a[class]}. Targets: one column that
   * holds the index of the class, from 0.
   */
  SOFTMAX_CROSS_ENTROPY("softmax"),
  /**
   * Identity with squared error, {@code ½ Σ (a - y)²} over the outputs. Targets: one column of
   * numbers per output.
   */
  IDENTITY_SQUARED_ERROR("identity"),
  /**
   * Exponential with the negative logarithm of Poisson's probability, {@code Σ (a - y z)} with
   * {@code a = e^z}, over the outputs and without what depends on y alone. Targets: one column of
   * numbers from 0 on per output, such as counts.
   */
  EXPONENTIAL_POISSON("exponential");

  private final String id;

  Output(String id) {
    this.id = id;
  }

  /** The name used in files: the output function's. */
  public String id() {
    return id;
  }

  /**
   * The output with this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Output of(String id) {
    for (Output output : values()) {
      if (output.id.equals(id)) {
        return output;
      }
    }
    throw new IllegalArgumentException("unknown output '" + id + "'");
  }

  /** Whether targets are numbers, rather than classes. */
  public boolean isOfNumbers() {
    return this == IDENTITY_SQUARED_ERROR || this == EXPONENTIAL_POISSON;
  }

  /**
   * Of numbers: what the output function makes of a logit, in double.
   *
   * @throws IllegalStateException if the targets are classes
   */
  public double number(double logit) {
    return switch (this) {
      case IDENTITY_SQUARED_ERROR -> logit;
      case EXPONENTIAL_POISSON -> Math.exp(logit);
      case SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY ->
          throw new IllegalStateException("a " + this + " output gives no numbers");
    };
  }

  /** How many target columns go with {@code outputs} output units. */
  public int targetColumns(int outputs) {
    return this == SOFTMAX_CROSS_ENTROPY ? 1 : outputs;
  }

  @Override
  public String toString() {
    return id;
  }
}
