package org.shallownet.backend.device;

import static java.util.Objects.requireNonNull;
import static org.shallownet.backend.device.Checks.apart;
import static org.shallownet.backend.device.Checks.check;
import static org.shallownet.backend.device.Checks.rowOf;
import static org.shallownet.backend.device.Checks.sameShape;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/**
 * Something that a device computes: the list of its primitives, each declared once.
 *
 * <p>Rules for all of them:
 *
 * <ul>
 *   <li>The destination comes last and nothing else is written. It shares no memory with an operand
 *       unless the operation says that it may.
 *   <li>Every positive shape works.
 *   <li>Not-a-number and infinities go through the arithmetic as IEEE 754 says; none is hidden.
 * </ul>
 *
 * <p>Shapes and overlaps are checked when an operation is made ({@link IllegalArgumentException}),
 * owners when it is run or recorded. What memory holds, counters included, is read when it runs: so
 * that running it, recording it and replaying it are one mechanism.
 */
public sealed interface Operation {
  /** Names everything that it reads and writes. */
  void operands(Operands operands);

  /** Has a device perform it. */
  void on(Performer performer);

  /** What it is called in messages, such as {@code stackedGemm}. */
  default String name() {
    String type = getClass().getSimpleName();
    return type.substring(0, 1).toLowerCase(Locale.ROOT) + type.substring(1);
  }

  /** Is told of operands. */
  interface Operands {
    /**
     * An operand.
     *
     * @param role what it is in the operation, for messages
     */
    void add(String role, Operand operand);
  }

  /**
   * What a device implements: how it performs each operation. Operands are its own, open and of
   * fitting shapes, destinations overlap nothing that they must not.
   */
  interface Performer {
    /** Performs {@link Copy}. */
    void run(Copy operation);

    /** Performs {@link GatherBatch}. */
    void run(GatherBatch operation);

    /** Performs {@link Gemm}. */
    void run(Gemm operation);

    /** Performs {@link StackedGemm}. */
    void run(StackedGemm operation);

    /** Performs {@link BiasActivate}. */
    void run(BiasActivate operation);

    /** Performs {@link ActivationBackward}. */
    void run(ActivationBackward operation);

    /** Performs {@link OutputDelta}. */
    void run(OutputDelta operation);

    /** Performs {@link OutputProbabilities}. */
    void run(OutputProbabilities operation);

    /** Performs {@link AddAbsoluteNorm}. */
    void run(AddAbsoluteNorm operation);

    /** Performs {@link LossDelta}. */
    void run(LossDelta operation);

    /** Performs {@link DropOut}. */
    void run(DropOut operation);

    /** Performs {@link AddSign}. */
    void run(AddSign operation);

    /** Performs {@link ClipNorm}. */
    void run(ClipNorm operation);

    /** Performs {@link AddSquaredNorm}. */
    void run(AddSquaredNorm operation);

    /** Performs {@link SumRows}. */
    void run(SumRows operation);

    /** Performs {@link GradientPass}; by default a device has none. */
    default void run(GradientPass operation) {
      throw new UnsupportedOperationException("this device takes networks layer by layer");
    }

    /** Performs {@link DivideByWeight}. */
    void run(DivideByWeight operation);

    /** Performs {@link Multiply}. */
    void run(Multiply operation);

    /** Performs {@link GradientDescentStep}. */
    void run(GradientDescentStep operation);

    /** Performs {@link MomentumStep}. */
    void run(MomentumStep operation);

    /** Performs {@link AdamStep}. */
    void run(AdamStep operation);

    /** Performs {@link Increment}. */
    void run(Increment operation);

    /** Performs {@link Clear}. */
    void run(Clear operation);
  }

