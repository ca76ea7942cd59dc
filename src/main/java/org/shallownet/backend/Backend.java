package org.shallownet.backend;

import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * A device that holds matrices and computes with them: the seam between training and hardware.
 *
 * <p>Rules for every operation:
 *
 * <ul>
 *   <li>The destination comes last and nothing else is written. It shares no memory with an operand
 *       unless the operation says that it may.
 *   <li>Every positive shape works.
 *   <li>Operations run in the order of the calls and may still be running when a call returns. Only
 *       {@link #download}, {@link #read} and {@link #synchronize} wait.
 *   <li>Not-a-number and infinities go through the arithmetic as IEEE 754 says; none is hidden.
 *   <li>The same calls on the same machine give the same bits, whatever the number of threads.
 *   <li>Only the thread that opened the backend may use it.
 * </ul>
 *
 * <p>Errors of every operation: {@link IllegalArgumentException} (shape, owner or aliasing is
 * wrong; nothing was done), {@link IllegalStateException} (the backend or an operand's scope is
 * closed, or the thread is the wrong one), {@link DeviceMemoryException} (from allocations; the
 * state is unchanged), {@link BackendException} (a fault in the device; afterwards only {@link
 * #close} works).
 */
public interface Backend extends AutoCloseable {
  /** The name that selects this backend: {@code cpu}, {@code cuda}. */
  String name();

  /** What it runs on, for people: the device, its size and the library that multiplies. */
  String device();

  /** A new owner of matrices. */
  Scope newScope();

  /** A matrix of zeros. */
  Matrix allocate(Scope scope, long rows, int columns);

  /** Matrices of zeros side by side in one piece of memory. */
  MatrixGroup allocateGroup(Scope scope, Shape... shapes);

  /**
   * Several groups of the same shapes, all in one piece of memory: so that the parts of one index
   * are equally far apart, as {@link #gemmBatch} wants them.
   *
   * @param count how many groups, at least 1
   */
  List<MatrixGroup> allocateGroups(Scope scope, int count, Shape... shapes);

  /** A tally that holds 0. */
  Tally allocateTally(Scope scope);

  /** A counter that holds 0. */
  Counter allocateCounter(Scope scope);

  /**
   * A buffer through which matrices of this shape, or of fewer rows, are streamed to the device.
   *
   * @param rows as many as fit 2 GiB
   */
  UploadBuffer allocateUploadBuffer(Scope scope, long rows, int columns);

  /**
   * How many bytes can be planned with: about as many as are free. {@link Long#MAX_VALUE} where
   * only trying would tell.
   */
  long freeBytes();

  /**
   * Fills a matrix from host memory, row by row. The source may be changed as soon as this returns.
   *
   * @param source holds {@code rows × columns} floats from {@code offset} on
   */
  void upload(float[] source, int offset, Matrix destination);

  /**
   * Fills a matrix from a direct buffer, row by row, from the buffer's position on; the position
   * stays. The source may be changed as soon as this returns.
   */
  void upload(FloatBuffer source, Matrix destination);

  /** Copies a matrix to host memory, row by row, and waits for it. */
  void download(Matrix source, float[] destination, int offset);

  /** {@code destination = source}, of equal shapes. */
  void copy(Matrix source, Matrix destination);

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
  void gatherBatch(
      Matrix source, BatchOrder order, Counter steps, long batchRows, long first, Matrix out);

  /**
   * {@code C = α op(A) op(B) + β C}, where {@code op} transposes or not. With {@code β = 0} what C
   * held, not-a-number included, has no influence.
   */
  void gemm(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      Matrix a,
      Matrix b,
      float beta,
      Matrix c);

  /**
   * Products of several matrices, {@code C[i] = α op(A[i]) op(B[i]) + β C[i]}. A device that
   * computes them in one call may add up in another order than {@link #gemm} does.
   *
   * <p>The matrices of a list have one shape and lie in one piece of memory, equally far apart. All
   * of {@code a} or {@code b} may be the same matrix. What lies between the first and the last of
   * {@code c} overlaps no other operand.
   */
  void gemmBatch(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      List<? extends Matrix> a,
      List<? extends Matrix> b,
      float beta,
      List<? extends Matrix> c);

  /**
   * {@code z = f(z + bias)} in place, the bias added to every row.
   *
   * @param bias one row with as many columns as {@code z}
   */
  void biasActivate(Activation f, Matrix bias, Matrix z);

  /**
   * {@code delta = delta ∘ f′} in place, the derivative taken from the activation's output.
   *
   * @param a what {@code f} gave, of the shape of {@code delta}
   */
  void activationBackward(Activation f, Matrix a, Matrix delta);

  /**
   * The output layer's cost and its derivative, computed stably from the logits (the output layer's
   * {@code z}, bias included): {@code delta = scale (a - y)}; the sum of the samples' costs (not
   * scaled), the number of samples predicted right and the number of samples are added to {@code
   * tally}.
   *
   * <p>If the targets have one more column than the output wants, it is the samples' weights w:
   * then {@code delta = scale w (a - y)}, and the tally gets the sums of w times the cost, of the w
   * of those predicted right, and of w. Weights are taken as they are; {@link #checkTargets}
   * refuses those that make no sense.
   *
   * <p>Right is: for sigmoid, {@code a > ½} for exactly the targets that are 1; for softmax, the
   * target's logit is the largest, the first of equals; for squared error nothing is counted.
   *
   * @param targets as {@link Output} says, one row per row of {@code logits}; with one more column,
   *     that of the weights
   * @param delta of the shape of {@code logits}; may be {@code logits} itself
   */
  void outputDelta(
      Output output, Matrix logits, Matrix targets, double scale, Matrix delta, Tally tally);

  /**
   * Refuses targets that {@link #outputDelta} would refuse, and weights among them that are
   * negative or not finite. Waits.
   *
   * @param columns how many columns the logits have
   */
  void checkTargets(Output output, Matrix targets, int columns);

  /**
   * {@code probabilities = a}, the output function of the logits; for squared error the logits
   * themselves.
   *
   * @param probabilities of the shape of {@code logits}; may be {@code logits} itself
   */
  void outputProbabilities(Output output, Matrix logits, Matrix probabilities);

  /**
   * Adds {@code scale Σ m²} over all elements to the tally's cost, summed in double in a fixed
   * order.
   */
  void addSquaredNorm(Matrix m, double scale, Tally tally);

  /**
   * {@code out = beta out + Σ rows of m}, summed in a fixed order. With {@code beta = 0} what
   * {@code out} held has no influence.
   *
   * @param out one row with as many columns as {@code m}
   */
  void sumRows(Matrix m, float beta, Matrix out);

  /**
   * {@code m = m / w} in place, where w is the last number of a row: what makes a sum over weighted
   * samples their mean. If w is 0, no sample counted, and m, then a sum of zeros, stays as it is.
   *
   * @param sums one row, such as {@link #sumRows} gives for weighted targets, whose last number is
   *     read when the operation runs
   */
  void divideByWeight(Matrix sums, Matrix m);

  /**
   * {@code θ = θ - rate g} with {@code g = gradient + decay ∘ θ}.
   *
   * @param decay the strength of L2 for each parameter, 0 for biases; null for no L2
   */
  void gradientDescentStep(Matrix gradient, @Nullable Matrix decay, float rate, Matrix theta);

  /**
   * {@code v = momentum v + g}, {@code θ = θ - rate v} with {@code g = gradient + decay ∘ θ}.
   *
   * @param velocity v, updated; it begins as zeros
   */
  void momentumStep(
      Matrix gradient,
      @Nullable Matrix decay,
      Matrix velocity,
      float rate,
      float momentum,
      Matrix theta);

  /**
   * Adam (Kingma and Ba, 2015) with {@code g = gradient + decay ∘ θ}: {@code m = β₁ m + (1 - β₁)
   * g}, {@code v = β₂ v + (1 - β₂) g²}, {@code θ = θ - rate m̂ / (√v̂ + ε)} with {@code m̂ = m / (1
   * - β₁ᵗ)}, {@code v̂ = v / (1 - β₂ᵗ)}.
   *
   * @param firstMoment m, updated; it begins as zeros
   * @param secondMoment v, updated; it begins as zeros
   * @param steps how many steps came before, {@code t - 1}, read when the operation runs
   */
  void adamStep(
      Matrix gradient,
      @Nullable Matrix decay,
      Matrix firstMoment,
      Matrix secondMoment,
      Optimizer.Adam settings,
      Counter steps,
      Matrix theta);

  /** Adds 1 to the counter. */
  void increment(Counter counter);

  /**
   * Takes down the operations that are called within {@code operations}, checks them and performs
   * none. Numbers and operands are taken as they are now; what memory holds, counters included, is
   * read when the recording is replayed. Where the device can, the whole sequence is then started
   * by a single call.
   *
   * <p>What allocates, transfers to or from the host or waits can't be recorded: {@link
   * IllegalStateException}. Nor can {@link #outputDelta} with softmax output whose targets {@link
   * #checkTargets} has not checked since they were uploaded, where the device couldn't say what is
   * wrong with them.
   *
   * @param scope the recording's owner
   */
  Recording record(Scope scope, Runnable operations);

  /**
   * Performs a recording's operations: the same calls, to the bit, as those recorded.
   *
   * @throws IllegalStateException also if the scope of an operand has been closed
   */
  void replay(Recording recording);

  /** Waits for the operations so far and reads what the tally holds. */
  Tally.Values read(Tally tally);

  /** Sets the tally to 0. */
  void clear(Tally tally);

  /** Waits until every operation so far has ended. */
  void synchronize();

  /** How many rows an engine should work on at a time when rows have this many columns. */
  long preferredRows(int columns);

  /**
   * Brings samples to the device if they fit beside what else is to be there; otherwise they will
   * be streamed.
   *
   * @param scope owns the memory that they take on the device
   * @param reserve how many bytes must stay free, for a training engine: {@link TrainingMemory}
   */
  Samples load(Scope scope, SampleSource source, long reserve);

  /**
   * The engine that runs this plan best on this device.
   *
   * @throws IllegalArgumentException if the plan's matrices belong to another backend
   */
  TrainingEngine newTrainingEngine(TrainingPlan plan);

  /** Frees everything; a second call does nothing. */
  @Override
  void close();
}
