package org.shallownet.backend.cuda;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.AbstractCounter;
import org.shallownet.backend.AbstractMatrix;
import org.shallownet.backend.AbstractRecording;
import org.shallownet.backend.AbstractTally;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BatchOrder;
import org.shallownet.backend.LayeredTrainingEngine;
import org.shallownet.backend.Matrix;
import org.shallownet.backend.MatrixStack;
import org.shallownet.backend.Optimizer;
import org.shallownet.backend.Shape;
import org.shallownet.backend.Tally;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.UploadBuffer;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/** Matrices in an NVIDIA card's memory, computed by cuBLAS and by the kernels of {@link Kernel}. */
final class CudaBackend extends AbstractBackend {
  static final String NAME = "cuda";

  private static final int ALIGNED_FLOATS = DeviceMemory.ALIGNMENT / Float.BYTES;

  private final Limits limits;
  private final CudaParts parts;
  private final String description;
  private final boolean graphs = CudaGraph.wanted();
  private boolean capturing;

  private CudaBackend(Limits limits, CudaParts parts) {
    this.limits = limits;
    this.parts = parts;
    this.description = parts.device().describe() + ", " + parts.blas().describe();
  }

  /** A backend for the calling thread; JCuda must have been loaded. */
  static CudaBackend open(BackendOptions options) {
    return open(options, Limits.DEFAULT);
  }

  /** The same with work cut into pieces of other sizes. */
  static CudaBackend open(BackendOptions options, Limits limits) {
    CudaParts parts = new CudaParts(options, limits);
    try {
      return new CudaBackend(limits, parts);
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  /**
   * The sizes of the pieces that work is cut into.
   *
   * @param stagingBytes bytes copied at once between host and card, a multiple of 8
   * @param productRows rows that one call of cuBLAS is given
   * @param chunkFloats floats in a layer of the chunks that engines work on
   * @param spareBytes memory that is not planned with, for what the driver and cuBLAS take when a
   *     kernel is first used
   */
  record Limits(int stagingBytes, int productRows, int chunkFloats, long spareBytes) {
    /**
     * A chunk's layer is 32 MiB: so large that launching a kernel takes little of its time, so
     * small that the level-2 cache of a large card holds it. Spare are 256 MiB. Both are estimates,
     * not measurements.
     */
    static final Limits DEFAULT = new Limits(4 << 20, 1 << 30, 1 << 23, 256L << 20);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String device() {
    return description;
  }

  // Memory

  @Override
  protected AbstractMatrix doAllocate(Shape shape) {
    parts.device().enter("allocate");
    if (shape.rows() > 1) {
      parts
          .scratch()
          .reserveSums(RowSlices.of(shape.rows(), shape.columns()).partials(shape.columns()));
    }
    DeviceMemory memory = parts.device().allocate(bytes(shape));
    return new CudaMatrix(memory, 0, shape.rows(), shape.columns());
  }

  private static long bytes(Shape shape) {
    long row = (long) Float.BYTES * shape.columns();
    return shape.rows() <= Long.MAX_VALUE / row ? shape.rows() * row : Long.MAX_VALUE;
  }

  @Override
  protected List<Group> doAllocateGroups(int count, List<Shape> shapes) {
    parts.device().enter("allocateGroup");
    long[] starts = new long[shapes.size()];
    long size = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = size;
      long part = shapes.get(i).rows() * shapes.get(i).columns();
      size += (part + ALIGNED_FLOATS - 1) / ALIGNED_FLOATS * ALIGNED_FLOATS;
    }
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "allocateGroup: with gaps between its parts the group has " + size + " elements");
    }
    DeviceMemory memory = parts.device().allocate((long) Float.BYTES * count * size);
    List<Group> groups = new ArrayList<>();
    for (int group = 0; group < count; group++) {
      long start = group * size;
      List<Matrix> matrices = new ArrayList<>();
      for (int i = 0; i < starts.length; i++) {
        Shape shape = shapes.get(i);
        matrices.add(new CudaMatrix(memory, start + starts[i], shape.rows(), shape.columns()));
      }
      groups.add(new Group(matrices, new CudaMatrix(memory, start, 1, (int) size)));
    }
    return groups;
  }

