package org.shallownet.backend.cuda;

import java.nio.FloatBuffer;
import org.shallownet.backend.cuda.Scratch.Partials;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.Staging;
import org.shallownet.backend.cuda.launch.LibraryLauncher;
import org.shallownet.backend.device.OutputOperation;
import org.shallownet.backend.device.SampleWeightCheck;
import org.shallownet.network.Loss;
import org.shallownet.network.Output;

/** Starts the kernels of the output layer. */
final class CudaOutputs {
  private static final Variants SIGMOID =
      new Variants(
          Kernel.OUTPUT_DELTA_SIGMOID_THREAD,
          Kernel.OUTPUT_DELTA_SIGMOID_WARP,
          Kernel.OUTPUT_DELTA_SIGMOID_BLOCK);
  private static final Variants SIGMOID_WEIGHTED =
      new Variants(
          Kernel.OUTPUT_DELTA_SIGMOID_WEIGHTED_THREAD,
          Kernel.OUTPUT_DELTA_SIGMOID_WEIGHTED_WARP,
          Kernel.OUTPUT_DELTA_SIGMOID_WEIGHTED_BLOCK);
  private static final Variants SOFTMAX =
      new Variants(
          Kernel.OUTPUT_DELTA_SOFTMAX_THREAD,
          Kernel.OUTPUT_DELTA_SOFTMAX_WARP,
          Kernel.OUTPUT_DELTA_SOFTMAX_BLOCK);
  private static final Variants SOFTMAX_WEIGHTED =
      new Variants(
          Kernel.OUTPUT_DELTA_SOFTMAX_WEIGHTED_THREAD,
          Kernel.OUTPUT_DELTA_SOFTMAX_WEIGHTED_WARP,
          Kernel.OUTPUT_DELTA_SOFTMAX_WEIGHTED_BLOCK);
  private static final Variants PROBABILITIES =
      new Variants(
          Kernel.OUTPUT_PROBABILITIES_SOFTMAX_THREAD,
          Kernel.OUTPUT_PROBABILITIES_SOFTMAX_WARP,
          Kernel.OUTPUT_PROBABILITIES_SOFTMAX_BLOCK);

  /** The kinds of loss that the kernel knows. */
  private static final int SMOOTHED_SIGMOID = 0;

  private static final int SMOOTHED_SOFTMAX = 1;
  private static final int HUBER = 2;
  private static final int QUANTILE = 3;
  private static final int POISSON = 4;

  private final LibraryLauncher launcher;
  private final Scratch scratch;
  private final Staging staging;

  CudaOutputs(LibraryLauncher launcher, Scratch scratch, Staging staging) {
    this.launcher = launcher;
    this.scratch = scratch;
    this.staging = staging;
  }

  /**
   * {@code delta = scale (a - y)}; costs and hits are left as partial sums.
   *
   * @param weighted whether each row of the targets has its weight behind
   * @return the partial sums
   */
  Partials delta(
      Output output, boolean weighted, CudaMatrix z, CudaMatrix y, float scale, CudaMatrix delta) {
    boolean identity = output == Output.IDENTITY_SQUARED_ERROR;
    Kernel kernel =
        identity
            ? weighted ? Kernel.OUTPUT_DELTA_IDENTITY_WEIGHTED : Kernel.OUTPUT_DELTA_IDENTITY
            : variants(output, weighted).of(z.columns());
    long items = identity ? z.size() : z.rows();
    Partials partials = scratch.partials(kernel.blocks(items));
    launcher
        .kernel(kernel)
        .add(z)
        .add(y)
        .int64(z.rows())
        .int32(z.columns())
        .float32(scale)
        .add(delta)
        .address(partials.address())
        .launch(items);
    return partials;
  }

  private static Variants variants(Output output, boolean weighted) {
    return output == Output.SIGMOID_CROSS_ENTROPY
        ? weighted ? SIGMOID_WEIGHTED : SIGMOID
        : weighted ? SOFTMAX_WEIGHTED : SOFTMAX;
  }

  /**
   * {@code delta = scale ∂loss/∂z}; costs, hits and weights are left as partial sums.
   *
   * @return the partial sums
   */
  Partials delta(OutputOperation.LossDelta layer, CudaMatrix z, CudaMatrix y, CudaMatrix delta) {
    Loss loss = layer.loss();
    int kind;
    if (loss instanceof Loss.Smoothed) {
      boolean softmax = layer.output() == Output.SOFTMAX_CROSS_ENTROPY;
      kind = softmax ? SMOOTHED_SOFTMAX : SMOOTHED_SIGMOID;
    } else if (loss instanceof Loss.Huber) {
      kind = HUBER;
    } else if (loss instanceof Loss.Quantile) {
      kind = QUANTILE;
    } else {
      throw new IllegalArgumentException("lossDelta: there is no kernel for the loss " + loss);
    }
    return lossDelta(kind, loss.parameter(), layer.weighted(), z, y, layer.scale(), delta);
  }

