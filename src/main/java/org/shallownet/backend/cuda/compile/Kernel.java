package org.shallownet.backend.cuda.compile;

import static org.shallownet.backend.cuda.compile.Kernel.Argument.DOUBLE;
import static org.shallownet.backend.cuda.compile.Kernel.Argument.FLOAT;
import static org.shallownet.backend.cuda.compile.Kernel.Argument.INT;
import static org.shallownet.backend.cuda.compile.Kernel.Argument.LONG;
import static org.shallownet.backend.cuda.compile.Kernel.Argument.POINTER;
import static org.shallownet.backend.cuda.compile.Kernel.Work.ELEMENTS;
import static org.shallownet.backend.cuda.compile.Kernel.Work.ONE_BLOCK;
import static org.shallownet.backend.cuda.compile.Kernel.Work.ROWS_BY_BLOCK;
import static org.shallownet.backend.cuda.compile.Kernel.Work.ROWS_BY_THREAD;
import static org.shallownet.backend.cuda.compile.Kernel.Work.ROWS_BY_WARP;
import static org.shallownet.backend.cuda.compile.Kernel.Work.SUMMED_ELEMENTS;
import static org.shallownet.backend.cuda.compile.Kernel.Work.TILES;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The kernels: the one list of what {@code kernels/} holds, where, and with which arguments. What
 * each computes stands above it in its source.
 */
public enum Kernel {
  BIAS_ACTIVATE_RELU("activation.cu", ELEMENTS, Struct.BIAS_ACTIVATE),
  BIAS_ACTIVATE_LEAKY_RELU("activation.cu", ELEMENTS, Struct.BIAS_ACTIVATE),
  BIAS_ACTIVATE_TANH("activation.cu", ELEMENTS, Struct.BIAS_ACTIVATE),
  BIAS_ACTIVATE_SIGMOID("activation.cu", ELEMENTS, Struct.BIAS_ACTIVATE),
  BIAS_ACTIVATE_IDENTITY("activation.cu", ELEMENTS, Struct.BIAS_ACTIVATE),

  // The identity's derivative is 1: nothing to launch.
  ACTIVATION_BACKWARD_RELU("activation.cu", ELEMENTS, Struct.ACTIVATION_BACKWARD),
  ACTIVATION_BACKWARD_LEAKY_RELU("activation.cu", ELEMENTS, Struct.ACTIVATION_BACKWARD),
  ACTIVATION_BACKWARD_TANH("activation.cu", ELEMENTS, Struct.ACTIVATION_BACKWARD),
  ACTIVATION_BACKWARD_SIGMOID("activation.cu", ELEMENTS, Struct.ACTIVATION_BACKWARD),

