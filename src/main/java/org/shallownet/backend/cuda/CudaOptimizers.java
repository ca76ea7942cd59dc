package org.shallownet.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Optimizer;

/** Starts the kernels of the optimisers' steps, and of what makes means of gradients. */
final class CudaOptimizers {
  private final KernelLauncher launcher;
  private final Scratch scratch;

  CudaOptimizers(KernelLauncher launcher, Scratch scratch) {
    this.launcher = launcher;
    this.scratch = scratch;
  }

  /** {@code m = m / w}, w the last of the sums. */
  void divideByWeight(CudaMatrix sums, CudaMatrix m) {
    launcher
        .kernel(Kernel.DIVIDE_BY_WEIGHT)
        .add(sums)
        .int32(sums.columns())
        .add(m)
        .int64(m.size())
        .launch(m.size());
  }

  void gradientDescent(
      CudaMatrix gradient, @Nullable CudaMatrix decay, float rate, CudaMatrix theta) {
    launcher
        .kernel(Kernel.OPTIMIZER_GRADIENT_DESCENT)
        .add(gradient)
        .address(addressOf(decay))
        .add(theta)
        .int64(theta.size())
        .float32(rate)
        .launch(theta.size());
  }

  void momentum(
      CudaMatrix gradient,
      @Nullable CudaMatrix decay,
      CudaMatrix velocity,
      float rate,
      float momentum,
      CudaMatrix theta) {
    launcher
        .kernel(Kernel.OPTIMIZER_MOMENTUM)
        .add(gradient)
        .address(addressOf(decay))
        .add(velocity)
        .add(theta)
        .int64(theta.size())
        .float32(rate)
        .float32(momentum)
        .launch(theta.size());
  }

  void adam(
      CudaMatrix gradient,
      @Nullable CudaMatrix decay,
      CudaMatrix firstMoment,
      CudaMatrix secondMoment,
      Optimizer.Adam settings,
      CudaCounter steps,
      CudaMatrix theta) {
    launcher
        .kernel(Kernel.OPTIMIZER_ADAM_RATES)
        .add(steps)
        .float64(settings.learningRate())
        .float64(settings.beta1())
        .float64(settings.beta2())
        .add(scratch.rates())
        .launch(1);
    launcher
        .kernel(Kernel.OPTIMIZER_ADAM)
        .add(gradient)
        .address(addressOf(decay))
        .add(firstMoment)
        .add(secondMoment)
        .add(theta)
        .int64(theta.size())
        .float32((float) settings.beta1())
        .float32((float) (1 - settings.beta1()))
        .float32((float) settings.beta2())
        .float32((float) (1 - settings.beta2()))
        .float32((float) settings.epsilon())
        .add(scratch.rates())
        .launch(theta.size());
  }

  void increment(CudaCounter counter) {
    launcher.kernel(Kernel.COUNTER_INCREMENT).add(counter).launch(1);
  }

  private static long addressOf(@Nullable CudaMatrix matrix) {
    return matrix == null ? 0 : matrix.address();
  }
}
