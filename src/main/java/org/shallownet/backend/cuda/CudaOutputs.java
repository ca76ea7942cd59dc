package org.shallownet.backend.cuda;

import java.nio.FloatBuffer;
import org.shallownet.network.Output;

/** Starts the kernels of the output layer. */
final class CudaOutputs {
  private final KernelLauncher launcher;
  private final Scratch scratch;
  private final Staging staging;

  CudaOutputs(KernelLauncher launcher, Scratch scratch, Staging staging) {
    this.launcher = launcher;
    this.scratch = scratch;
    this.staging = staging;
  }

  /**
   * {@code delta = scale (a - y)}; costs and hits are left as partial sums.
   *
   * @return how many partial sums there are
   */
  int delta(Output output, CudaMatrix z, CudaMatrix y, float scale, CudaMatrix delta) {
    if (output == Output.IDENTITY_SQUARED_ERROR) {
      return launcher
          .kernel(Kernel.OUTPUT_DELTA_IDENTITY)
          .add(z)
          .add(y)
          .int64(z.size())
          .float32(scale)
          .add(delta)
          .add(scratch.partials())
          .launch(z.size());
    }
    Team team = Team.of(z.columns());
    boolean sigmoid = output == Output.SIGMOID_CROSS_ENTROPY;
    Kernel kernel =
        switch (team) {
          case THREAD ->
              sigmoid ? Kernel.OUTPUT_DELTA_SIGMOID_THREAD : Kernel.OUTPUT_DELTA_SOFTMAX_THREAD;
          case WARP ->
              sigmoid ? Kernel.OUTPUT_DELTA_SIGMOID_WARP : Kernel.OUTPUT_DELTA_SOFTMAX_WARP;
          case BLOCK ->
              sigmoid ? Kernel.OUTPUT_DELTA_SIGMOID_BLOCK : Kernel.OUTPUT_DELTA_SOFTMAX_BLOCK;
        };
    return launcher
        .kernel(kernel)
        .add(z)
        .add(y)
        .int64(z.rows())
        .int32(z.columns())
        .float32(scale)
        .add(delta)
        .add(scratch.partials())
        .launch(z.rows());
  }

  /**
   * Refuses targets that are no classes; waits.
   *
   * @param operation what they are for, for the message
   */
  void checkClasses(String operation, CudaMatrix y, int classes) {
    DeviceMemory firstBad = scratch.firstBad();
    launcher
        .kernel(Kernel.OUTPUT_CHECK_CLASSES)
        .add(y)
        .int64(y.rows())
        .int32(classes)
        .add(firstBad)
        .launch(y.rows());
    long bad = staging.download(firstBad.pointer(), 1).get(0);
    if (bad >= 0) {
      FloatBuffer value = FloatBuffer.allocate(1);
      staging.download((CudaMatrix) y.rows(bad, 1), value);
      throw new IllegalArgumentException(
          operation
              + ": a target is "
              + value.get(0)
              + ", not one of the classes 0 to "
              + (classes - 1));
    }
  }

  /** {@code p = a} of sigmoid and softmax outputs. */
  void probabilities(Output output, CudaMatrix z, CudaMatrix p) {
    if (output == Output.SIGMOID_CROSS_ENTROPY) {
      launcher
          .kernel(Kernel.OUTPUT_PROBABILITIES_SIGMOID)
          .add(z)
          .int64(z.size())
          .add(p)
          .launch(z.size());
      return;
    }
    Team team = Team.of(z.columns());
    Kernel kernel =
        switch (team) {
          case THREAD -> Kernel.OUTPUT_PROBABILITIES_SOFTMAX_THREAD;
          case WARP -> Kernel.OUTPUT_PROBABILITIES_SOFTMAX_WARP;
          case BLOCK -> Kernel.OUTPUT_PROBABILITIES_SOFTMAX_BLOCK;
        };
    launcher.kernel(kernel).add(z).int64(z.rows()).int32(z.columns()).add(p).launch(z.rows());
  }

  /** Who works on a row together. */
  private enum Team {
    /** One thread: for rows of a few columns. */
    THREAD,
    /** A warp. */
    WARP,
    /** A block: for very long rows. */
    BLOCK;

    private static final int MOST_FOR_THREAD = 16;
    private static final int MOST_FOR_WARP = 1024;

    private static Team of(int columns) {
      return columns <= MOST_FOR_THREAD ? THREAD : columns <= MOST_FOR_WARP ? WARP : BLOCK;
    }
  }
}
