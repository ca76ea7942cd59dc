package org.shallownet.backend.cpu;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.CombinedTrainingEngine;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.OwnSamplesEngine;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.CpuCounter;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.CpuOperations;
import org.shallownet.backend.cpu.primitives.CpuTally;
import org.shallownet.backend.cpu.primitives.CpuUploadBuffer;
import org.shallownet.backend.cpu.primitives.Gemm;
import org.shallownet.backend.cpu.primitives.OpenBlas;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.backend.cpu.primitives.WorkerTeam;
import org.shallownet.backend.cpu.tiled.KernelChoice;
import org.shallownet.backend.cpu.tiled.TileDesign;
import org.shallownet.backend.cpu.tiled.TileMemory;
import org.shallownet.backend.cpu.tiled.TiledTrainingEngine;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.Performer;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UploadBuffer;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Matrices in the Java heap, computed by the processor's cores. */
final class CpuBackend extends AbstractBackend {
  static final String NAME = "cpu";

  private static final Logger LOG = LoggerFactory.getLogger(CpuBackend.class);

  /** Arrays hold at most this many floats (256 MiB), unless a single row is longer. */
  static final int ARRAY_FLOATS = 1 << 26;

  private final int arrayFloats;
  private final WorkerTeam team;
  private final Gemm gemm;
  private final CpuOperations operations;
  private final KernelChoice kernels;
  private final String device;

  private CpuBackend(
      BackendOptions options, int arrayFloats, Gemm.Choice choice, KernelChoice kernels) {
    this.arrayFloats = arrayFloats;
    this.team = new WorkerTeam(threads(options));
    this.kernels = kernels;
    this.gemm = new Gemm(choice, OpenBlas.SHARED, team);
    this.operations = new CpuOperations(team, gemm);
    this.device = describe(options);
  }

  /** A backend for the calling thread. */
  static CpuBackend open(BackendOptions options) {
    Gemm.Choice choice = Gemm.Choice.fromProperty().of(options.work());
    return open(options, ARRAY_FLOATS, choice, KernelChoice.fromProperty());
  }

  /** The same with matrices in arrays of at most this many floats and these ways to compute. */
  static CpuBackend open(
      BackendOptions options, int arrayFloats, Gemm.Choice choice, KernelChoice kernels) {
    // A vector unit that was asked for and isn't there is a fault at once.
    kernels.vectors();
    return new CpuBackend(options, arrayFloats, choice, kernels);
  }

  /** What a backend with these options runs on. */
  static String describe(BackendOptions options) {
    int threads = threads(options);
    return Processor.name() + ", " + threads + (threads == 1 ? " thread" : " threads");
  }

  private static int threads(BackendOptions options) {
    return options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String device() {
    String products = gemm.describe();
    String computing = device + ", " + kernels.describe();
    return products.isEmpty() ? computing : computing + ", " + products;
  }

  // Memory

  @Override
  protected Matrix doAllocate(Shape shape) {
    long rowBytes = (long) Float.BYTES * shape.columns();
    return allocating(
        shape.rows() <= Long.MAX_VALUE / rowBytes ? shape.rows() * rowBytes : Long.MAX_VALUE,
        () -> CpuMatrix.allocate(shape.rows(), shape.columns(), arrayFloats));
  }

  @Override
  protected List<MatrixGroup> doAllocateGroups(int count, List<Shape> shapes) {
    int size = (int) shapes.stream().mapToLong(shape -> shape.rows() * shape.columns()).sum();
    int total = count * size;
    CpuMatrix all = allocating(4L * total, () -> CpuMatrix.allocateRow(total));
    List<MatrixGroup> groups = new ArrayList<>();
    for (int start = 0; start < total; start += size) {
      List<Matrix> parts = new ArrayList<>();
      int next = start;
      for (Shape shape : shapes) {
        parts.add(all.part(next, shape.rows(), shape.columns()));
        next += (int) (shape.rows() * shape.columns());
      }
      groups.add(new MatrixGroup(parts, all.part(start, 1, size)));
    }
    return groups;
  }

  private static <T> T allocating(long bytes, Supplier<T> allocation) {
    Runtime runtime = Runtime.getRuntime();
    // What could never fit is refused without filling the heap first.
    if (bytes <= runtime.maxMemory()) {
      try {
        return allocation.get();
      } catch (OutOfMemoryError e) {
        throw outOfMemory(bytes, e);
      }
    }
    throw outOfMemory(bytes, null);
  }

  private static DeviceMemoryException outOfMemory(long bytes, @Nullable Throwable cause) {
    return new DeviceMemoryException(
        "Java's heap",
        bytes,
        unused(),
        "give Java more with -Xmx… (on the command line SHALLOWNET_JAVA_OPTS=-Xmx…), or choose"
            + " fewer units or threads",
        cause);
  }

  private static long unused() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
  }