  @Override
  protected AbstractTally doAllocateTally() {
    parts.device().enter("allocateTally");
    return new CudaTally(parts.device().allocate(Kernel.TALLY_BYTES));
  }

  @Override
  protected AbstractCounter doAllocateCounter() {
    parts.device().enter("allocateCounter");
    return new CudaCounter(parts.device().allocate(Long.BYTES));
  }

  @Override
  protected UploadBuffer doAllocateUploadBuffer(Shape shape) {
    CudaMatrix matrix = (CudaMatrix) doAllocate(shape);
    return CudaUploadBuffer.allocate(parts.device(), parts.copyStream(), matrix);
  }

  @Override
  protected long doFreeBytes() {
    parts.device().enter("freeBytes");
    return Math.max(0, parts.device().freeBytes() - limits.spareBytes());
  }

  // Transfers

  @Override
  protected void doUpload(float[] source, int offset, AbstractMatrix destination) {
    doUpload(FloatBuffer.wrap(source, offset, source.length - offset), destination);
  }

  @Override
  protected void doUpload(FloatBuffer source, AbstractMatrix destination) {
    parts.device().enter("upload");
    CudaMatrix to = (CudaMatrix) destination;
    to.memory().wroteClassesBelow(Classes.of(source, to));
    parts.staging().upload(source, to);
  }

  @Override
  protected void doDownload(AbstractMatrix source, float[] destination, int offset) {
    parts.device().enter("download");
    FloatBuffer to = FloatBuffer.wrap(destination, offset, destination.length - offset);
    parts.staging().download((CudaMatrix) source, to);
  }

  @Override
  protected void doCopy(AbstractMatrix source, AbstractMatrix destination) {
    parts.device().enter("copy");
    CudaMatrix from = (CudaMatrix) source;
    CudaMatrix to = (CudaMatrix) destination;
    wroteValuesOf(from, to);
    copy(from, to);
  }

  private void copy(CudaMatrix from, CudaMatrix to) {
    parts.device().copyOnDevice(from.pointer(), to.pointer(), Float.BYTES * from.size());
  }

  @Override
  protected void doGatherBatch(
      AbstractMatrix source,
      BatchOrder order,
      AbstractCounter steps,
      long batchRows,
      long first,
      AbstractMatrix out) {
    parts.device().enter("gatherBatch");
    CudaMatrix from = (CudaMatrix) source;
    CudaMatrix to = (CudaMatrix) out;
    wroteValuesOf(from, to);
    parts
        .launcher()
        .kernel(Kernel.GATHER_BATCH)
        .add(from)
        .add((CudaCounter) steps)
        .int64(from.rows())
        .int32(from.columns())
        .int64(order.seed())
        .int64(order.lefts())
        .int64(order.rights())
        .int64(batchRows)
        .int64(first)
        .int64(to.rows())
        .add(to)
        .launch(to.size());
  }

  // Arithmetic

  @Override
  protected void doGemm(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      AbstractMatrix a,
      AbstractMatrix b,
      float beta,
      AbstractMatrix c) {
    parts.device().enter("gemm");
    CudaMatrix mc = written(c);
    parts.blas().multiply(transposeA, transposeB, alpha, (CudaMatrix) a, (CudaMatrix) b, beta, mc);
  }

  @Override
  protected void doGemmBatch(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      MatrixStack a,
      MatrixStack b,
      float beta,
      MatrixStack c) {
    parts.device().enter("gemmBatch");
    c.matrices().forEach(this::written);
    parts.blas().multiply(transposeA, transposeB, alpha, a, b, beta, c);
  }

