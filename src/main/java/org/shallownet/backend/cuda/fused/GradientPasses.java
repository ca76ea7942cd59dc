package org.shallownet.backend.cuda.fused;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.cuda.driver.CudaCounter;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.OnOffProperty;
import org.shallownet.backend.device.GradientPass;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.network.Dropout;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Refinements;

/** Gradients in one pass over the samples, by kernels that are compiled for a network's shape. */
public final class GradientPasses implements AutoCloseable {
  /** Whether products of float32 may be three of tensor cores, by factors that are split. */
  public static final OnOffProperty SPLITS = new OnOffProperty("shallownet.cuda.split");

  /** W1, b1, W2 and b2; the last two aren't there without a hidden layer. */
  private static final int PARTS = 4;

  private final FusedCard card;
  private final FusedLauncher launcher;
  private final List<Products> products;
  private final Map<OnePassDesign, FusedPass> passes = new HashMap<>();

  /**
   * Passes on a card's stream.
   *
   * @param precision of the products, which tensor cores may take where the card has such
   * @throws IllegalArgumentException if the system property {@link #SPLITS} is neither on nor off
   */
  public GradientPasses(FusedCard card, Precision precision) {
    this.card = card;
    this.products = Products.of(precision, card.device().major(), SPLITS.on());
    this.launcher = card.launcher();
  }

  /**
   * How many samples one pass should take; 0 if there is none for such a network.
   *
   * @param floats how many features of samples should be in memory at a time
   */
  public long rows(ModelPlan model, boolean weighted, long floats) {
    return design(model, weighted).map(design -> design.passRows(floats)).orElse(0L);
  }

  private Optional<OnePassDesign> design(ModelPlan model, boolean weighted) {
    Refinements refinements = model.refinements();
    return design(model.spec(), weighted, refinements.loss(), refinements.dropout());
  }

  private Optional<OnePassDesign> design(
      NetworkSpec spec, boolean weighted, Loss loss, double dropout) {
    return OnePassDesign.of(spec, weighted, loss, dropout, products);
  }

  /** How many shapes networks have that need kernels of their own, whatever they ask of a step. */
  public long shapes(List<ModelPlan> models, boolean weighted) {
    return models.stream()
        .map(ModelPlan::spec)
        .distinct()
        .map(spec -> design(spec, weighted, Loss.OWN, 0))
        .flatMap(Optional::stream)
        .distinct()
        .count();
  }

  /**
   * Compiles and allocates what passes for a network need, if there are any, ahead of {@link #run}.
   *
   * @throws org.shallownet.backend.device.DeviceMemoryException if there is not enough memory
   */
  public void prepare(ModelPlan model, boolean weighted) {
    design(model, weighted).ifPresent(this::pass);
  }

  private FusedPass pass(OnePassDesign design) {
    return passes.computeIfAbsent(
        design,
        key ->
            new FusedPass(
                card, key.kernel().file(), key.defines(), OnePassDesign.MOST_BLOCKS, key.floats()));
  }

  /** The memory of passes for these networks, as far as there are any. */
  public long bytes(List<ModelPlan> models, boolean weighted) {
    return models.stream()
        .flatMap(model -> design(model, weighted).stream())
        .distinct()
        .mapToLong(design -> FusedPass.bytes(OnePassDesign.MOST_BLOCKS, design.floats()))
        .sum();
  }

  /** Starts a pass. */
  public FusedPass.Sums run(GradientPass operation) {
    GradientPass.Dropping dropping = operation.dropping();
    double dropout = dropping == null ? 0 : dropping.part();
    OnePassDesign design =
        design(operation.network(), operation.weighted(), operation.loss(), dropout)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "gradientPass: there is none for a "
                            + operation.network().sizes()
                            + " network"));
    FusedPass pass = pass(design);
    long samples = operation.features().rows();
    int blocks = design.blocks(samples);
    launcher
        .kernel(design.kernel())
        .add((CudaMatrix) operation.features())
        .add((CudaMatrix) operation.targets())
        .int64(samples);
    MatrixGroup parameters = operation.parameters();
    for (int part = 0; part < PARTS; part++) {
      launcher.address(
          part < parameters.parts().size() ? ((CudaMatrix) parameters.part(part)).address() : 0);
    }
    launcher.float64(operation.loss().parameter());
    if (!design.products().onTensorCores()) {
      launcher
          .float32((float) (1 / (1 - dropout)))
          .int32(Dropout.threshold(dropout))
          .int64(dropping == null ? 0 : dropping.seed())
          .address(dropping == null ? 0 : ((CudaCounter) dropping.steps()).memory().address())
          .int64(dropping == null ? 0 : dropping.first());
    }
    launcher
        .add(pass.sums())
        .add(pass.seen())
        .launch(pass.module(), blocks, 1, design.threads(), 0);
    return pass.left(design.sums(), blocks, operation.scale() * design.network().whole());
  }

  @Override
  public void close() {
    passes.values().forEach(FusedPass::close);
  }
}