  @Override
  protected Tally doAllocateTally() {
    return new CpuTally();
  }

  @Override
  protected Counter doAllocateCounter() {
    return new CpuCounter();
  }

  @Override
  protected UploadBuffer doAllocateUploadBuffer(Shape shape) {
    CpuMatrix matrix = (CpuMatrix) doAllocate(shape);
    int size = (int) matrix.size();
    FloatBuffer host = allocating((long) Float.BYTES * size, () -> FloatBuffer.allocate(size));
    return new CpuUploadBuffer(host, matrix);
  }

  /** What of the Java heap is free shows only when garbage is collected. */
  @Override
  protected long doFreeBytes() {
    return Long.MAX_VALUE;
  }

  // Transfers

  @Override
  protected void doUpload(float[] source, int offset, Matrix destination) {
    doUpload(FloatBuffer.wrap(source, offset, source.length - offset), destination);
  }

  @Override
  protected void doUpload(FloatBuffer source, Matrix destination) {
    ((CpuMatrix) destination).fill(source);
  }

  @Override
  protected void doDownload(Matrix source, float[] destination, int offset) {
    ((CpuMatrix) source).copyTo(FloatBuffer.wrap(destination, offset, destination.length - offset));
  }

  // Operations

  @Override
  protected Performer performer() {
    return operations;
  }

  @Override
  protected void doCheckClasses(Matrix targets, int classes) {
    Outputs.checkClasses("checkTargets", (CpuMatrix) targets, classes);
  }

  @Override
  protected void doCheckWeights(Matrix targets) {
    Outputs.checkWeights("checkTargets", (CpuMatrix) targets);
  }

  // The rest

  @Override
  protected Tally.Values doRead(Tally tally) {
    return ((CpuTally) tally).values();
  }

  @Override
  protected void doSet(Tally tally, Tally.Values values) {
    ((CpuTally) tally).set(values);
  }

  @Override
  protected void doSet(Counter counter, long value) {
    ((CpuCounter) counter).set(value);
  }

  @Override
  protected void doSynchronize() {
    // Every operation has ended when its call returns.
  }

  /** A quarter of a million floats: some layers of them fit the second and third cache. */
  @Override
  protected long doPreferredRows(int columns) {
    long rows = 64L * ((1 << 18) / columns / 64);
    return Math.max(256, Math.min(16_384, rows));
  }

  @Override
  protected boolean doKeepsSamples(TrainingPlan plan) {
    return TileDesign.readsOneCopy(plan, machine(plan));
  }

  /** What the tiles of a plan can make use of. */
  private TileDesign.Machine machine(TrainingPlan plan) {
    boolean vectors = kernels.vectors();
    TileDesign.Machine machine = new TileDesign.Machine(vectors, gemm.mayUseOpenBlas());
    boolean needed =
        plan.models().stream().anyMatch(model -> TileDesign.of(model.spec(), machine).openBlas());
    // Loaded only where it is used.
    return new TileDesign.Machine(vectors, needed && gemm.loadsOpenBlas());
  }

  @Override
  protected TrainingEngine doNewTrainingEngine(TrainingPlan plan) {
    TileDesign.Machine known = machine(plan);
    TrainingEngine engine =
        CombinedTrainingEngine.of(
            plan,
            model -> tiles(plan, model, known),
            part ->
                tiles(plan, part.models().get(0), known)
                    ? tiled(part, known)
                    : OwnSamplesEngine.open(
                        this, part, plain -> LayeredTrainingEngine.fitting(this, plain)));
    LOG.debug("engine {} on {}", engine.name(), device());
    return engine;
  }

  /** Whether a model of a plan is trained by tiles. */
  private static boolean tiles(TrainingPlan plan, ModelPlan model, TileDesign.Machine machine) {
    return TileDesign.supports(plan.samples(), model.spec(), machine);
  }

  private TrainingEngine tiled(TrainingPlan plan, TileDesign.Machine machine) {
    long bytes = TileMemory.copies(plan, machine);
    long own = TileMemory.of(plan, machine, team.size()).total();
    boolean kept = plan.samples() instanceof Samples.Kept;
    // Copies beside the rows only save time: they get half of what the plan leaves.
    long room = (unused() - own - (kept ? bytes : 0)) / 2;
    boolean copied = kept || (bytes > 0 && bytes <= room);
    long judged = kept || !copied ? room : room - bytes;
    return allocating(
        own + (copied ? bytes : 0),
        () -> new TiledTrainingEngine(plan, team, kernels, machine, copied, judged, arrayFloats));
  }

  @Override
  protected void doClose() {
    team.close();
  }
}
