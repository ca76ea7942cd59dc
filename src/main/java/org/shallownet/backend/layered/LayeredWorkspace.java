package org.shallownet.backend.layered;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.backend.Backend;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.NetworkSpec;

/** The buffers of a pass through networks of one list of layer sizes, which all of them share. */
final class LayeredWorkspace {
  private final long chunk;
  private final int stackSize;
  private final ForwardPass forward;

  /** The derivative of the cost by {@code Z[l]} of hidden layers. */
  private final List<StackBuffer> deltas = new ArrayList<>();

  /**
   * Buffers for some of a plan's models.
   *
   * @param models their numbers
   * @param limit see {@link ChunkRows}
   */
  LayeredWorkspace(
      Backend backend, Scope scope, TrainingPlan plan, List<Integer> models, long limit) {
    NetworkSpec sizes = plan.models().get(models.get(0)).spec();
    chunk = ChunkRows.of(backend, sizes, plan.samples().rows(), limit);
    stackSize = ChunkRows.networks(backend, plan, sizes, models.size(), limit);
    long room = ChunkRows.room(backend, plan, sizes, models.size(), limit);
    boolean dropping =
        models.stream().anyMatch(model -> plan.models().get(model).refinements().dropout() > 0);
    forward = new ForwardPass(backend, scope, sizes, chunk, room, dropping);
    for (int l = 1; l <= deltaLayers(backend, plan, models); l++) {
      deltas.add(new StackBuffer(backend, scope, room, sizes.units(l)));
    }
  }

  /**
   * For how many hidden layers derivatives have room of their own: after an output pass, those by
   * the last one take the place of its products.
   */
  static int deltaLayers(Backend backend, TrainingPlan plan, List<Integer> models) {
    int hidden = plan.models().get(models.get(0)).spec().hidden().size();
    boolean inPlace =
        models.stream().allMatch(m -> backend.takesOutputPass(plan, plan.models().get(m)));
    return inPlace ? hidden - 1 : hidden;
  }

  /** How many rows a network works on at a time. */
  long chunk() {
    return chunk;
  }

  /** How many networks go through a chunk together. */
  int stackSize() {
    return stackSize;
  }

  ForwardPass forward() {
    return forward;
  }

  /** The derivatives by {@code Z[l]} of so many networks. */
  List<Matrix> deltas(int l, int networks, long rows) {
    return deltas.get(l - 1).blocks(networks, rows);
  }
}
