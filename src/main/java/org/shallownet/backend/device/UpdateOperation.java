package org.shallownet.backend.device;

import static java.util.Objects.requireNonNull;
import static org.shallownet.backend.device.Checks.apart;

import org.jspecify.annotations.Nullable;
import org.shallownet.network.Optimizer;

/** The steps of optimizers. */
public sealed interface UpdateOperation extends Operation<UpdateOperation.Performer> {
  /** How a device performs them. */
  interface Performer {
    void run(GradientDescentStep operation);

    void run(MomentumStep operation);

    void run(AdamStep operation);
  }

  /**
   * {@code θ = θ - rate g} with {@code g = gradient + decay ∘ θ}.
   *
   * @param decay the strength of L2 for each parameter, 0 for biases; null for no L2
   * @param factor a single number by which the rate is multiplied, read when the operation runs;
   *     null for 1
   */
  record GradientDescentStep(
      Matrix gradient, @Nullable Matrix decay, float rate, @Nullable Matrix factor, Matrix theta)
      implements UpdateOperation {
    public GradientDescentStep {
      Checks.update("gradientDescentStep", gradient, decay, "theta", theta);
      Checks.factor("gradientDescentStep", factor, theta);
    }

    /** A step whose rate is always the same. */
    public GradientDescentStep(Matrix gradient, @Nullable Matrix decay, float rate, Matrix theta) {
      this(gradient, decay, rate, null, theta);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the gradient", gradient);
      operands.addIfThere("the decay", decay);
      operands.addIfThere("the factor", factor);
      operands.addWritten("theta", theta);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code v = momentum v + g}, {@code θ = θ - rate v}, or of Nesterov's kind {@code θ = θ - rate
   * (g + momentum v)}, with {@code g = gradient + decay ∘ θ}.
   *
   * @param decay the strength of L2 for each parameter, 0 for biases; null for no L2
   * @param velocity v, updated; it begins as zeros
   * @param factor a single number by which the rate is multiplied, read when the operation runs;
   *     null for 1
   */
  record MomentumStep(
      Matrix gradient,
      @Nullable Matrix decay,
      Matrix velocity,
      float rate,
      float momentum,
      boolean nesterov,
      @Nullable Matrix factor,
      Matrix theta)
      implements UpdateOperation {
    /** A step of the plain kind whose rate is always the same. */
    public MomentumStep(
        Matrix gradient,
        @Nullable Matrix decay,
        Matrix velocity,
        float rate,
        float momentum,
        Matrix theta) {
      this(gradient, decay, velocity, rate, momentum, false, null, theta);
    }

    public MomentumStep {
      String op = "momentumStep";
      Checks.update(op, gradient, decay, "the velocity", velocity);
      Checks.update(op, gradient, decay, "theta", theta);
      Checks.factor(op, factor, theta);
      apart(op, "the velocity", velocity, "theta", theta);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the gradient", gradient);
      operands.addIfThere("the decay", decay);
      operands.addIfThere("the factor", factor);
      operands.addWritten("the velocity", velocity);
      operands.addWritten("theta", theta);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * Adam (Kingma and Ba, 2015) with {@code g = gradient + decay ∘ θ}: {@code m = β₁ m + (1 - β₁)
   * g}, {@code v = β₂ v + (1 - β₂) g²}, {@code θ = θ - rate m̂ / (√v̂ + ε)} with {@code m̂ = m / (1
   * - β₁ᵗ)}, {@code v̂ = v / (1 - β₂ᵗ)}.
   *
   * @param decay the strength of L2 for each parameter, 0 for biases; null for no L2
   * @param firstMoment m, updated; it begins as zeros
   * @param secondMoment v, updated; it begins as zeros
   * @param steps how many steps came before, {@code t - 1}, read when the operation runs
   * @param factor a single number by which the rate is multiplied, read when the operation runs;
   *     null for 1
   */
  record AdamStep(
      Matrix gradient,
      @Nullable Matrix decay,
      Matrix firstMoment,
      Matrix secondMoment,
      Optimizer.Adam settings,
      Counter steps,
      @Nullable Matrix factor,
      Matrix theta)
      implements UpdateOperation {
    /** A step whose rate is always the same. */
    public AdamStep(
        Matrix gradient,
        @Nullable Matrix decay,
        Matrix firstMoment,
        Matrix secondMoment,
        Optimizer.Adam settings,
        Counter steps,
        Matrix theta) {
      this(gradient, decay, firstMoment, secondMoment, settings, steps, null, theta);
    }

    public AdamStep {
      String op = "adamStep";
      requireNonNull(settings, "settings");
      Checks.update(op, gradient, decay, "the first moment", firstMoment);
      Checks.update(op, gradient, decay, "the second moment", secondMoment);
      Checks.update(op, gradient, decay, "theta", theta);
      Checks.factor(op, factor, theta);
      apart(op, "the first moment", firstMoment, "the second moment", secondMoment);
      apart(op, "the first moment", firstMoment, "theta", theta);
      apart(op, "the second moment", secondMoment, "theta", theta);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the gradient", gradient);
      operands.addIfThere("the decay", decay);
      operands.addIfThere("the factor", factor);
      operands.addWritten("the first moment", firstMoment);
      operands.addWritten("the second moment", secondMoment);
      operands.add("the counter", steps);
      operands.addWritten("theta", theta);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }
}
