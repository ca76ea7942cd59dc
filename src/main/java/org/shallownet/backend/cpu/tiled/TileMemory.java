package org.shallownet.backend.cpu.tiled;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;

/**
 * About how many bytes {@link TiledTrainingEngine} takes for a plan beside its samples: a function
 * of numbers alone, known before anything is allocated.
 *
 * @param models parameters, gradients, what optimizers remember, samples copied ahead
 * @param sums of the chunks that threads share
 * @param threads what each thread works with, for all of them
 */
public record TileMemory(long models, long sums, long threads) {
  /** Sums over samples are kept in as many parts as the widest vectors have floats. */
  private static final int LANES = 16;

  /** What a plan takes on a team of so many threads. */
  public static TileMemory of(TrainingPlan plan, TileDesign.Machine machine, int team) {
    boolean apart = TileDesign.oneThreadPerModel(plan, plan.models().size(), team);
    Set<NetworkSpec> shapes = new HashSet<>();
    Set<NetworkSpec> dropped = new HashSet<>();
    long models = 0;
    long sums = 0;
    long threads = 0;
    for (ModelPlan model : plan.models()) {
      NetworkSpec spec = model.spec();
      TileDesign design = TileDesign.of(plan, model, machine);
      long size = new TileLayout(spec, design).size();
      models += size * copies(model);
      boolean shuffled = !plan.fullBatch(model);
      long batch = plan.batchRows(model);
      boolean shared = team > 1 && TileDesign.worthSharing(spec, batch, shuffled);
      if (shared) {
        sums = Math.max(sums, size * design.chunks(spec, batch, shuffled).count());
      }
      boolean ahead = TileDesign.copiesAhead(apart, shared, shuffled, team);
      if (ahead) {
        int columns = spec.inputs() + plan.samples().targetColumns();
        models += BatchesAhead.floats(plan.rows(model), batch, columns);
      }
      int passes = shared || apart || ahead ? team : 1;
      if (shapes.add(spec)) {
        long whole = apart || !shared || shuffled ? size : 0;
        threads += passes * (pass(spec, design, machine) + whole);
      }
      if (model.refinements().dropout() > 0 && dropped.add(spec)) {
        threads += 2L * passes * hiddenFloats(spec, design);
      }
    }
    return new TileMemory(Float.BYTES * models, Float.BYTES * sums, Float.BYTES * threads);
  }

  /**
   * The bytes of copies of samples for those models whose steps go over all they are trained on.
   */
  public static long copies(TrainingPlan plan, TileDesign.Machine machine) {
    Set<List<Object>> copied = new HashSet<>();
    long bytes = 0;
    for (ModelPlan model : plan.models()) {
      int inputs = model.spec().inputs();
      ModelSamples seen = model.samples();
      TileDesign design = TileDesign.of(plan, model, machine);
      if (plan.fullBatch(model)
          && design.readsBlocks()
          && copied.add(List.of(seen.rows(), seen.inputsFrom(), inputs))) {
        int targets = plan.samples().targetColumns();
        bytes += BlockedSamples.bytes(plan.rows(model), inputs, targets, design.block());
      }
    }
    return bytes;
  }

  /** How many vectors of a model there are, parameters and gradients included. */
  private static int copies(ModelPlan model) {
    return 2
        + ModelState.moments(model.optimizer())
        + (model.l2() > 0 ? 1 : 0)
        + (model.hasFrontScale() ? 1 : 0);
  }

  /** Floats of a tile's hidden activations. */
  private static long hiddenFloats(NetworkSpec spec, TileDesign design) {
    long units = 0;
    for (int l = 1; l < spec.layerCount(); l++) {
      units += TileLayer.padded(spec.units(l));
    }
    return design.tile() * units;
  }

  /** Floats that a pass for networks of one shape has. */
  private static long pass(NetworkSpec spec, TileDesign design, TileDesign.Machine machine) {
    long inputs = TileLayer.padded(spec.inputs());
    long units = TileLayer.padded(spec.units(1));
    int lanes = machine.vectors() ? LANES : 1;
    // Of the samples both the rows and the blocks; activations and derivatives; targets.
    long rows = 2 * inputs + TileLayer.padded(spec.outputs());
    long between = 0;
    for (int l = 1; l <= spec.layerCount(); l++) {
      long here = TileLayer.padded(spec.units(l));
      rows += l < spec.layerCount() ? 2 * here : here;
      if (l > 1) {
        between += (lanes + 1L) * (TileLayer.padded(spec.units(l - 1)) + 1) * here;
      }
    }
    long weights =
        design.openBlas() ? 2 * inputs * units + design.tile() * units : lanes * inputs * units;
    return design.tile() * rows + weights + between;
  }

  /** All of it. */
  public long total() {
    return models + sums + threads;
  }
}
