package org.shallownet.backend.cuda;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.compile.RowSlices;
import org.shallownet.backend.cuda.driver.Classes;
import org.shallownet.backend.cuda.driver.CudaCounter;
import org.shallownet.backend.cuda.driver.CudaGraph;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.CudaTally;
import org.shallownet.backend.cuda.driver.CudaUploadBuffer;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.fused.FusedCard;
import org.shallownet.backend.cuda.fused.GradientPasses;
import org.shallownet.backend.cuda.natives.CudaNatives;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.Operation;
import org.shallownet.backend.device.Recording;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UploadBuffer;

/** Matrices in an NVIDIA card's memory, computed by cuBLAS and by the kernels of {@link Kernel}. */
final class CudaBackend extends AbstractBackend {
  static final String NAME = CudaNatives.BACKEND;

  private static final int ALIGNED_FLOATS = DeviceMemory.ALIGNMENT / Float.BYTES;

  private final CudaLimits limits;
  private final CudaParts parts;
  private final CudaOperations operations;
  private final GradientPasses passes;
  private final CudaEngines engines;
  private final String description;
  private final boolean graphs = CudaGraph.wanted();

  private CudaBackend(
      CudaLimits limits, CudaParts parts, Precision precision, EngineChoice choice) {
    this.limits = limits;
    this.parts = parts;
    this.description = parts.device().describe() + ", " + parts.blas().describe();
    FusedCard card = parts.fusedCard(this, this::guarded);
    this.passes = new GradientPasses(card, precision);
    this.operations = new CudaOperations(parts, passes);
    this.engines = new CudaEngines(this, limits, card, passes, choice);
  }

  /** A backend for the calling thread; JCuda must have been loaded. */
  static CudaBackend open(BackendOptions options) {
    return open(options, CudaLimits.DEFAULT, true, EngineChoice.fromProperty());
  }

  /** The same with work cut into pieces of these sizes, and an engine. */
  static CudaBackend open(BackendOptions options, CudaLimits limits, EngineChoice choice) {
    return open(options, limits, false, choice);
  }

  private static CudaBackend open(
      BackendOptions options, CudaLimits limits, boolean fitted, EngineChoice choice) {
    CudaParts parts = new CudaParts(options, limits);
    try {
      return new CudaBackend(
          fitted ? limits.forMemory(parts.device().totalBytes()) : limits,
          parts,
          options.precision(),
          choice);
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
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
  protected Matrix doAllocate(Shape shape) {
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
  protected List<MatrixGroup> doAllocateGroups(int count, List<Shape> shapes) {
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
    List<MatrixGroup> groups = new ArrayList<>();
    for (int group = 0; group < count; group++) {
      long start = group * size;
      List<Matrix> matrices = new ArrayList<>();
      for (int i = 0; i < starts.length; i++) {
        Shape shape = shapes.get(i);
        matrices.add(new CudaMatrix(memory, start + starts[i], shape.rows(), shape.columns()));
      }
      groups.add(new MatrixGroup(matrices, new CudaMatrix(memory, start, 1, (int) size)));
    }
    return groups;
  }

  @Override
  protected Tally doAllocateTally() {
    parts.device().enter("allocateTally");
    return new CudaTally(parts.device().allocate(Kernel.TALLY_BYTES));
  }

  @Override
  protected Counter doAllocateCounter() {
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
  protected void doUpload(float[] source, int offset, Matrix destination) {
    doUpload(FloatBuffer.wrap(source, offset, source.length - offset), destination);
  }

  @Override
  protected void doUpload(FloatBuffer source, Matrix destination) {
    parts.device().enter("upload");
    CudaMatrix to = (CudaMatrix) destination;
    to.memory().wroteClassesBelow(Classes.of(source, to));
    parts.staging().upload(source, to);
  }

  @Override
  protected void doDownload(Matrix source, float[] destination, int offset) {
    parts.device().enter("download");
    FloatBuffer to = FloatBuffer.wrap(destination, offset, destination.length - offset);
    parts.staging().download((CudaMatrix) source, to);
  }

  // Operations

  @Override
  protected Operation.Kernels kernels() {
    return operations;
  }

  @Override
  protected void doCheckClasses(Matrix targets, int classes) {
    parts.device().enter("checkTargets");
    operations.checkClasses((CudaMatrix) targets, classes);
  }

  @Override
  protected void doCheckWeights(Matrix targets) {
    parts.device().enter("checkTargets");
    parts.outputs().checkWeights(parts.device().operation(), (CudaMatrix) targets);
  }

  @Override
  protected Recording doRecord(List<Operation> recorded) {
    return graphs ? operations.capture(recorded) : super.doRecord(recorded);
  }

  // The rest

  @Override
  protected Tally.Values doRead(Tally tally) {
    parts.device().enter("read");
    LongBuffer words = parts.staging().download(((CudaTally) tally).memory().pointer(), 3);
    return new Tally.Values(
        Double.longBitsToDouble(words.get(0)),
        Double.longBitsToDouble(words.get(1)),
        Double.longBitsToDouble(words.get(2)));
  }

  @Override
  protected void doSet(Tally tally, Tally.Values values) {
    parts.device().enter("set");
    parts
        .staging()
        .upload(
            ((CudaTally) tally).memory().pointer(),
            Double.doubleToRawLongBits(values.cost()),
            Double.doubleToRawLongBits(values.hits()),
            Double.doubleToRawLongBits(values.weight()));
  }

  @Override
  protected void doSet(Counter counter, long value) {
    parts.device().enter("set");
    parts.staging().upload(((CudaCounter) counter).memory().pointer(), value);
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
  public long passRows(TrainingPlan plan, ModelPlan model) {
    return engines.passRows(plan, model);
  }

  @Override
  protected TrainingEngine doNewTrainingEngine(TrainingPlan plan) {
    return engines.open(plan);
  }

  @Override
  protected void doClose() {
    passes.close();
    parts.close();
  }
}
