package org.shallownet.backend.cuda.fused;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.OutputPass;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Refinements;

/** Passes over the last hidden layer and the output, by kernels compiled for the latter. */
public final class OutputPasses implements AutoCloseable {
  private final FusedCard card;
  private final FusedLauncher launcher;
  private final Map<OutputPassDesign, FusedPass> passes = new HashMap<>();

  /** Passes on a card's stream. */
  public OutputPasses(FusedCard card) {
    this.card = card;
    this.launcher = card.launcher();
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
   * Compiles and allocates what passes for a network need, if there are any, ahead of {@link #run}.
   *
   * @throws org.shallownet.backend.device.DeviceMemoryException if there is not enough memory
   */
  public void prepare(ModelPlan model, boolean weighted) {
    design(model, weighted).ifPresent(this::pass);
  }

  private FusedPass pass(OutputPassDesign design) {
    return passes.computeIfAbsent(
        design,
        key ->
            new FusedPass(
                card,
                OutputPassDesign.FILE,
                key.defines(),
                OutputPassDesign.MOST_SLICES,
                OutputPassDesign.MOST_SLICES * key.sums()));
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
    FusedPass pass = pass(design);
    CudaMatrix z = (CudaMatrix) operation.z();
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
        .add(pass.seen())
        .launch(pass.module(), slices, 1, Kernel.THREADS, 0);
    launcher
        .kernel(FusedKernel.OUTPUT_PASS_BACKWARD)
        .add(z)
        .int32(z.columns())
        .add(bias)
        .add(weights)
        .add(delta)
        .int64(z.rows())
        .int32(design.sliceRows(z.rows()))
        .add(pass.sums())
        .launch(pass.module(), slices * design.blocksOfSlice(), 1, Kernel.THREADS, 0);
    return pass.left((int) design.sums(), slices);
  }

  @Override
  public void close() {
    passes.values().forEach(FusedPass::close);
  }
}