  /** {@code to = from}, of equal shapes. */
  record Copy(Matrix from, Matrix to) implements Operation {
    /** Checks the operands. */
    public Copy {
      sameShape("copy", "the source", from, "the destination", to);
      apart("copy", "the source", from, "the destination", to);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the source", from);
      operands.add("the destination", to);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * Gathers rows of a mini-batch. Step s, counted from 0, takes the {@code batchRows} samples from
   * position {@code (s mod n) batchRows} on in the order of epoch {@code ⌊s / n⌋}, where an epoch
   * has {@code n = ⌈samples / batchRows⌉} steps, the last one with what is left. Row {@code i} of
   * {@code out} becomes the source's row of the batch's sample {@code first + i}; rows that a short
   * last batch doesn't have keep what they held.
   *
   * @param order of as many samples as the source has rows
   * @param steps s, read when the operation runs
   * @param batchRows from 1 to the number of samples
   * @param first where in the batch to begin; {@code out} must not reach beyond {@code batchRows}
   */
  record GatherBatch(
      Matrix source, BatchOrder order, Counter steps, long batchRows, long first, Matrix out)
      implements Operation {
    /** Checks the operands. */
    public GatherBatch {
      check(
          source.columns() == out.columns(),
          "gatherBatch: the source is %s but out %s: they need equally many columns",
          source,
          out);
      apart("gatherBatch", "the source", source, "out", out);
      check(
          order.samples() == source.rows(),
          "gatherBatch: an order of %s samples does not fit the source of %s",
          order.samples(),
          source);
      check(
          batchRows >= 1 && batchRows <= source.rows(),
          "gatherBatch: a batch of the source of %s has 1 to %s rows, not %s",
          source,
          source.rows(),
          batchRows);
      check(
          first >= 0 && first <= batchRows - out.rows(),
          "gatherBatch: rows %s to %s are not all in a batch of %s",
          first,
          first + out.rows() - 1,
          batchRows);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the source", source);
      operands.add("the counter", steps);
      operands.add("out", out);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code C = α op(A) op(B) + β C}, where {@code op} transposes or not. With {@code β = 0} what C
   * held, not-a-number included, has no influence.
   */
  record Gemm(
      boolean transposeA, boolean transposeB, float alpha, Matrix a, Matrix b, float beta, Matrix c)
      implements Operation {
    /** Checks the operands. */
    public Gemm {
      Checks.product("gemm", transposeA, a, transposeB, b, c);
      apart("gemm", "A", a, "C", c);
      apart("gemm", "B", b, "C", c);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("A", a);
      operands.add("B", b);
      operands.add("C", c);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * Products of several matrices, {@code C[i] = α op(A[i]) op(B[i]) + β C[i]}. A device that
   * computes them in one call may add up in another order than {@link Gemm} does.
   *
   * <p>The matrices of a list have one shape and lie in one piece of memory, equally far apart. All
   * of {@code a} or {@code b} may be the same matrix. What lies between the first and the last of
   * {@code c} overlaps no other operand.
   */
  record StackedGemm(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      MatrixStack a,
      MatrixStack b,
      float beta,
      MatrixStack c)
      implements Operation {
    /** Checks the operands. */
    public StackedGemm {
      check(
          a.count() == c.count() && b.count() == c.count(),
          "stackedGemm: %s matrices A times %s matrices B do not give %s matrices C",
          a.count(),
          b.count(),
          c.count());
      Checks.product("stackedGemm", transposeA, a.get(0), transposeB, b.get(0), c.get(0));
      check(c.isApart(), "stackedGemm: matrices C of %s share memory", c.get(0));
      check(!c.overlaps(a), "stackedGemm: matrices A and C share a stretch of memory");
      check(!c.overlaps(b), "stackedGemm: matrices B and C share a stretch of memory");
    }

    /**
     * Makes stacks of lists.
     *
     * @throws IllegalArgumentException if a list's matrices form none
     */
    public StackedGemm(
        boolean transposeA,
        boolean transposeB,
        float alpha,
        List<? extends Matrix> a,
        List<? extends Matrix> b,
        float beta,
        List<? extends Matrix> c) {
      this(
          transposeA,
          transposeB,
          alpha,
          MatrixStack.of("stackedGemm", "A", a),
          MatrixStack.of("stackedGemm", "B", b),
          beta,
          MatrixStack.of("stackedGemm", "C", c));
    }

    @Override
    public void operands(Operands operands) {
      operands.add("A", a.get(0));
      operands.add("B", b.get(0));
      operands.add("C", c.get(0));
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code z = f(z + bias)} in place, the bias added to every row.
   *
   * @param bias one row with as many columns as {@code z}
   */
  record BiasActivate(Activation f, Matrix bias, Matrix z) implements Operation {
    /** Checks the operands. */
    public BiasActivate {
      requireNonNull(f, "f");
      rowOf("biasActivate", "the bias", bias, "z", z);
      apart("biasActivate", "the bias", bias, "z", z);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the bias", bias);
      operands.add("z", z);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code delta = delta ∘ f′} in place, the derivative taken from the activation's output.
   *
   * @param a what {@code f} gave, of the shape of {@code delta}
   */
  record ActivationBackward(Activation f, Matrix a, Matrix delta) implements Operation {
    /** Checks the operands. */
    public ActivationBackward {
      requireNonNull(f, "f");
      sameShape("activationBackward", "a", a, "delta", delta);
      apart("activationBackward", "a", a, "delta", delta);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("a", a);
      operands.add("delta", delta);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * The output layer's cost and its derivative, computed stably from the logits (the output layer's
   * {@code z}, bias included): {@code delta = scale (a - y)}; the sum of the samples' costs (not
   * scaled), the number of samples predicted right and the number of samples are added to {@code
   * tally}.
   *
   * <p>If the targets have one more column than the output wants, it is the samples' weights w:
   * then {@code delta = scale w (a - y)}, and the tally gets the sums of w times the cost, of the w
   * of those predicted right, and of w. Weights are taken as they are; {@link Device#checkTargets}
   * refuses those that make no sense.
   *
   * <p>Right is: for sigmoid, {@code a > ½} for exactly the targets that are 1; for softmax, the
   * target's logit is the largest, the first of equals; for squared error nothing is counted. For
   * an exponential output the sum of {@code ½ Σ (a - y)²} takes the place of hits.
   *
   * @param targets as {@link Output} says, one row per row of {@code logits}; with one more column,
   *     that of the weights
   * @param delta of the shape of {@code logits}; may be {@code logits} itself
   */
  record OutputDelta(
      Output output, Matrix logits, Matrix targets, double scale, Matrix delta, Tally tally)
      implements Operation {
    /** Checks the operands. */
    public OutputDelta {
      requireNonNull(output, "output");
      int weights = targets.columns() - output.targetColumns(logits.columns());
      check(
          targets.rows() == logits.rows() && (weights == 0 || weights == 1),
          "outputDelta: targets of %s do not fit logits of %s with %s output",
          targets,
          logits,
          output);
      sameShape("outputDelta", "the logits", logits, "delta", delta);
      apart("outputDelta", "the targets", targets, "delta", delta);
      if (!logits.sameAs(delta)) {
        apart("outputDelta", "the logits", logits, "delta", delta);
      }
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the logits", logits);
      operands.add("the targets", targets);
      operands.add("delta", delta);
      operands.add("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code probabilities = a}, the output function of the logits; for squared error the logits
   * themselves, for an exponential output numbers, too.
   *
   * @param probabilities of the shape of {@code logits}; may be {@code logits} itself
   */
  record OutputProbabilities(Output output, Matrix logits, Matrix probabilities)
      implements Operation {
    /** Checks the operands. */
    public OutputProbabilities {
      requireNonNull(output, "output");
      String op = "outputProbabilities";
      sameShape(op, "the logits", logits, "the probabilities", probabilities);
      if (!logits.sameAs(probabilities)) {
        apart(op, "the logits", logits, "the probabilities", probabilities);
      }
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the logits", logits);
      operands.add("the probabilities", probabilities);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * Adds {@code scale Σ m²} over all elements to the tally's cost, summed in double in a fixed
   * order.
   */
  record AddSquaredNorm(Matrix m, double scale, Tally tally) implements Operation {
    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.add("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /** Adds {@code scale Σ |m|} over all elements to the tally's cost, likewise. */
  record AddAbsoluteNorm(Matrix m, double scale, Tally tally) implements Operation {
    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.add("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@link OutputDelta} of another loss than the output's own: {@code delta = scale w ∂loss/∂z},
   * and the tally gets the sums of w times the loss and of w, w being 1 without weights. For
   * numbers it gets in the place of hits the sum of w times {@code ½ Σ (a - y)²}, which a {@link
   * Loss} of another kind does not tell.
   *
   * @param loss one that suits the output
   */
  record LossDelta(
      Loss loss,
      Output output,
      Matrix logits,
      Matrix targets,
      double scale,
      Matrix delta,
      Tally tally)
      implements Operation {
    /** Checks the operands. */
    public LossDelta {
      requireNonNull(loss, "loss");
      check(
          !(loss instanceof Loss.Own) && loss.suits(output),
          "lossDelta: the loss %s is none for %s output",
          loss,
          output);
      int weights = targets.columns() - output.targetColumns(logits.columns());
      check(
          targets.rows() == logits.rows() && (weights == 0 || weights == 1),
          "lossDelta: targets of %s do not fit logits of %s with %s output",
          targets,
          logits,
          output);
      sameShape("lossDelta", "the logits", logits, "delta", delta);
      apart("lossDelta", "the targets", targets, "delta", delta);
      if (!logits.sameAs(delta)) {
        apart("lossDelta", "the logits", logits, "delta", delta);
      }
    }

    /** Whether each row of the targets has its weight behind. */
    public boolean weighted() {
      return targets.columns() > output.targetColumns(logits.columns());
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the logits", logits);
      operands.add("the targets", targets);
      operands.add("delta", delta);
      operands.add("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code out = m / (1 - p)}, but 0 where {@link org.shallownet.network.Dropout} does not keep the
   * element: row i of m is sample {@code first + i} of the batch, column j unit j of the layer.
   *
   * @param part p, from 0, below 1
   * @param seed the model's
   * @param layer from 1
   * @param steps how many steps came before, read when the operation runs
   * @param first the place of the first row in its batch
   * @param out of m's shape; it may be m itself
   */
  record DropOut(Matrix m, double part, long seed, int layer, Counter steps, long first, Matrix out)
      implements Operation {
    /** Checks the operands. */
    public DropOut {
      check(part >= 0 && part < 1, "dropOut: the part must be from 0, below 1, not %s", part);
      check(first >= 0, "dropOut: a batch has no sample %s", first);
      sameShape("dropOut", "the matrix", m, "out", out);
      if (!m.sameAs(out)) {
        apart("dropOut", "the matrix", m, "out", out);
      }
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.add("the counter", steps);
      operands.add("out", out);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /** {@code out = out + scale sign m}, where the sign of 0 is 0. */
  record AddSign(Matrix m, float scale, Matrix out) implements Operation {
    /** Checks the operands. */
    public AddSign {
      sameShape("addSign", "the matrix", m, "out", out);
      apart("addSign", "the matrix", m, "out", out);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.add("out", out);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code m = m most / ‖m‖} in place if {@code ‖m‖ = √Σ m²} over all elements is above {@code
   * most}; it is summed in double in a fixed order.
   *
   * @param most positive
   */
  record ClipNorm(double most, Matrix m) implements Operation {
    /** Checks the bound. */
    public ClipNorm {
      check(most > 0, "clipNorm: the largest norm must be positive, not %s", most);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code out = beta out + Σ rows of m}, summed in a fixed order. With {@code beta = 0} what
   * {@code out} held has no influence.
   *
   * @param out one row with as many columns as {@code m}
   */
  record SumRows(Matrix m, float beta, Matrix out) implements Operation {
    /** Checks the operands. */
    public SumRows {
      rowOf("sumRows", "out", out, "the matrix", m);
      apart("sumRows", "the matrix", m, "out", out);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.add("out", out);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code m = m / w} in place, where w is the last number of a row: what makes a sum over weighted
   * samples their mean. If w is 0, no sample counted, and m, then a sum of zeros, stays as it is.
   *
   * @param sums one row, such as {@link SumRows} gives for weighted targets, whose last number is
   *     read when the operation runs
   */
  record DivideByWeight(Matrix sums, Matrix m) implements Operation {
    /** Checks the operands. */
    public DivideByWeight {
      check(sums.rows() == 1, "divideByWeight: the sums must be one row, not %s", sums);
      apart("divideByWeight", "the sums", sums, "the matrix", m);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the sums", sums);
      operands.add("the matrix", m);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code product = m ∘ factors}, element by element; a single row of factors is that of every row
   * of m.
   *
   * @param factors of m's shape, or one row with as many columns
   * @param product of m's shape; it may be m itself
   */
  record Multiply(Matrix m, Matrix factors, Matrix product) implements Operation {
    /** Checks the operands. */
    public Multiply {
      if (factors.rows() == 1) {
        rowOf("multiply", "the factors", factors, "the matrix", m);
      } else {
        sameShape("multiply", "the factors", factors, "the matrix", m);
      }
      sameShape("multiply", "the product", product, "the matrix", m);
      apart("multiply", "the factors", factors, "the product", product);
      if (product != m) {
        apart("multiply", "the matrix", m, "the product", product);
      }
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.add("the factors", factors);
      operands.add("the product", product);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
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
      implements Operation {
    /** Checks the operands. */
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
      if (decay != null) {
        operands.add("the decay", decay);
      }
      if (factor != null) {
        operands.add("the factor", factor);
      }
      operands.add("theta", theta);
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
      implements Operation {
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

    /** Checks the operands. */
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
      if (decay != null) {
        operands.add("the decay", decay);
      }
      if (factor != null) {
        operands.add("the factor", factor);
      }
      operands.add("the velocity", velocity);
      operands.add("theta", theta);
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
      implements Operation {
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

    /** Checks the operands. */
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
      if (decay != null) {
        operands.add("the decay", decay);
      }
      if (factor != null) {
        operands.add("the factor", factor);
      }
      operands.add("the first moment", firstMoment);
      operands.add("the second moment", secondMoment);
      operands.add("the counter", steps);
      operands.add("theta", theta);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * The whole way from samples to the gradients of a network with at most one hidden layer: {@code
   * gradients = β gradients + scale Σ ∂cost/∂θ}, summed over the samples, each times its weight if
   * they have weights. The tally gets what {@link OutputDelta} would add to it. Not every device
   * has this, and then not for every network.
   *
   * @param parameters {@code W[1], b[1], W[2], …} of the network
   * @param features one row per sample
   * @param targets as those of {@link OutputDelta}
   * @param beta with 0, what the gradients held has no influence
   * @param gradients of the shapes of the parameters
   */
  record GradientPass(
      NetworkSpec network,
      MatrixGroup parameters,
      Matrix features,
      Matrix targets,
      double scale,
      float beta,
      MatrixGroup gradients,
      Tally tally)
      implements Operation {
    /** Checks the operands. */
    public GradientPass {
      String op = "gradientPass";
      check(network.layerCount() <= 2, "%s: a %s network is too deep", op, network.sizes());
      int columns = network.output().targetColumns(network.outputs());
      int weights = targets.columns() - columns;
      check(
          features.columns() == network.inputs()
              && targets.rows() == features.rows()
              && (weights == 0 || weights == 1),
          "%s: features of %s and targets of %s do not fit a %s network with %s output",
          op,
          features,
          targets,
          network.sizes(),
          network.output());
      Checks.parametersOf(op, network, "the parameters", parameters);
      Checks.parametersOf(op, network, "the gradients", gradients);
      apart(op, "the parameters", parameters.flat(), "the gradients", gradients.flat());
      apart(op, "the features", features, "the gradients", gradients.flat());
      apart(op, "the targets", targets, "the gradients", gradients.flat());
    }

    /** Whether each row of the targets has its weight behind. */
    public boolean weighted() {
      return targets.columns() > network.output().targetColumns(network.outputs());
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the parameters", parameters.flat());
      operands.add("the features", features);
      operands.add("the targets", targets);
      operands.add("the gradients", gradients.flat());
      operands.add("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /** Adds 1 to the counter. */
  record Increment(Counter counter) implements Operation {
    @Override
    public void operands(Operands operands) {
      operands.add("the counter", counter);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /** Sets the tally to 0. */
  record Clear(Tally tally) implements Operation {
    @Override
    public void operands(Operands operands) {
      operands.add("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }
}
