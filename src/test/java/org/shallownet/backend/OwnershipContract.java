package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shallownet.backend.NumericAssert.assertSameBits;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.ElementwiseOperation.GatherBatch;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.OutputOperation.OutputProbabilities;
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.backend.device.ProductOperation.StackedGemm;
import org.shallownet.backend.device.Recording;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.SumOperation.AddSquaredNorm;
import org.shallownet.backend.device.SumOperation.Clear;
import org.shallownet.backend.device.SumOperation.Increment;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UpdateOperation.AdamStep;
import org.shallownet.backend.device.UpdateOperation.GradientDescentStep;
import org.shallownet.backend.device.UpdateOperation.MomentumStep;
import org.shallownet.network.Activation;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/** Memory: who owns it, how it is filled and read, what is refused. */
abstract class OwnershipContract extends BackendKit {
  /** How long another thread may take to close a backend. */
  private static final long MOST_NANOS = 60_000_000_000L;

  @Test
  void newMatricesAndTalliesHoldZero() {
    for (int[] shape : SHAPES) {
      float[] zeros = new float[shape[0] * shape[1]];
      assertSameBits("zeros", zeros, values(backend.allocate(scope, shape[0], shape[1])));
    }
    assertThat(backend.read(backend.allocateTally(scope))).isEqualTo(new Tally.Values(0, 0, 0));
  }

  @Test
  void uploadAndDownloadGiveTheSameBits() {
    for (int[] shape : SHAPES) {
      float[] values = normals(shape[0] * shape[1] + 3);
      values[3] = Float.NaN;
      Matrix matrix = backend.allocate(scope, shape[0], shape[1]);
      backend.upload(values, 3, matrix);
      float[] back = new float[values.length + 2];
      backend.download(matrix, back, 5);
      int size = shape[0] * shape[1];
      assertSameBits(
          matrix.shape(),
          Arrays.copyOfRange(values, 3, 3 + size),
          Arrays.copyOfRange(back, 5, 5 + size));
    }
  }

