package org.shallownet.backend.cuda;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.OwnEngines;
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
import org.shallownet.backend.cuda.driver.GraphCapture;
import org.shallownet.backend.cuda.fused.FusedCard;
import org.shallownet.backend.cuda.fused.GradientPasses;
import org.shallownet.backend.cuda.fused.OutputPasses;
import org.shallownet.backend.cuda.natives.CudaNatives;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.Operation;
import org.shallownet.backend.device.Performer;
import org.shallownet.backend.device.Recording;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UploadBuffer;

/** Matrices in an NVIDIA card's memory, computed by cuBLAS and by the kernels of {@link Kernel}. */
final class CudaBackend extends AbstractBackend {
  static final String NAME = CudaNatives.BACKEND;

  private static final int ALIGNED_FLOATS = DeviceMemory.ALIGNMENT / Float.BYTES;

  private final CudaLimits limits;
  private final CudaResources resources;
  private final CudaOperations operations;
  private final GradientPasses passes;
  private final OutputPasses outputPasses;
  private final CudaEngines engines;
  private final Precision precision;
  private final String description;
  private final GraphCapture capture;
  private final boolean graphs = GraphCapture.GRAPHS.on();

  private CudaBackend(
      CudaLimits limits, CudaResources resources, Precision precision, ForcedEngine choice) {
    this.limits = limits;
    this.resources = resources;
    this.precision = precision;
    this.description = resources.device().describe() + ", " + resources.blas().describe();
    FusedCard card = resources.fusedCard(this, this::guarded);
    this.passes = new GradientPasses(card, precision);
    this.outputPasses = new OutputPasses(card);
    this.operations = new CudaOperations(resources, passes, outputPasses);
    this.capture = new GraphCapture(resources.device());
    this.engines = new CudaEngines(this, limits, card, passes, outputPasses, choice);
  }

  /** A backend for the calling thread; JCuda must have been loaded. */
  static CudaBackend open(BackendOptions options) {
    return open(options, CudaLimits.DEFAULT, true, ForcedEngine.fromProperty());
  }

  /** The same with work cut into pieces of these sizes, and an engine. */
  static CudaBackend open(BackendOptions options, CudaLimits limits, ForcedEngine choice) {
    return open(options, limits, false, choice);
  }

  private static CudaBackend open(
      BackendOptions options, CudaLimits limits, boolean fitted, ForcedEngine choice) {
    CudaResources resources = new CudaResources(options, limits);
    try {
      return new CudaBackend(
          fitted ? limits.forMemory(resources.device().totalBytes()) : limits,
          resources,
          options.precision(),
          choice);
    } catch (RuntimeException | Error e) {
      resources.close();
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

  @Override
  public Precision precision() {
    return precision;
  }

  // Memory

  @Override
  protected Matrix doAllocate(Shape shape) {
    resources.device().enter("allocate");
    if (shape.rows() > 1) {
      resources
          .scratch()
          .reserveSums(RowSlices.of(shape.rows(), shape.columns()).partials(shape.columns()));
    }
    DeviceMemory memory = resources.device().allocate(bytes(shape));
    return new CudaMatrix(memory, 0, shape.rows(), shape.columns());
  }

  private static long bytes(Shape shape) {
    long row = (long) Float.BYTES * shape.columns();
    return shape.rows() <= Long.MAX_VALUE / row ? shape.rows() * row : Long.MAX_VALUE;
  }

  @Override
  protected List<MatrixGroup> doAllocateGroups(int count, List<Shape> shapes) {
    resources.device().enter("allocateGroup");
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
    DeviceMemory memory = resources.device().allocate((long) Float.BYTES * count * size);
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
    resources.device().enter("allocateTally");
    return new CudaTally(resources.device().allocate(Kernel.TALLY_BYTES));
  }

  @Override
  protected Counter doAllocateCounter() {
    resources.device().enter("allocateCounter");
    return new CudaCounter(resources.device().allocate(Long.BYTES));
  }

  @Override
  protected UploadBuffer doAllocateUploadBuffer(Shape shape) {
    CudaMatrix matrix = (CudaMatrix) doAllocate(shape);
    return CudaUploadBuffer.allocate(resources.device(), resources.copyStream(), matrix);
  }

  @Override
  protected long doFreeBytes() {
    resources.device().enter("freeBytes");
    return Math.max(0, resources.device().freeBytes() - limits.spareBytes());
  }

  // Transfers

  @Override
  protected void doUpload(float[] source, int offset, Matrix destination) {
    doUpload(FloatBuffer.wrap(source, offset, source.length - offset), destination);
  }

  @Override
  protected void doUpload(FloatBuffer source, Matrix destination) {
    resources.device().enter("upload");
    CudaMatrix to = (CudaMatrix) destination;
    to.memory().wroteClassesBelow(Classes.of(source, to));
    resources.staging().upload(source, to);
  }

  @Override
  protected void doDownload(Matrix source, float[] destination, int offset) {
    resources.device().enter("download");
    FloatBuffer to = FloatBuffer.wrap(destination, offset, destination.length - offset);
    resources.staging().download((CudaMatrix) source, to);
  }

  // Operations

  @Override
  protected Performer performer() {
    return operations;
  }

  @Override
  protected void doCheckClasses(Matrix targets, int classes) {
    resources.device().enter("checkTargets");
    operations.checkClasses((CudaMatrix) targets, classes);
  }

  @Override
  protected void doCheckWeights(Matrix targets) {
    resources.device().enter("checkTargets");
    resources.outputs().checkWeights(resources.device().operation(), (CudaMatrix) targets);
  }

  @Override
  protected Recording doRecord(List<Operation<? super Performer>> recorded) {
    Optional<CudaGraph> graph =
        graphs ? operations.capture(capture, recorded) : Optional.<CudaGraph>empty();
    return graph.isPresent() ? graph.get() : super.doRecord(recorded);
  }

  // The rest

  @Override
  protected Tally.Values doRead(Tally tally) {
    resources.device().enter("read");
    LongBuffer words = resources.staging().download(((CudaTally) tally).memory().pointer(), 3);
    return new Tally.Values(
        Double.longBitsToDouble(words.get(0)),
        Double.longBitsToDouble(words.get(1)),
        Double.longBitsToDouble(words.get(2)));
  }

  @Override
  protected void doSet(Tally tally, Tally.Values values) {
    resources.device().enter("set");
    resources
        .staging()
        .upload(
            ((CudaTally) tally).memory().pointer(),
            Double.doubleToRawLongBits(values.cost()),
            Double.doubleToRawLongBits(values.hits()),
            Double.doubleToRawLongBits(values.weight()));
  }

  @Override
  protected void doSet(Counter counter, long value) {
    resources.device().enter("set");
    resources.staging().upload(((CudaCounter) counter).memory().pointer(), value);
  }

  @Override
  protected void doSynchronize() {
    resources.device().enter("synchronize");
    resources.device().synchronize();
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
  public boolean takesOutputPass(TrainingPlan plan, ModelPlan model) {
    return engines.takesOutputPass(plan, model);
  }

  @Override
  public OwnEngines ownEngines(TrainingPlan plan) {
    return engines.ownEngines(plan);
  }

  @Override
  public long passBytes(List<TrainingPlan> plans) {
    return engines.passBytes(plans);
  }

  @Override
  protected TrainingEngine doNewTrainingEngine(TrainingPlan plan) {
    return engines.open(plan);
  }

  @Override
  protected void doClose() {
    resources.device().makeCurrent();
    resources.device().awaitWork();
    passes.close();
    outputPasses.close();
    resources.close();
  }
}