  @Override
  protected void doBiasActivate(Activation f, AbstractMatrix bias, AbstractMatrix z) {
    parts.device().enter("biasActivate");
    Kernel kernel =
        switch (f) {
          case RELU -> Kernel.BIAS_ACTIVATE_RELU;
          case LEAKY_RELU -> Kernel.BIAS_ACTIVATE_LEAKY_RELU;
          case TANH -> Kernel.BIAS_ACTIVATE_TANH;
          case SIGMOID -> Kernel.BIAS_ACTIVATE_SIGMOID;
          case IDENTITY -> Kernel.BIAS_ACTIVATE_IDENTITY;
        };
    parts
        .launcher()
        .kernel(kernel)
        .add((CudaMatrix) bias)
        .add(written(z))
        .int64(z.rows())
        .int32(z.columns())
        .launch(z.size());
  }

  @Override
  protected void doActivationBackward(Activation f, AbstractMatrix a, AbstractMatrix delta) {
    if (f == Activation.IDENTITY) {
      return;
    }
    parts.device().enter("activationBackward");
    Kernel kernel =
        switch (f) {
          case RELU -> Kernel.ACTIVATION_BACKWARD_RELU;
          case LEAKY_RELU -> Kernel.ACTIVATION_BACKWARD_LEAKY_RELU;
          case TANH -> Kernel.ACTIVATION_BACKWARD_TANH;
          case SIGMOID -> Kernel.ACTIVATION_BACKWARD_SIGMOID;
          case IDENTITY -> throw new IllegalArgumentException("nothing to do");
        };
    parts
        .launcher()
        .kernel(kernel)
        .add((CudaMatrix) a)
        .add(written(delta))
        .int64(delta.size())
        .launch(delta.size());
  }

  @Override
  protected void doOutputDelta(
      Output output,
      AbstractMatrix logits,
      AbstractMatrix targets,
      double scale,
      AbstractMatrix delta,
      AbstractTally tally) {
    parts.device().enter("outputDelta");
    CudaMatrix z = (CudaMatrix) logits;
    CudaMatrix y = (CudaMatrix) targets;
    if (output == Output.SOFTMAX_CROSS_ENTROPY) {
      checkClasses(y, z.columns());
    }
    boolean weighted = y.columns() > output.targetColumns(z.columns());
    int blocks = parts.outputs().delta(output, weighted, z, y, (float) scale, written(delta));
    parts.sums().addPartials(blocks, 1, weighted ? 0 : z.rows(), (CudaTally) tally);
  }

  @Override
  protected void doCheckClasses(AbstractMatrix targets, int classes) {
    parts.device().enter("checkTargets");
    checkClasses((CudaMatrix) targets, classes);
  }

  @Override
  protected void doCheckWeights(AbstractMatrix targets) {
    parts.device().enter("checkTargets");
    parts.outputs().checkWeights(parts.device().operation(), (CudaMatrix) targets);
  }

  /** Refuses targets that are no classes; asks the card only if the host can't know. */
  private void checkClasses(CudaMatrix y, int classes) {
    if (y.holdsClassesBelow(classes)) {
      return;
    }
    if (capturing) {
      throw new IllegalStateException(
          "outputDelta: targets must be checked (checkTargets) before they are part of a recording");
    }
    parts.outputs().checkClasses(parts.device().operation(), y, classes);
    y.foundClassesBelow(classes);
  }

  @Override
  protected void doOutputProbabilities(
      Output output, AbstractMatrix logits, AbstractMatrix probabilities) {
    parts.device().enter("outputProbabilities");
    CudaMatrix z = (CudaMatrix) logits;
    CudaMatrix p = written(probabilities);
    if (output != Output.IDENTITY_SQUARED_ERROR) {
      parts.outputs().probabilities(output, z, p);
    } else if (z.address() != p.address()) {
      copy(z, p);
    }
  }

  @Override
  protected void doAddSquaredNorm(AbstractMatrix m, double scale, AbstractTally tally) {
    parts.device().enter("addSquaredNorm");
    parts.sums().addSquares((CudaMatrix) m, scale, (CudaTally) tally);
  }