  @Test
  void uploadFromADirectBufferStartsAtItsPosition() {
    FloatBuffer buffer = direct(20);
    for (int i = 0; i < 20; i++) {
      buffer.put(i, i);
    }
    buffer.position(3);
    Matrix matrix = matrix(4, 4, new float[16]);
    backend.upload(buffer, matrix);
    assertThat(buffer.position()).isEqualTo(3);
    buffer.put(3, 99);
    assertThat(values(matrix)[0]).isEqualTo(3f);
    assertThat(values(matrix)[15]).isEqualTo(18f);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.upload(buffer.position(5), matrix))
        .withMessage("upload: the buffer has 15 floats left, a matrix of 4×4 needs 16");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.upload(FloatBuffer.allocate(16), matrix))
        .withMessage("upload: the buffer must be direct and in native byte order");
  }

  static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(4 * floats).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  @Test
  void theSourceMayChangeAfterUpload() {
    float[] source = {1, 2, 3, 4};
    Matrix matrix = matrix(2, 2, source);
    source[0] = 9;
    assertThat(values(matrix)).containsExactly(1, 2, 3, 4);
  }

  @Test
  void rowRangesShareMemory() {
    Matrix matrix = matrix(4, 2, 1, 2, 3, 4, 5, 6, 7, 8);
    Matrix middle = matrix.rows(1, 2);
    assertThat(values(middle)).containsExactly(3, 4, 5, 6);
    assertThat(values(middle.rows(1, 1))).containsExactly(5, 6);
    backend.upload(new float[] {30, 40, 50, 60}, 0, middle);
    assertThat(values(matrix)).containsExactly(1, 2, 30, 40, 50, 60, 7, 8);
    assertThat(middle.shape()).isEqualTo("2×2");
    for (long[] range : new long[][] {{-1, 1}, {0, 0}, {0, 5}, {4, 1}, {Long.MAX_VALUE, 2}}) {
      assertThatThrownBy(() -> matrix.rows(range[0], range[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void groupsLieSideBySideAndStartAsZeros() {
    MatrixGroup group =
        backend.allocateGroup(scope, new Shape(3, 2), new Shape(1, 3), new Shape(1, 1));
    assertThat(group.parts()).extracting(Matrix::shape).containsExactly("3×2", "1×3", "1×1");
    assertThat(group.flat().rows()).isEqualTo(1);
    assertThat(values(group.flat())).containsOnly(0f);
    backend.upload(new float[] {1, 2, 3, 4, 5, 6}, 0, group.part(0));
    backend.upload(new float[] {7, 8, 9}, 0, group.part(1));
    backend.upload(new float[] {10}, 0, group.part(2));
    assertThat(values(group.part(0).rows(1, 2))).containsExactly(3, 4, 5, 6);
    Tally tally = backend.allocateTally(scope);
    backend.run(new AddSquaredNorm(group.flat(), 1, tally));
    assertThat(backend.read(tally).cost()).isEqualTo(385);
    MatrixGroup gradient =
        backend.allocateGroup(scope, new Shape(3, 2), new Shape(1, 3), new Shape(1, 1));
    backend.run(new Copy(group.flat(), gradient.flat()));
    assertThat(values(gradient.part(1))).containsExactly(7, 8, 9);
    backend.run(new GradientDescentStep(gradient.flat(), null, 1, group.flat()));
    assertThat(values(group.flat())).containsOnly(0f);
  }

  @Test
  void talliesAndCountersGoOnFromWhatTheyAreSetTo() {
    Tally tally = backend.allocateTally(scope);
    backend.set(tally, new Tally.Values(0.1, 2.5, 7));
    assertThat(backend.read(tally)).isEqualTo(new Tally.Values(0.1, 2.5, 7));
    Matrix three = backend.allocate(scope, 1, 1);
    backend.upload(new float[] {3}, 0, three);
    backend.run(new AddSquaredNorm(three, 1, tally));
    assertThat(backend.read(tally)).isEqualTo(new Tally.Values(9.1, 2.5, 7));

    // Steps 0 to 4 take rows 0 to 4 of the first epoch, in its order.
    BatchOrder order = new BatchOrder(5, 1);
    Matrix rows = backend.allocate(scope, 5, 1);
    backend.upload(new float[] {0, 1, 2, 3, 4}, 0, rows);
    Matrix row = backend.allocate(scope, 1, 1);
    Counter counter = backend.allocateCounter(scope);
    backend.set(counter, 3);
    backend.run(new GatherBatch(rows, order, counter, 1, 0, row));
    assertThat(values(row)).containsExactly((float) order.epoch(0).sample(3));
    backend.run(new Increment(counter));
    backend.run(new GatherBatch(rows, order, counter, 1, 0, row));
    assertThat(values(row)).containsExactly((float) order.epoch(0).sample(4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.set(counter, -1))
        .withMessage("set: a counter can't hold -1");
  }

  @Test
  void severalGroupsAreApart() {
    List<MatrixGroup> groups = backend.allocateGroups(scope, 3, new Shape(2, 3), new Shape(1, 1));
    assertThat(backend.openAllocations()).isEqualTo(1);
    for (int i = 0; i < 3; i++) {
      assertThat(groups.get(i).parts()).extracting(Matrix::shape).containsExactly("2×3", "1×1");
      backend.upload(filled(6, i + 1), 0, groups.get(i).part(0));
      backend.upload(new float[] {10 * i}, 0, groups.get(i).part(1));
    }
    Tally tally = backend.allocateTally(scope);
    for (int i = 0; i < 3; i++) {
      assertThat(values(groups.get(i).part(0))).containsOnly(i + 1);
      backend.run(new Clear(tally));
      backend.run(new AddSquaredNorm(groups.get(i).flat(), 1, tally));
      assertThat(backend.read(tally).cost()).isEqualTo(6.0 * (i + 1) * (i + 1) + 100.0 * i * i);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.allocateGroups(scope, 0, new Shape(1, 1)))
        .withMessage("allocateGroups: at least 1 group is needed, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.allocateGroups(scope, 1 << 20, new Shape(1 << 11, 1)))
        .withMessage("allocateGroups: a group holds at most 2047 elements");
  }

  @Test
  void batchesOfProductsAreChecked() {
    Matrix a = matrix(12, 2, new float[24]);
    Matrix b = matrix(2, 2, new float[4]);
    Matrix c = matrix(12, 2, new float[24]);
    List<Matrix> upper = List.of(a.rows(0, 3), a.rows(3, 3));
    List<Matrix> results = List.of(c.rows(0, 3), c.rows(3, 3));
    List<Matrix> shared = List.of(b, b);
    refused("stackedGemm: A is an empty list", () -> stackedGemm(List.of(), shared, results));
    refused(
        "stackedGemm: 2 matrices A times 1 matrices B do not give 2 matrices C",
        () -> stackedGemm(upper, List.of(b), results));
    refused(
        "stackedGemm: A 3×2 and A 2×2 differ in shape",
        () -> stackedGemm(List.of(a.rows(0, 3), a.rows(3, 2)), shared, results));
    for (List<Matrix> uneven :
        List.of(
            List.of(a.rows(0, 3), a.rows(3, 3), a.rows(7, 3)),
            List.of(a.rows(4, 3), a.rows(2, 3), a.rows(0, 3)),
            List.<Matrix>of(a.rows(0, 3), a.rows(3, 3), matrix(3, 2, new float[6])))) {
      refused(
          "stackedGemm: the matrices of A are not equally far apart in one piece of memory",
          () -> stackedGemm(uneven, shared, results));
    }
    refused(
        "stackedGemm: A of 3×2 times B of 2×2 does not give C of 2×2",
        () -> stackedGemm(upper, shared, List.of(c.rows(0, 2), c.rows(2, 2))));
    refused(
        "stackedGemm: matrices C of 3×2 share memory",
        () -> stackedGemm(upper, shared, List.of(c.rows(0, 3), c.rows(2, 3))));
    refused(
        "stackedGemm: matrices A and C share a stretch of memory",
        () -> stackedGemm(upper, shared, List.of(a.rows(4, 3), a.rows(8, 3))));
    List<Matrix> two = List.of(c.rows(3, 2), c.rows(5, 2));
    refused(
        "stackedGemm: matrices B and C share a stretch of memory",
        () -> stackedGemm(upper, two, results));
    stackedGemm(upper, shared, results);
  }

  private void stackedGemm(List<Matrix> a, List<Matrix> b, List<Matrix> c) {
    backend.run(new StackedGemm(false, false, 1, a, b, 0, c));
  }

  @Test
  void groupsAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.allocateGroup(scope))
        .withMessage("allocateGroup: a group needs at least one shape");
    Shape large = new Shape(1 << 16, 1 << 14);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.allocateGroup(scope, large, large))
        .withMessage("allocateGroup: a group holds at most 2147483583 elements");
    Shape beyond = new Shape(Long.MAX_VALUE, Integer.MAX_VALUE);
    assertThatIllegalArgumentException().isThrownBy(() -> backend.allocateGroup(scope, beyond));
    assertThatIllegalArgumentException().isThrownBy(() -> backend.allocate(scope, 0, 1));
  }

  @Test
  void memoryThatCannotBeHadChangesNothing() {
    for (long rows : new long[] {1L << 50, 1L << 51, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> backend.allocate(scope, rows, 1024))
          .isInstanceOfSatisfying(
              DeviceMemoryException.class,
              e -> assertThat(e.bytesAsked()).isGreaterThan(e.bytesFree()));
    }
    assertThat(backend.openAllocations()).isZero();
    assertThat(values(matrix(1, 1, 5))).containsExactly(5);
  }

  @Test
  void scopesFreeWhatTheyOwn() {
    Scope inner = backend.newScope();
    Matrix matrix = backend.allocate(inner, 10, 10);
    Tally tally = backend.allocateTally(inner);
    assertThat(backend.openAllocations()).isEqualTo(2);
    assertThat(backend.openBytes()).isGreaterThanOrEqualTo(416);
    inner.close();
    inner.close();
    assertThat(backend.openAllocations()).isZero();
    assertThatIllegalStateException()
        .isThrownBy(() -> backend.download(matrix, new float[100], 0))
        .withMessage("download: the scope of the source is closed");
    assertThatIllegalStateException().isThrownBy(() -> backend.read(tally));
    assertThatIllegalStateException()
        .isThrownBy(() -> backend.allocate(inner, 1, 1))
        .withMessage("allocate: the scope is closed");
  }

  @Test
  void operandsOfAnotherBackendAreRefused() {
    try (Backend other = open();
        Scope otherScope = other.newScope()) {
      Matrix foreign = other.allocate(otherScope, 2, 2);
      Matrix own = matrix(2, 2, 1, 2, 3, 4);
      Matrix out = matrix(2, 2, new float[4]);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.run(new Gemm(false, false, 1, own, foreign, 0, out)))
          .withMessage("gemm: B belongs to another backend");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.read(other.allocateTally(otherScope)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.allocate(otherScope, 1, 1))
          .withMessage("allocate: the scope belongs to another backend");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.read(new Tally(new Unowned()) {}))
          .withMessage("read: the tally belongs to another backend");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.run(new Increment(other.allocateCounter(otherScope))))
          .withMessage("increment: the counter belongs to another backend");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.replay(other.record(otherScope, () -> {})))
          .withMessage("replay: the recording belongs to another backend");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.run(new Increment(new Counter(new Unowned()) {})))
          .withMessage("increment: the counter belongs to another backend");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.replay(new Unowned()))
          .withMessage("replay: the recording belongs to another backend");
    }
  }

  @Test
  void onlyTheThreadThatOpenedItMayUseIt() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                backend.synchronize();
              } catch (IllegalStateException e) {
                thrown.set(e);
              }
            },
            "stranger");
    thread.start();
    thread.join();
    assertThat(thrown.get())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not to 'stranger'");
  }

  /** The call under way ends first. */
  @Test
  void anyThreadMayCloseIt() throws InterruptedException {
    Backend other = open();
    Scope otherScope = other.newScope();
    Matrix from = other.allocate(otherScope, 300, 200);
    Matrix to = other.allocate(otherScope, 300, 200);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread closer = new Thread(other::close, "closer");
    closer.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
    long begin = System.nanoTime();
    assertThatIllegalStateException()
        .isThrownBy(
            () -> {
              closer.start();
              while (System.nanoTime() - begin < MOST_NANOS) {
                other.run(new Copy(from, to));
                other.synchronize();
              }
            })
        .withMessage("the " + other.name() + " backend is closed");
    closer.join();
    assertThat(thrown.get()).isNull();
    assertThat(other.openAllocations()).isZero();
    assertThat(other.openBytes()).isZero();
    otherScope.close();
    other.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> other.download(to, new float[60_000], 0))
        .withMessage("the " + other.name() + " backend is closed");
  }

  @Test
  void aClosedBackendRefusesEverything() {
    Backend other = open();
    Scope otherScope = other.newScope();
    Matrix row = other.allocate(otherScope, 1, 1);
    Matrix matrix = other.allocate(otherScope, 1, 1);
    other.close();
    other.close();
    otherScope.close();
    assertThat(other.openAllocations()).isZero();
    assertThatIllegalStateException()
        .isThrownBy(other::newScope)
        .withMessage("the " + other.name() + " backend is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> other.run(new BiasActivate(Activation.RELU, row, matrix)));
  }

  @Test
  void wrongShapesAreRefusedWithBothShapes() {
    Matrix a = matrix(2, 3, new float[6]);
    Matrix b = matrix(2, 3, new float[6]);
    Matrix c = matrix(2, 2, new float[4]);
    Matrix row = matrix(1, 2, 0, 0);
    Tally tally = backend.allocateTally(scope);
    refused(
        "gemm: A of 2×3 times B of 2×3 does not give C of 2×2", () -> gemm(false, false, a, b, c));
    refused(
        "gemm: A of 2×3 transposed times B of 2×3 transposed does not give C of 2×2",
        () -> gemm(true, true, a, b, c));
    refused(
        "copy: the source 2×3 and the destination 2×2 differ in shape",
        () -> backend.run(new Copy(a, c)));
    refused(
        "biasActivate: the bias must be 1×3 for z of 2×3, not 1×2",
        () -> backend.run(new BiasActivate(Activation.RELU, row, a)));
    refused(
        "sumRows: out must be 1×3 for the matrix of 2×3, not 1×2",
        () -> backend.run(new SumRows(a, 0, row)));
    refused(
        "outputDelta: targets of 2×3 do not fit logits of 2×3 with softmax output",
        () -> backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, a, b, 1, b, tally)));
    BatchOrder order = new BatchOrder(2, 1);
    Counter steps = backend.allocateCounter(scope);
    refused(
        "gatherBatch: the source is 2×3 but out 2×2: they need equally many columns",
        () -> backend.run(new GatherBatch(a, order, steps, 2, 0, c)));
    refused(
        "gatherBatch: an order of 3 samples does not fit the source of 2×3",
        () -> backend.run(new GatherBatch(a, new BatchOrder(3, 1), steps, 2, 0, b)));
    for (long batchRows : new long[] {0, 3}) {
      refused(
          "gatherBatch: a batch of the source of 2×3 has 1 to 2 rows, not " + batchRows,
          () -> backend.run(new GatherBatch(a, order, steps, batchRows, 0, b)));
    }
    refused(
        "gatherBatch: rows 1 to 2 are not all in a batch of 2",
        () -> backend.run(new GatherBatch(a, order, steps, 2, 1, b)));
    refused(
        "checkTargets: targets of 2×3 do not fit logits of 3 columns with softmax output",
        () -> backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, a, 3));
    refused(
        "upload: the source has 5 floats, a matrix of 2×3 from offset 0 on does not fit",
        () -> backend.upload(new float[5], 0, a));
    refused(
        "download: the destination has 8 floats, a matrix of 2×3 from offset 3 on does not fit",
        () -> backend.download(a, new float[8], 3));
    refused("preferredRows: a row has at least 1 column, not 0", () -> backend.preferredRows(0));
  }

  @Test
  void sharedMemoryIsRefused() {
    Matrix whole = matrix(6, 2, new float[12]);
    Matrix upper = whole.rows(0, 2);
    Matrix lower = whole.rows(1, 2);
    Matrix other = matrix(2, 2, new float[4]);
    Matrix targets = matrix(2, 2, new float[4]);
    Tally tally = backend.allocateTally(scope);
    Counter steps = backend.allocateCounter(scope);
    refused(
        "copy: the source 2×2 and the destination 2×2 share memory",
        () -> backend.run(new Copy(upper, lower)));
    refused("gemm: A 2×2 and C 2×2 share memory", () -> gemm(false, false, upper, other, lower));
    refused("gemm: B 2×2 and C 2×2 share memory", () -> gemm(false, false, other, upper, lower));
    refused(
        "biasActivate: the bias 1×2 and z 6×2 share memory",
        () -> backend.run(new BiasActivate(Activation.RELU, whole.rows(5, 1), whole)));
    refused(
        "activationBackward: a 2×2 and delta 2×2 share memory",
        () -> backend.run(new ActivationBackward(Activation.RELU, upper, upper)));
    refused(
        "outputDelta: the logits 2×2 and delta 2×2 share memory",
        () ->
            backend.run(
                new OutputDelta(Output.SIGMOID_CROSS_ENTROPY, upper, targets, 1, lower, tally)));
    refused(
        "outputDelta: the targets 2×2 and delta 2×2 share memory",
        () ->
            backend.run(
                new OutputDelta(Output.SIGMOID_CROSS_ENTROPY, other, upper, 1, lower, tally)));
    refused(
        "outputProbabilities: the logits 2×2 and the probabilities 2×2 share memory",
        () -> backend.run(new OutputProbabilities(Output.SIGMOID_CROSS_ENTROPY, upper, lower)));
    refused(
        "gatherBatch: the source 6×2 and out 2×2 share memory",
        () -> backend.run(new GatherBatch(whole, new BatchOrder(6, 1), steps, 2, 0, lower)));
    refused(
        "sumRows: the matrix 6×2 and out 1×2 share memory",
        () -> backend.run(new SumRows(whole, 0, whole.rows(2, 1))));
    refused(
        "gradientDescentStep: the gradient 2×2 and theta 2×2 share memory",
        () -> backend.run(new GradientDescentStep(upper, null, 1, lower)));
    refused(
        "gradientDescentStep: the decay 2×2 and theta 2×2 share memory",
        () -> backend.run(new GradientDescentStep(other, upper, 1, lower)));
    refused(
        "momentumStep: the velocity 2×2 and theta 2×2 share memory",
        () -> backend.run(new MomentumStep(other, null, upper, 1, 0, lower)));
    refused(
        "adamStep: the first moment 2×2 and the second moment 2×2 share memory",
        () ->
            backend.run(
                new AdamStep(other, null, upper, lower, Optimizer.Adam.of(1), steps, targets)));
    // Neighbours don't share memory.
    backend.run(new Copy(whole.rows(0, 2), whole.rows(2, 2)));
  }

  private void gemm(boolean transposeA, boolean transposeB, Matrix a, Matrix b, Matrix c) {
    backend.run(new Gemm(transposeA, transposeB, 1, a, b, 0, c));
  }

  private static void refused(
      String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable operation) {
    assertThatIllegalArgumentException().isThrownBy(operation).withMessage(message);
  }

  /** What no backend has allocated. */
  private static final class Unowned extends Recording {
    Unowned() {
      super(0);
    }

    @Override
    protected void replay() {}

    @Override
    protected void free() {}
  }
}
