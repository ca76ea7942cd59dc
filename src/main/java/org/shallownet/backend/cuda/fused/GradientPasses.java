package org.shallownet.backend.cuda.fused;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.CudaTally;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.Operation.GradientPass;
import org.shallownet.network.NetworkSpec;

/** Gradients in one pass over the samples, by kernels that are compiled for a network's shape. */
public final class GradientPasses implements AutoCloseable {
  private static final int FINISHING_THREADS = 512;
  private static final int FINISHED_BY_BLOCK = 32;

  private final FusedCard card;
  private final FusedLauncher launcher;
  private final Map<OnePassDesign, Pass> passes = new HashMap<>();

  /** Passes on a card's stream. */
  public GradientPasses(FusedCard card) {
    this.card = card;
    this.launcher = card.launcher();
  }

  /**
   * How many samples one pass should take; 0 if there is none for such a network.
   *
   * @param floats how many features of samples should be in memory at a time
   */
  public static long rows(NetworkSpec spec, boolean weighted, long floats) {
    return OnePassDesign.of(spec, weighted).map(design -> design.passRows(floats)).orElse(0L);
  }

  /** How many shapes of networks need kernels of their own. */
  public static long shapes(List<ModelPlan> models, boolean weighted) {
    return models.stream()
        .map(model -> OnePassDesign.of(model.spec(), weighted))
        .flatMap(Optional::stream)
        .distinct()
        .count();
  }

  /**
   * Compiles and allocates what passes for a network need, if there are any, ahead of {@link #run}.
   *
   * @throws org.shallownet.backend.device.DeviceMemoryException if there is not enough memory
   */
  public void prepare(NetworkSpec spec, boolean weighted) {
    OnePassDesign.of(spec, weighted).ifPresent(this::pass);
  }

  private Pass pass(OnePassDesign design) {
    return passes.computeIfAbsent(design, key -> new Pass(card, key));
  }

  /** Starts a pass. */
  public void run(GradientPass operation) {
    OnePassDesign design =
        OnePassDesign.of(operation.network(), operation.weighted())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "gradientPass: there is none for a "
                            + operation.network().sizes()
                            + " network"));
    Pass pass = pass(design);
    long samples = operation.features().rows();
    int blocks = design.blocks(samples);
    launcher
        .kernel(FusedKernel.ONE_PASS)
        .add((CudaMatrix) operation.features())
        .add((CudaMatrix) operation.targets())
        .int64(samples);
    addParts(operation.parameters());
    launcher.add(pass.sums).add(pass.seen).launch(pass.module, blocks, 1, design.threads(), 0);
    launcher
        .kernel(FusedKernel.ONE_PASS_FINISH)
        .add(pass.sums)
        .add(pass.seen)
        .int32(blocks)
        .float64(operation.scale())
        .float32(operation.beta())
        .float64(operation.weighted() ? 0 : (double) samples);
    addParts(operation.gradients());
    int finishing = (design.network().parameters() - 1) / FINISHED_BY_BLOCK + 2;
    launcher
        .add((CudaTally) operation.tally())
        .launch(pass.module, finishing, 1, FINISHING_THREADS, 0);
  }

  /** Adds W1, b1, W2, b2, or 0 for those that aren't there. */
  private void addParts(MatrixGroup group) {
    for (int part = 0; part < 4; part++) {
      launcher.address(part < group.parts().size() ? ((CudaMatrix) group.part(part)).address() : 0);
    }
  }

  @Override
  public void close() {
    passes.values().forEach(pass -> pass.free(card.device()));
  }

  /** The kernels of a design and where its blocks leave their sums. */
  private static final class Pass {
    private final FusedModule module;
    private final DeviceMemory sums;
    private final DeviceMemory seen;

    private Pass(FusedCard card, OnePassDesign design) {
      CudaDevice device = card.device();
      sums = device.allocate((long) Float.BYTES * OnePassDesign.MOST_BLOCKS * design.sums());
      DeviceMemory tallies = null;
      try {
        tallies = device.allocate((long) Kernel.TALLY_BYTES * OnePassDesign.MOST_BLOCKS);
        module = new FusedModule(card, FusedKernel.ONE_PASS.file(), design.defines());
      } catch (RuntimeException | Error e) {
        device.free(sums);
        if (tallies != null) {
          device.free(tallies);
        }
        throw e;
      }
      seen = tallies;
    }

    private void free(CudaDevice device) {
      module.free();
      device.free(seen);
      device.free(sums);
    }
  }
}
