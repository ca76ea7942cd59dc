package org.shallownet.backend.cuda.fused;

import static org.shallownet.backend.cuda.compile.Kernel.Argument.DOUBLE;
import static org.shallownet.backend.cuda.compile.Kernel.Argument.FLOAT;
import static org.shallownet.backend.cuda.compile.Kernel.Argument.INT;
import static org.shallownet.backend.cuda.compile.Kernel.Argument.LONG;
import static org.shallownet.backend.cuda.compile.Kernel.Argument.POINTER;

import java.util.List;
import java.util.Locale;
import org.shallownet.backend.cuda.compile.Kernel;

/**
 * The kernels that are compiled for one design: the list of what {@code kernels/} holds of them
 * beside {@link Kernel}. What each computes stands above it in its source.
 */
public enum FusedKernel {
  ONE_PASS(
      "one_pass.cu",
      POINTER,
      POINTER,
      LONG,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      DOUBLE,
      FLOAT,
      INT,
      LONG,
      POINTER,
      LONG,
      POINTER,
      POINTER),
  ONE_PASS_TF32(
      "one_pass_tf32.cu",
      POINTER,
      POINTER,
      LONG,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      DOUBLE,
      POINTER,
      POINTER),
  ONE_PASS_BF16("one_pass_bf16.cu", ONE_PASS_TF32),
  ONE_PASS_SPLIT("one_pass_split.cu", ONE_PASS_TF32),
  OUTPUT_PASS_FORWARD(
      "output_pass.cu",
      POINTER,
      INT,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      LONG,
      DOUBLE,
      FLOAT,
      POINTER,
      POINTER),
  OUTPUT_PASS_BACKWARD(
      "output_pass.cu", POINTER, INT, POINTER, POINTER, POINTER, LONG, INT, POINTER),
  WHOLE_RUN(
      "whole_run.cu",
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      LONG,
      LONG,
      INT,
      INT,
      POINTER,
      POINTER,
      POINTER,
      INT,
      INT,
      POINTER,
      POINTER),
  WHOLE_RUN_JUDGE("whole_run.cu", POINTER, POINTER, POINTER, POINTER, LONG, POINTER),
  WHOLE_RUN_END_EPOCH(
      "whole_run.cu",
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      INT,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      INT,
      INT,
      POINTER,
      POINTER),
  WHOLE_RUN_WIDE(
      "whole_run_wide.cu",
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      POINTER,
      LONG,
      LONG,
      INT,
      POINTER,
      LONG),
  WHOLE_RUN_WIDE_JUDGE("whole_run_wide.cu", WHOLE_RUN_JUDGE),
  WHOLE_RUN_WIDE_END_EPOCH("whole_run_wide.cu", WHOLE_RUN_END_EPOCH);

  private final String file;

  @SuppressWarnings("ImmutableEnumChecker") // a copy by List.of
  private final List<Kernel.Argument> arguments;

  FusedKernel(String file, Kernel.Argument... arguments) {
    this.file = file;
    this.arguments = List.of(arguments);
  }

  /** One of the arguments of another. */
  FusedKernel(String file, FusedKernel alike) {
    this.file = file;
    this.arguments = alike.arguments;
  }

  /** The function's name in its source: the constant's, in lower case. */
  public String symbol() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The source's file name in {@code kernels/}. */
  public String file() {
    return file;
  }

  /** The types of the arguments, in order. */
  public List<Kernel.Argument> arguments() {
    return arguments;
  }
}
