package org.shallownet.backend.cuda;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cuda.driver.ArgumentTables;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.Staging;
import org.shallownet.backend.cuda.launch.CollectedLaunches;
import org.shallownet.backend.cuda.launch.LibraryLauncher;
import org.shallownet.backend.cuda.launch.StackedLaunch;
import org.shallownet.backend.device.AtOnce;
import org.shallownet.backend.device.ElementwiseOperation;
import org.shallownet.backend.device.Operation;
import org.shallownet.backend.device.OutputOperation;
import org.shallownet.backend.device.Performer;
import org.shallownet.backend.device.RefinementOperation;
import org.shallownet.backend.device.SumOperation;
import org.shallownet.backend.device.UpdateOperation;

/**
 * Performs operations that don't depend on each other by as few launches as may be: each goes
 * through its usual method with its launches collected, and those that are alike become one, which
 * finds its arguments in a table on the card.
 *
 * <p>Tables of a recording are made and brought to the card before it is captured, and live as long
 * as it does; the graph holds nothing but launches.
 */
final class CudaStacks implements AutoCloseable {
  /** Operations all of whose kernels have their arguments in a struct. */
  static final Set<Class<?>> STACKED =
      Set.of(
          ElementwiseOperation.BiasActivate.class,
          ElementwiseOperation.ActivationBackward.class,
          ElementwiseOperation.Multiply.class,
          OutputOperation.OutputDelta.class,
          OutputOperation.LossDelta.class,
          SumOperation.SumRows.class,
          SumOperation.DivideByWeight.class,
          SumOperation.AddSquaredNorm.class,
          RefinementOperation.AddAbsoluteNorm.class,
          RefinementOperation.AddSign.class,
          RefinementOperation.ClipNorm.class,
          RefinementOperation.DropOut.class,
          UpdateOperation.GradientDescentStep.class,
          UpdateOperation.MomentumStep.class,
          UpdateOperation.AdamStep.class);

  /** How many bytes the arguments of an operation's kernel take at most. */
  static final int MOST_STRUCT_BYTES = 80;

  private static final int TABLE_BYTES = MOST_STRUCT_BYTES * CollectedLaunches.MOST_TOGETHER;

  private final CudaDevice device;
  private final LibraryLauncher launcher;
  private final Scratch scratch;
  private final Staging staging;
  private final ArgumentTables tables;

  /** What the groups of the recording that is being captured have become. */
  private final Deque<List<StackedLaunch>> prepared = new ArrayDeque<>();

  private Phase phase = Phase.PERFORMING;
  private long next;

  /** What is done with operations. */
  private enum Phase {
    PERFORMING,
    PREPARING,
    CAPTURING
  }

  CudaStacks(CudaDevice device, LibraryLauncher launcher, Scratch scratch, Staging staging) {
    this.device = device;
    this.launcher = launcher;
    this.scratch = scratch;
    this.staging = staging;
    tables = new ArgumentTables(device, TABLE_BYTES);
  }

  /** Performs operations, or prepares them, or captures what they were prepared to. */
  void run(AtOnce<Performer> operations, Performer performer) {
    Operation<? super Performer> first = operations.operations().get(0);
    boolean stacked = STACKED.contains(first.getClass());
    if (phase == Phase.PREPARING) {
      if (stacked) {
        prepared.add(collect(operations, performer));
      }
    } else if (!stacked) {
      operations.operations().forEach(operation -> operation.on(performer));
    } else if (phase == Phase.CAPTURING) {
      device.enter(first.name());
      for (StackedLaunch launch : prepared.remove()) {
        launcher.launch(launch, next);
        next += launch.tableBytes();
      }
    } else {
      for (StackedLaunch launch : collect(operations, performer)) {
        launcher.launch(launch, tables.bring(launch.tableBytes(), launch::putTable));
      }
    }
  }

  private List<StackedLaunch> collect(AtOnce<Performer> operations, Performer performer) {
    List<StackedLaunch> launches = new ArrayList<>();
    CollectedLaunches collected = beginCollecting();
    try {
      for (Operation<? super Performer> operation : operations.operations()) {
        collected.beginOperation();
        operation.on(performer);
        if (scratch.isFull()) {
          collected.dropOperation();
          launches.addAll(collected.together());
          collected = beginCollecting();
          collected.beginOperation();
          operation.on(performer);
        }
      }
    } finally {
      launcher.collectIn(null);
    }
    launches.addAll(collected.together());
    return launches;
  }

  private CollectedLaunches beginCollecting() {
    CollectedLaunches collected = new CollectedLaunches();
    scratch.startOver();
    launcher.collectIn(collected);
    return collected;
  }

  /** Prepares the launches of a recording's operations, which its capture will start. */
  void prepare(List<Operation<? super Performer>> operations, Performer performer) {
    phase = Phase.PREPARING;
    for (Operation<? super Performer> operation : operations) {
      if (operation.getClass() == AtOnce.class) {
        operation.on(performer);
      }
    }
  }

  /**
   * Brings the tables of what was prepared to the card; from now on {@link #run} starts that.
   *
   * @return null if there are none
   */
  @Nullable DeviceMemory bringTables() {
    List<StackedLaunch> launches = prepared.stream().flatMap(List::stream).toList();
    phase = Phase.CAPTURING;
    if (launches.isEmpty()) {
      return null;
    }
    int bytes = launches.stream().mapToInt(StackedLaunch::tableBytes).reduce(0, Math::addExact);
    ByteBuffer content = ByteBuffer.allocate(bytes);
    int at = 0;
    for (StackedLaunch launch : launches) {
      launch.putTable(content, at);
      at += launch.tableBytes();
    }
    DeviceMemory memory = device.allocate(bytes);
    try {
      staging.upload(content, memory);
    } catch (RuntimeException | Error e) {
      device.free(memory);
      throw e;
    }
    next = memory.address();
    return memory;
  }

  /** Ends what {@link #prepare} began. */
  void endRecording() {
    phase = Phase.PERFORMING;
    prepared.clear();
  }

  @Override
  public void close() {
    tables.close();
  }
}
