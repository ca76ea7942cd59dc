package org.shallownet.backend.cpu;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.AbstractCounter;
import org.shallownet.backend.AbstractMatrix;
import org.shallownet.backend.AbstractTally;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BatchOrder;
import org.shallownet.backend.CombinedTrainingEngine;
import org.shallownet.backend.DeviceMemoryException;
import org.shallownet.backend.LayeredTrainingEngine;
import org.shallownet.backend.Matrix;
import org.shallownet.backend.Optimizer;
import org.shallownet.backend.Samples;
import org.shallownet.backend.Shape;
import org.shallownet.backend.Tally;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.UploadBuffer;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Matrices in the Java heap, computed by the processor's cores. */
final class CpuBackend extends AbstractBackend {
  static final String NAME = "cpu";

  private static final Logger LOG = LoggerFactory.getLogger(CpuBackend.class);

  /** Arrays hold at most this many floats (256 MiB), unless a single row is longer. */
  static final int ARRAY_FLOATS = 1 << 26;

  /** Elements that make a piece worth handing over, when each costs about a nanosecond or less. */
  private static final int CHEAP_PIECE = 1 << 14;

  /** The same when each costs several nanoseconds. */
  private static final int COSTLY_PIECE = 1 << 12;

  /** Biases of fewer columns than this are laid out several times over. */
  private static final int REPEATED_BIASES = 256;

  private final float[] repeatedBiases = new float[REPEATED_BIASES];
  private final int arrayFloats;
  private final WorkerTeam team;
  private final Gemm gemm;
  private final KernelChoice kernels;
  private final String device;

  private CpuBackend(
      BackendOptions options, int arrayFloats, Gemm.Choice choice, KernelChoice kernels) {
    this.arrayFloats = arrayFloats;
    this.team = new WorkerTeam(threads(options));
    this.kernels = kernels;
    this.gemm = new Gemm(choice, OpenBlas.SHARED, team);
    this.device = describe(options);
  }