  @Override
  protected void doSumRows(AbstractMatrix m, float beta, AbstractMatrix out) {
    parts.device().enter("sumRows");
    parts.sums().rows((CudaMatrix) m, beta, written(out));
  }

  @Override
  protected void doDivideByWeight(AbstractMatrix sums, AbstractMatrix m) {
    parts.device().enter("divideByWeight");
    parts.optimizers().divideByWeight((CudaMatrix) sums, written(m));
  }

  // Optimiser steps

  @Override
  protected void doGradientDescentStep(
      AbstractMatrix gradient, @Nullable AbstractMatrix decay, float rate, AbstractMatrix theta) {
    parts.device().enter("gradientDescentStep");
    parts
        .optimizers()
        .gradientDescent((CudaMatrix) gradient, (CudaMatrix) decay, rate, written(theta));
  }

  @Override
  protected void doMomentumStep(
      AbstractMatrix gradient,
      @Nullable AbstractMatrix decay,
      AbstractMatrix velocity,
      float rate,
      float momentum,
      AbstractMatrix theta) {
    parts.device().enter("momentumStep");
    parts
        .optimizers()
        .momentum(
            (CudaMatrix) gradient,
            (CudaMatrix) decay,
            written(velocity),
            rate,
            momentum,
            written(theta));
  }

  @Override
  protected void doAdamStep(
      AbstractMatrix gradient,
      @Nullable AbstractMatrix decay,
      AbstractMatrix firstMoment,
      AbstractMatrix secondMoment,
      Optimizer.Adam settings,
      AbstractCounter steps,
      AbstractMatrix theta) {
    parts.device().enter("adamStep");
    parts
        .optimizers()
        .adam(
            (CudaMatrix) gradient,
            (CudaMatrix) decay,
            written(firstMoment),
            written(secondMoment),
            settings,
            (CudaCounter) steps,
            written(theta));
  }

  @Override
  protected void doIncrement(AbstractCounter counter) {
    parts.device().enter("increment");
    parts.optimizers().increment((CudaCounter) counter);
  }

  /** A matrix that a kernel is about to write. */
  private CudaMatrix written(AbstractMatrix matrix) {
    CudaMatrix own = (CudaMatrix) matrix;
    own.memory().wroteUnknown();
    if (capturing) {
      own.memory().writtenByRecording();
    }
    return own;
  }

  /** Notes that values of one matrix are about to be written to another. */
  private void wroteValuesOf(CudaMatrix from, CudaMatrix to) {
    to.wroteValuesOf(from);
    if (capturing) {
      to.memory().writtenByRecording();
    }
  }

  // Recordings

  @Override
  protected AbstractRecording doRecord(List<Runnable> operations) {
    if (!graphs) {
      return super.doRecord(operations);
    }
    capturing = true;
    try {
      return CudaGraph.capture(parts.device(), operations);
    } finally {
      capturing = false;
    }
  }

  // The rest

  @Override
  protected Tally.Values doRead(AbstractTally tally) {
    parts.device().enter("read");
    LongBuffer words = parts.staging().download(((CudaTally) tally).memory().pointer(), 3);
    return new Tally.Values(
        Double.longBitsToDouble(words.get(0)),
        Double.longBitsToDouble(words.get(1)),
        Double.longBitsToDouble(words.get(2)));
  }

  @Override
  protected void doClear(AbstractTally tally) {
    parts.device().enter("clear");
    parts.device().zero(((CudaTally) tally).memory());
  }

  @Override
  protected void doSynchronize() {
    parts.device().enter("synchronize");
    parts.device().synchronize();
  }

  @Override
  protected long doPreferredRows(int columns) {
    long rows = 64L * (limits.chunkFloats() / columns / 64);
    return Math.max(256, rows);
  }

  @Override
  protected TrainingEngine doNewTrainingEngine(TrainingPlan plan) {
    return LayeredTrainingEngine.fitting(this, plan);
  }

  @Override
  protected void doClose() {
    parts.close();
  }
}