  /**
   * {@code delta = scale w (e^z - y)}; costs, halves of squared errors and weights are left as
   * partial sums.
   *
   * @return the partial sums
   */
  Partials poissonDelta(
      boolean weighted, CudaMatrix z, CudaMatrix y, double scale, CudaMatrix delta) {
    return lossDelta(POISSON, 0, weighted, z, y, scale, delta);
  }

  private Partials lossDelta(
      int kind,
      double parameter,
      boolean weighted,
      CudaMatrix z,
      CudaMatrix y,
      double scale,
      CudaMatrix delta) {
    Partials partials = scratch.partials(Kernel.LOSS_DELTA.blocks(z.rows()));
    launcher
        .kernel(Kernel.LOSS_DELTA)
        .add(z)
        .add(y)
        .int64(z.rows())
        .int32(z.columns())
        .int32(kind)
        .float64(parameter)
        .int32(weighted ? 1 : 0)
        .float64(scale)
        .add(delta)
        .address(partials.address())
        .launch(z.rows());
    return partials;
  }

  /**
   * Refuses targets that are no classes; waits.
   *
   * @param operation what they are for, for the message
   * @param y numbers of classes, with a weight behind or not
   */
  void checkClasses(String operation, CudaMatrix y, int classes) {
    DeviceMemory firstBad = scratch.firstBad();
    launcher
        .kernel(Kernel.OUTPUT_CHECK_CLASSES)
        .add(y)
        .int64(y.rows())
        .int32(y.columns())
        .int32(classes)
        .add(firstBad)
        .launch(y.rows());
    FloatBuffer bad = badRow(firstBad, y);
    if (bad.hasRemaining()) {
      throw new IllegalArgumentException(
          operation
              + ": a target is "
              + bad.get(0)
              + ", not one of the classes 0 to "
              + (classes - 1));
    }
  }

  /**
   * Refuses weights that are negative or not finite; waits.
   *
   * @param operation what they are for, for the message
   * @param y the weights are its last column
   */
  void checkWeights(String operation, CudaMatrix y) {
    DeviceMemory firstBad = scratch.firstBad();
    launcher
        .kernel(Kernel.OUTPUT_CHECK_WEIGHTS)
        .add(y)
        .int64(y.rows())
        .int32(y.columns())
        .add(firstBad)
        .launch(y.rows());
    FloatBuffer bad = badRow(firstBad, y);
    if (bad.hasRemaining()) {
      throw SampleWeightCheck.wrong(operation, bad.get(y.columns() - 1));
    }
  }

  /** The row that a check has found; nothing if there is none. */
  private FloatBuffer badRow(DeviceMemory firstBad, CudaMatrix y) {
    long bad = staging.download(firstBad.pointer(), 1).get(0);
    if (bad < 0) {
      return FloatBuffer.allocate(0);
    }
    FloatBuffer row = FloatBuffer.allocate(y.columns());
    staging.download((CudaMatrix) y.rows(bad, 1), row);
    return row.clear();
  }

  /** {@code p = a} of all outputs but the identity. */
  void probabilities(Output output, CudaMatrix z, CudaMatrix p) {
    if (output != Output.SOFTMAX_CROSS_ENTROPY) {
      boolean sigmoid = output == Output.SIGMOID_CROSS_ENTROPY;
      launcher
          .kernel(sigmoid ? Kernel.OUTPUT_PROBABILITIES_SIGMOID : Kernel.OUTPUT_EXPONENTIAL)
          .add(z)
          .int64(z.size())
          .add(p)
          .launch(z.size());
      return;
    }
    launcher
        .kernel(PROBABILITIES.of(z.columns()))
        .add(z)
        .int64(z.rows())
        .int32(z.columns())
        .add(p)
        .launch(z.rows());
  }

  /**
   * The same kernel for rows of a few columns, of more, and very long ones.
   *
   * @param thread in which a thread takes a row
   * @param warp in which a warp does
   * @param block in which a block does
   */
  private record Variants(Kernel thread, Kernel warp, Kernel block) {
    private static final int MOST_FOR_THREAD = 16;
    private static final int MOST_FOR_WARP = 1024;

    private Kernel of(int columns) {
      return columns <= MOST_FOR_THREAD ? thread : columns <= MOST_FOR_WARP ? warp : block;
    }
  }
}