  OUTPUT_DELTA_SIGMOID_THREAD("output.cu", ROWS_BY_THREAD, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SIGMOID_WARP("output.cu", ROWS_BY_WARP, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SIGMOID_BLOCK("output.cu", ROWS_BY_BLOCK, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SOFTMAX_THREAD("output.cu", ROWS_BY_THREAD, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SOFTMAX_WARP("output.cu", ROWS_BY_WARP, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SOFTMAX_BLOCK("output.cu", ROWS_BY_BLOCK, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_IDENTITY("output.cu", SUMMED_ELEMENTS, Struct.OUTPUT_DELTA),

  OUTPUT_DELTA_SIGMOID_WEIGHTED_THREAD("output_weighted.cu", ROWS_BY_THREAD, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SIGMOID_WEIGHTED_WARP("output_weighted.cu", ROWS_BY_WARP, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SIGMOID_WEIGHTED_BLOCK("output_weighted.cu", ROWS_BY_BLOCK, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SOFTMAX_WEIGHTED_THREAD("output_weighted.cu", ROWS_BY_THREAD, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SOFTMAX_WEIGHTED_WARP("output_weighted.cu", ROWS_BY_WARP, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_SOFTMAX_WEIGHTED_BLOCK("output_weighted.cu", ROWS_BY_BLOCK, Struct.OUTPUT_DELTA),
  OUTPUT_DELTA_IDENTITY_WEIGHTED("output_weighted.cu", SUMMED_ELEMENTS, Struct.OUTPUT_DELTA),

  // The identity's output is a copy.
  OUTPUT_PROBABILITIES_SIGMOID("output.cu", ELEMENTS, POINTER, LONG, POINTER),
  OUTPUT_PROBABILITIES_SOFTMAX_THREAD("output.cu", ROWS_BY_THREAD, POINTER, LONG, INT, POINTER),
  OUTPUT_PROBABILITIES_SOFTMAX_WARP("output.cu", ROWS_BY_WARP, POINTER, LONG, INT, POINTER),
  OUTPUT_PROBABILITIES_SOFTMAX_BLOCK("output.cu", ROWS_BY_BLOCK, POINTER, LONG, INT, POINTER),

  OUTPUT_CHECK_CLASSES("output.cu", ROWS_BY_THREAD, POINTER, LONG, INT, INT, POINTER),
  OUTPUT_CHECK_WEIGHTS("output.cu", ROWS_BY_THREAD, POINTER, LONG, INT, POINTER),

  SUM_ROWS_PARTIALS("reduction.cu", TILES, Struct.SUM_ROWS_PARTIALS),
  SUM_ROWS_FINISH("reduction.cu", TILES, Struct.SUM_ROWS_FINISH),
  SQUARED_NORM_PARTIALS("reduction.cu", SUMMED_ELEMENTS, Struct.NORM_PARTIALS),
  ABSOLUTE_NORM_PARTIALS("reduction.cu", SUMMED_ELEMENTS, Struct.NORM_PARTIALS),
  CLIP_FACTOR("reduction.cu", ONE_BLOCK, Struct.CLIP_FACTOR),
  TALLY_ADD("reduction.cu", ONE_BLOCK, Struct.TALLY_ADD),

  ONE_PASS_FINISH(
      "one_pass_finish.cu",
      TILES,
      POINTER,
      INT,
      POINTER,
      INT,
      DOUBLE,
      FLOAT,
      DOUBLE,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      INT,
      INT,
      INT,
      INT,
      POINTER),

  DIVIDE_BY_WEIGHT("optimizer.cu", ELEMENTS, Struct.DIVIDE_BY_WEIGHT),
  MULTIPLY("optimizer.cu", ELEMENTS, Struct.MULTIPLY),
  OUTPUT_EXPONENTIAL("loss.cu", ELEMENTS, POINTER, LONG, POINTER),
  LOSS_DELTA("loss.cu", ROWS_BY_THREAD, Struct.LOSS_DELTA),
  DROP_OUT("loss.cu", ELEMENTS, Struct.DROP_OUT),

  CLIP("optimizer.cu", ELEMENTS, Struct.CLIP),
  ADD_SIGN("optimizer.cu", ELEMENTS, Struct.ADD_SIGN),
  OPTIMIZER_GRADIENT_DESCENT("optimizer.cu", ELEMENTS, Struct.GRADIENT_DESCENT),
  OPTIMIZER_MOMENTUM("optimizer.cu", ELEMENTS, Struct.MOMENTUM),
  OPTIMIZER_ADAM("optimizer.cu", ELEMENTS, Struct.ADAM),
  OPTIMIZER_ADAM_RATES("optimizer.cu", ONE_BLOCK, Struct.ADAM_RATES),
  COUNTER_INCREMENT("optimizer.cu", ONE_BLOCK, POINTER),

  GATHER_BATCH(
      "gather.cu",
      ELEMENTS,
      POINTER,
      POINTER,
      LONG,
      INT,
      LONG,
      LONG,
      LONG,
      LONG,
      LONG,
      LONG,
      POINTER);

  /** Threads in a block, of every kernel. */
  public static final int THREADS = 256;

  /** Blocks of a kernel that writes a partial per block, at most. */
  public static final int MAX_PARTIALS = 1024;

  /** Bytes of a tally and of a block's partial: cost, hits and weight, all doubles. */
  public static final int TALLY_BYTES = 24;

  private static final int MAX_BLOCKS = 4096;

  private final String file;
  private final Work work;

  @SuppressWarnings("ImmutableEnumChecker") // a copy by List.of
  private final List<Argument> arguments;

  private final @Nullable Struct struct;

  Kernel(String file, Work work, Argument... arguments) {
    this(file, work, List.of(arguments), null);
  }

  Kernel(String file, Work work, Struct struct) {
    this(file, work, struct.members, struct);
  }

  Kernel(String file, Work work, List<Argument> arguments, @Nullable Struct struct) {
    this.file = file;
    this.work = work;
    this.arguments = arguments;
    this.struct = struct;
  }

  /** The function's name in its source: the constant's, in lower case. */
  public String symbol() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The source's file name in {@code kernels/}. */
  public String file() {
    return file;
  }

  /** The types of the arguments, in order; those of a struct are its members. */
  public List<Argument> arguments() {
    return arguments;
  }

  /**
   * The struct that the arguments are members of, if one launch may start the kernel for several
   * operations: its parameters are then the struct, for one operation, and a pointer to many.
   */
  public Optional<Struct> struct() {
    return Optional.ofNullable(struct);
  }

  /**
   * How many blocks work on so many items (elements or rows, as the kernel's header says): a
   * function of the size alone, so that every device sums in the same order.
   */
  public int blocks(long items) {
    if (items < 1) {
      throw new IllegalArgumentException(symbol() + ": " + items + " items");
    }
    return (int) Math.min(work.maxBlocks, (items - 1) / work.itemsPerBlock + 1);
  }

  /** The type of an argument. */
  public enum Argument {
    /** An address on the device. */
    POINTER(8),
    /** {@code long long}. */
    LONG(8),
    INT(4),
    FLOAT(4),
    DOUBLE(8);

    private final int bytes;

    Argument(int bytes) {
      this.bytes = bytes;
    }

    /** Its size, which is its alignment too. */
    int bytes() {
      return bytes;
    }
  }

  /** A struct of arguments, laid out as C++ lays it out. */
  public enum Struct {
    BIAS_ACTIVATE(POINTER, POINTER, LONG, INT),
    ACTIVATION_BACKWARD(POINTER, POINTER, LONG),
    OUTPUT_DELTA(POINTER, POINTER, LONG, INT, FLOAT, POINTER, POINTER),
    LOSS_DELTA(POINTER, POINTER, LONG, INT, INT, DOUBLE, INT, DOUBLE, POINTER, POINTER),
    DROP_OUT(POINTER, LONG, INT, FLOAT, INT, LONG, INT, POINTER, LONG, POINTER),
    SUM_ROWS_PARTIALS(POINTER, LONG, INT, LONG, POINTER),
    SUM_ROWS_FINISH(POINTER, INT, INT, FLOAT, POINTER),
    NORM_PARTIALS(POINTER, LONG, POINTER),
    CLIP_FACTOR(POINTER, INT, DOUBLE, POINTER),
    TALLY_ADD(POINTER, INT, DOUBLE, DOUBLE, POINTER),
    DIVIDE_BY_WEIGHT(POINTER, INT, POINTER, LONG),
    MULTIPLY(POINTER, POINTER, LONG, POINTER, LONG),
    CLIP(POINTER, POINTER, LONG),
    ADD_SIGN(POINTER, FLOAT, POINTER, LONG),
    GRADIENT_DESCENT(POINTER, POINTER, POINTER, LONG, FLOAT, POINTER),
    MOMENTUM(POINTER, POINTER, POINTER, POINTER, LONG, FLOAT, POINTER, FLOAT, INT),
    ADAM_RATES(POINTER, DOUBLE, POINTER, DOUBLE, DOUBLE, POINTER),
    ADAM(
        POINTER, POINTER, POINTER, POINTER, POINTER, LONG, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT,
        POINTER);

    @SuppressWarnings("ImmutableEnumChecker") // a copy by List.of
    private final List<Argument> members;

    @SuppressWarnings("ImmutableEnumChecker") // not changed
    private final int[] offsets;

    private final int bytes;

    Struct(Argument... members) {
      this.members = List.of(members);
      offsets = new int[members.length];
      int end = 0;
      int alignment = 1;
      for (int i = 0; i < members.length; i++) {
        offsets[i] = aligned(end, members[i].bytes);
        end = offsets[i] + members[i].bytes;
        alignment = Math.max(alignment, members[i].bytes);
      }
      bytes = aligned(end, alignment);
    }

    private static int aligned(int offset, int alignment) {
      return (offset + alignment - 1) / alignment * alignment;
    }

    /** Where a member begins, in bytes. */
    public int offset(int member) {
      return offsets[member];
    }

    /** How many bytes it takes, in an array too. */
    public int bytes() {
      return bytes;
    }
  }

  /** What a kernel's items are, and how many a block takes before the grid strides. */
  enum Work {
    ELEMENTS(4 * THREADS, MAX_BLOCKS),
    SUMMED_ELEMENTS(4 * THREADS, MAX_PARTIALS),
    ROWS_BY_THREAD(THREADS, MAX_PARTIALS),
    ROWS_BY_WARP(THREADS / 32, MAX_PARTIALS),
    ROWS_BY_BLOCK(1, MAX_PARTIALS),
    /** Tiles of columns, as {@link RowSlices} counts them. */
    TILES(1, Integer.MAX_VALUE),
    ONE_BLOCK(Long.MAX_VALUE, 1);

    private final long itemsPerBlock;
    private final int maxBlocks;

    Work(long itemsPerBlock, int maxBlocks) {
      this.itemsPerBlock = itemsPerBlock;
      this.maxBlocks = maxBlocks;
    }
  }
}