  /** A backend for the calling thread. */
  static CpuBackend open(BackendOptions options) {
    return open(options, ARRAY_FLOATS, Gemm.Choice.fromProperty(), KernelChoice.fromProperty());
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
  protected AbstractMatrix doAllocate(Shape shape) {
    long rowBytes = (long) Float.BYTES * shape.columns();
    return allocating(
        shape.rows() <= Long.MAX_VALUE / rowBytes ? shape.rows() * rowBytes : Long.MAX_VALUE,
        () -> CpuMatrix.allocate(shape.rows(), shape.columns(), arrayFloats));
  }

  @Override
  protected List<Group> doAllocateGroups(int count, List<Shape> shapes) {
    int size = (int) shapes.stream().mapToLong(shape -> shape.rows() * shape.columns()).sum();
    int total = count * size;
    CpuMatrix all = allocating(4L * total, () -> CpuMatrix.allocateRow(total));
    List<Group> groups = new ArrayList<>();
    for (int start = 0; start < total; start += size) {
      List<Matrix> parts = new ArrayList<>();
      int next = start;
      for (Shape shape : shapes) {
        parts.add(all.part(next, shape.rows(), shape.columns()));
        next += (int) (shape.rows() * shape.columns());
      }
      groups.add(new Group(parts, all.part(start, 1, size)));
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
  protected AbstractTally doAllocateTally() {
    return new CpuTally();
  }

  @Override
  protected AbstractCounter doAllocateCounter() {
    return new CpuCounter();
  }

  @Override
  protected UploadBuffer doAllocateUploadBuffer(Shape shape) {
    CpuMatrix matrix = (CpuMatrix) doAllocate(shape);
    int size = (int) matrix.size();
    FloatBuffer host = allocating((long) Float.BYTES * size, () -> FloatBuffer.allocate(size));
    return new CpuUploadBuffer(this, host, matrix);
  }

  /** What of the Java heap is free shows only when garbage is collected. */
  @Override
  protected long doFreeBytes() {
    return Long.MAX_VALUE;
  }

  // Transfers

  @Override
  protected void doUpload(float[] source, int offset, AbstractMatrix destination) {
    doUpload(FloatBuffer.wrap(source, offset, source.length - offset), destination);
  }

  @Override
  protected void doUpload(FloatBuffer source, AbstractMatrix destination) {
    CpuMatrix to = (CpuMatrix) destination;
    Runs.rows(
        0, to.rows(), (arrays, at, rows) -> source.get(arrays[0], at[0], rows * to.columns()), to);
  }

  @Override
  protected void doDownload(AbstractMatrix source, float[] destination, int offset) {
    CpuMatrix from = (CpuMatrix) source;
    FloatBuffer to = FloatBuffer.wrap(destination, offset, destination.length - offset);
    Runs.rows(
        0,
        from.rows(),
        (arrays, at, rows) -> to.put(arrays[0], at[0], rows * from.columns()),
        from);
  }

  @Override
  protected void doCopy(AbstractMatrix source, AbstractMatrix destination) {
    elementwise(
        CHEAP_PIECE,
        (arrays, at, count) -> System.arraycopy(arrays[0], at[0], arrays[1], at[1], count),
        (CpuMatrix) source,
        (CpuMatrix) destination);
  }

  @Override
  protected void doGatherBatch(
      AbstractMatrix source,
      BatchOrder order,
      AbstractCounter steps,
      long batchRows,
      long first,
      AbstractMatrix out) {
    CpuMatrix from = (CpuMatrix) source;
    CpuMatrix to = (CpuMatrix) out;
    int columns = to.columns();
    long step = ((CpuCounter) steps).value();
    long stepsPerEpoch = (from.rows() - 1) / batchRows + 1;
    long position = step % stepsPerEpoch * batchRows + first;
    BatchOrder.Epoch epoch = order.epoch(step / stepsPerEpoch);
    long rows = Math.min(to.rows(), from.rows() - position);
    if (rows <= 0) {
      return;
    }
    Cut cut = Cut.rows(rows, columns, COSTLY_PIECE);
    team.run(
        cut.pieces(),
        (piece, member) -> {
          for (long row = cut.start(piece); row < cut.end(piece); row++) {
            long sample = epoch.sample(position + row);
            System.arraycopy(
                from.array(sample),
                from.position(sample),
                to.array(row),
                to.position(row),
                columns);
          }
        });
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
    gemm.multiply(
        new Product(
            transposeA, transposeB, alpha, (CpuMatrix) a, (CpuMatrix) b, beta, (CpuMatrix) c));
  }

  @Override
  protected void doBiasActivate(Activation f, AbstractMatrix bias, AbstractMatrix z) {
    CpuMatrix b = (CpuMatrix) bias;
    CpuMatrix mz = (CpuMatrix) z;
    // The bias several times over, so that narrow rows are added many at a time.
    int columns = mz.columns();
    int times = (int) Math.min(mz.rows(), Math.max(1, REPEATED_BIASES / columns));
    int length = times * columns;
    float[] biases = length <= repeatedBiases.length ? repeatedBiases : new float[length];
    for (int i = 0; i < times; i++) {
      System.arraycopy(b.array(0), b.position(0), biases, i * columns, columns);
    }
    Cut cut = Cut.rows(mz.rows(), columns, COSTLY_PIECE);
    team.run(
        cut.pieces(),
        (piece, member) ->
            Runs.rows(
                cut.start(piece),
                cut.end(piece),
                (arrays, at, rows) -> {
                  addRepeatedly(biases, length, arrays[0], at[0], rows * columns);
                  Activations.apply(f, arrays[0], at[0], rows * columns, new double[CpuMath.ROOM]);
                },
                mz));
  }

  private static void addRepeatedly(float[] values, int length, float[] to, int from, int count) {
    for (int done = 0; done < count; done += length) {
      int n = Math.min(length, count - done);
      for (int i = 0; i < n; i++) {
        to[from + done + i] += values[i];
      }
    }
  }

  @Override
  protected void doActivationBackward(Activation f, AbstractMatrix a, AbstractMatrix delta) {
    if (f != Activation.IDENTITY) {
      elementwise(
          CHEAP_PIECE,
          (arrays, at, count) -> Activations.backward(f, arrays[0], at[0], arrays[1], at[1], count),
          (CpuMatrix) a,
          (CpuMatrix) delta);
    }
  }

  @Override
  protected void doOutputDelta(
      Output output,
      AbstractMatrix logits,
      AbstractMatrix targets,
      double scale,
      AbstractMatrix delta,
      AbstractTally tally) {
    CpuMatrix z = (CpuMatrix) logits;
    CpuMatrix y = (CpuMatrix) targets;
    CpuMatrix d = (CpuMatrix) delta;
    int columns = z.columns();
    if (output == Output.SOFTMAX_CROSS_ENTROPY) {
      Outputs.checkClasses("outputDelta", y, columns);
    }
    boolean weighted = y.columns() > output.targetColumns(columns);
    Cut cut = Cut.sums(z.rows(), columns, COSTLY_PIECE);
    Outputs.Sum[] sums = new Outputs.Sum[cut.pieces()];
    team.run(
        sums.length,
        (piece, member) -> {
          Outputs.Sum sum = new Outputs.Sum();
          Outputs.Sum one = new Outputs.Sum();
          Runs.rows(
              cut.start(piece),
              cut.end(piece),
              (arrays, at, rows) -> {
                float[] from = arrays[0];
                float[] to = arrays[2];
                if (weighted) {
                  Outputs.weightedDelta(
                      output, rows, columns, from, at[0], arrays[1], at[1], scale, to, at[2], sum,
                      one);
                } else {
                  Outputs.delta(
                      output, rows, columns, from, at[0], arrays[1], at[1], scale, to, at[2], sum);
                  sum.weight += rows;
                }
              },
              z,
              y,
              d);
          sums[piece] = sum;
        });
    double cost = 0;
    double hits = 0;
    double weight = 0;
    for (Outputs.Sum sum : sums) {
      cost += sum.cost;
      hits += sum.hits;
      weight += sum.weight;
    }
    ((CpuTally) tally).add(cost, hits, weight);
  }

  @Override
  protected void doCheckClasses(AbstractMatrix targets, int classes) {
    Outputs.checkClasses("checkTargets", (CpuMatrix) targets, classes);
  }

  @Override
  protected void doCheckWeights(AbstractMatrix targets) {
    Outputs.checkWeights("checkTargets", (CpuMatrix) targets);
  }

  @Override
  protected void doOutputProbabilities(
      Output output, AbstractMatrix logits, AbstractMatrix probabilities) {
    CpuMatrix z = (CpuMatrix) logits;
    CpuMatrix p = (CpuMatrix) probabilities;
    int columns = z.columns();
    Cut cut = Cut.rows(z.rows(), columns, COSTLY_PIECE);
    team.run(
        cut.pieces(),
        (piece, member) ->
            Runs.rows(
                cut.start(piece),
                cut.end(piece),
                (arrays, at, rows) ->
                    Outputs.probabilities(
                        output, rows, columns, arrays[0], at[0], arrays[1], at[1]),
                z,
                p));
  }

  @Override
  protected void doAddSquaredNorm(AbstractMatrix m, double scale, AbstractTally tally) {
    ((CpuTally) tally).add(scale * Sums.squares(team, (CpuMatrix) m), 0, 0);
  }

  @Override
  protected void doSumRows(AbstractMatrix m, float beta, AbstractMatrix out) {
    CpuMatrix to = (CpuMatrix) out;
    Sums.rows(team, (CpuMatrix) m, beta, to.array(0), to.position(0));
  }

  @Override
  protected void doDivideByWeight(AbstractMatrix sums, AbstractMatrix m) {
    CpuMatrix row = (CpuMatrix) sums;
    float weight = row.array(0)[row.position(0) + row.columns() - 1];
    if (weight != 0) {
      elementwise(
          CHEAP_PIECE,
          (arrays, at, count) -> Updates.divide(count, stretch(arrays, at, 0), weight),
          (CpuMatrix) m);
    }
  }

  // Optimiser steps

  @Override
  protected void doGradientDescentStep(
      AbstractMatrix gradient, @Nullable AbstractMatrix decay, float rate, AbstractMatrix theta) {
    elementwise(
        CHEAP_PIECE,
        (arrays, at, count) ->
            Updates.gradientDescent(
                count,
                stretch(arrays, at, 0),
                decay == null ? null : stretch(arrays, at, 2),
                rate,
                stretch(arrays, at, 1)),
        operands(decay, gradient, theta));
  }

  @Override
  protected void doMomentumStep(
      AbstractMatrix gradient,
      @Nullable AbstractMatrix decay,
      AbstractMatrix velocity,
      float rate,
      float momentum,
      AbstractMatrix theta) {
    elementwise(
        CHEAP_PIECE,
        (arrays, at, count) ->
            Updates.momentum(
                count,
                stretch(arrays, at, 0),
                decay == null ? null : stretch(arrays, at, 3),
                stretch(arrays, at, 1),
                rate,
                momentum,
                stretch(arrays, at, 2)),
        operands(decay, gradient, velocity, theta));
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
    long step = ((CpuCounter) steps).value() + 1;
    elementwise(
        CHEAP_PIECE,
        (arrays, at, count) ->
            Updates.adam(
                count,
                stretch(arrays, at, 0),
                decay == null ? null : stretch(arrays, at, 4),
                stretch(arrays, at, 1),
                stretch(arrays, at, 2),
                settings,
                step,
                stretch(arrays, at, 3)),
        operands(decay, gradient, firstMoment, secondMoment, theta));
  }

  @Override
  protected void doIncrement(AbstractCounter counter) {
    ((CpuCounter) counter).increment();
  }

  private static Updates.Stretch stretch(float[][] arrays, int[] at, int operand) {
    return new Updates.Stretch(arrays[operand], at[operand]);
  }

  /** The operands in order, the decay last if there is one. */
  private static CpuMatrix[] operands(@Nullable AbstractMatrix decay, AbstractMatrix... others) {
    CpuMatrix[] operands = new CpuMatrix[others.length + (decay == null ? 0 : 1)];
    for (int i = 0; i < others.length; i++) {
      operands[i] = (CpuMatrix) others[i];
    }
    if (decay != null) {
      operands[others.length] = (CpuMatrix) decay;
    }
    return operands;
  }

  private void elementwise(int pieceElements, Runs.Kernel kernel, CpuMatrix... operands) {
    Runs.elements(team, pieceElements, kernel, operands);
  }

  // The rest

  @Override
  protected Tally.Values doRead(AbstractTally tally) {
    return ((CpuTally) tally).values();
  }

  @Override
  protected void doClear(AbstractTally tally) {
    ((CpuTally) tally).clear();
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
  protected TrainingEngine doNewTrainingEngine(TrainingPlan plan) {
    boolean vectors = kernels.vectors();
    TileDesign.Machine machine = new TileDesign.Machine(vectors, gemm.mayUseOpenBlas());
    boolean needed =
        plan.models().stream().anyMatch(model -> TileDesign.of(model.spec(), machine).openBlas());
    // Loaded only where it is used.
    TileDesign.Machine known = new TileDesign.Machine(vectors, needed && gemm.loadsOpenBlas());
    TrainingEngine engine =
        CombinedTrainingEngine.of(
            plan,
            model -> TileDesign.supports(plan.samples(), model.spec(), known),
            part ->
                TileDesign.supports(part, known)
                    ? tiled(part, known)
                    : LayeredTrainingEngine.fitting(this, part));
    LOG.debug("engine {} on {}", engine.name(), device());
    return engine;
  }

  private TrainingEngine tiled(TrainingPlan plan, TileDesign.Machine machine) {
    Samples samples = plan.samples();
    int block = machine.vectors() ? TileDesign.VECTOR_BLOCK : TileDesign.PLAIN_BLOCK;
    long bytes =
        TilePanels.bytes(samples.rows(), samples.featureColumns(), samples.targetColumns(), block);
    long own = TileMemory.of(plan, machine, team.size()).total();
    // Copies only save time: they get half of what the plan leaves.
    long room = (unused() - own) / 2;
    boolean copy = plan.fullBatch() && bytes <= room;
    long copied = copy ? bytes : 0;
    return allocating(
        own + copied,
        () ->
            new TiledTrainingEngine(
                plan, team, kernels, machine, copy, room - copied, arrayFloats));
  }

  @Override
  protected void doClose() {
    team.close();
  }
}
