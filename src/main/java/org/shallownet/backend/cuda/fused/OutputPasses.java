package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.OutputPass;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Refinements;

/** Passes over the last hidden layer and the output, by kernels compiled for the latter. */
public final class OutputPasses implements AutoCloseable {
  private static final long SEEN_BYTES = (long) Kernel.TALLY_BYTES * OutputPassDesign.MOST_SLICES;

  private final FusedCard card;
  private final FusedLauncher launcher;

  /** By what their sources are compiled with, which networks of many widths have in common. */
  private final Map<List<String>, FusedModule> modules = new HashMap<>();

  private final List<DeviceMemory> outgrown = new ArrayList<>();
  private @Nullable DeviceMemory sums;
  private @Nullable DeviceMemory seen;

  /** Passes on a card's stream. */
  public OutputPasses(FusedCard card) {
    this.card = card;
    this.launcher = card.launcher();
  }

  /**
   * Passes that a network is to have, if there are any.
   *
   * @param rows of a pass, at most
   */
  public record Wanted(ModelPlan model, boolean weighted, long rows) {
    private Optional<OutputPassDesign> design() {
      return OutputPasses.design(model, weighted);
    }
  }

  /** Whether there is one for such a network. */
  public boolean suits(ModelPlan model, boolean weighted) {
    return design(model, weighted).isPresent();
  }

  private static Optional<OutputPassDesign> design(ModelPlan model, boolean weighted) {
    Refinements refinements = model.refinements();
    return OutputPassDesign.of(model.spec(), weighted, refinements.loss(), refinements.dropout());
  }

  /**
   * Compiles and allocates what passes for a network need, ahead of {@link #run}.
   *
   * @throws org.shallownet.backend.device.DeviceMemoryException if there is not enough memory
   */
  public void prepare(Wanted wanted) {
    wanted
        .design()
        .ifPresent(
            design -> {
              module(design);
              sums(design, wanted.rows());
              seen();
            });
  }

  /** The memory of passes that are prepared in this order, of which the first allocate anew. */
  public static long bytes(List<Wanted> passes) {
    long most = 0;
    long bytes = 0;
    for (Wanted pass : passes) {
      long own = pass.design().map(design -> design.bytes(pass.rows())).orElse(0L);
      bytes += own > most ? own : 0;
      most = Math.max(most, own);
    }
    return bytes == 0 ? 0 : bytes + SEEN_BYTES;
  }

  private FusedModule module(OutputPassDesign design) {
    return modules.computeIfAbsent(
        design.defines(),
        defines -> new FusedModule(card.device(), card.loader(), OutputPassDesign.FILE, defines));
  }

  /** What slices leave, until the next pass; what was outgrown stays, for recordings use it. */
  private DeviceMemory sums(OutputPassDesign design, long rows) {
    long bytes = design.bytes(rows);
    DeviceMemory enough = sums;
    if (enough == null || enough.bytes() < bytes) {
      enough = card.device().allocate(bytes);
      if (sums != null) {
        outgrown.add(sums);
      }
      sums = enough;
    }
    return enough;
  }

  private DeviceMemory seen() {
    DeviceMemory tallies = seen;
    if (tallies == null) {
      tallies = card.device().allocate(SEEN_BYTES);
      seen = tallies;
    }
    return tallies;
  }

  /** Starts a pass. */
  public FusedPass.Sums run(OutputPass operation) {
    NetworkSpec network = operation.network();
    Loss loss = operation.loss();
    OutputPassDesign design =
        OutputPassDesign.of(network, operation.weighted(), loss, 0)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "outputPass: there is none for a " + network.sizes() + " network"));
    FusedModule module = module(design);
    CudaMatrix z = (CudaMatrix) operation.z();
    DeviceMemory left = sums(design, z.rows());
    DeviceMemory tallies = seen();
    CudaMatrix delta = (CudaMatrix) operation.delta();
    MatrixGroup parameters = operation.parameters();
    CudaMatrix bias = (CudaMatrix) operation.hiddenBias(parameters);
    CudaMatrix weights = (CudaMatrix) operation.outputWeights(parameters);
    int slices = design.slices(z.rows());
    launcher
        .kernel(FusedKernel.OUTPUT_PASS_FORWARD)
        .add(z)
        .int32(z.columns())
        .add(bias)
        .add(weights)
        .add((CudaMatrix) operation.outputBias(parameters))
        .add((CudaMatrix) operation.targets())
        .int64(z.rows())
        .float64(loss.parameter())
        .float32((float) operation.scale())
        .add(delta)
        .add(tallies)
        .launch(module, slices, 1, Kernel.THREADS, 0);
    launcher
        .kernel(FusedKernel.OUTPUT_PASS_BACKWARD)
        .add(z)
        .int32(z.columns())
        .add(bias)
        .add(weights)
        .add(delta)
        .int64(z.rows())
        .int32(design.sliceRows(z.rows()))
        .add(left)
        .launch(module, slices * design.blocksOfSlice(), 1, Kernel.THREADS, 0);
    // What came down is scaled already.
    return new FusedPass.Sums(left, (int) design.sums(), tallies, slices, 1);
  }

  @Override
  public void close() {
    modules.values().forEach(FusedModule::free);
    outgrown.forEach(card.device()::free);
    for (DeviceMemory memory : new DeviceMemory[] {sums, seen}) {
      if (memory != null) {
        card.device().free(memory);
      }
    }
  }
}
