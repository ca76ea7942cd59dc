package org.shallownet.model.chain;

import java.util.Map;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.scoring.LayerFunction;
import org.shallownet.network.Weights;

/**
 * What a chain of dense layers from another tool is: a network without names.
 *
 * @param weights its layers
 * @param task what its last function answers
 * @param preprocessing how it scales its inputs, which it takes by position
 * @param functions what layers apply where that is none of our activations, by the layer's number
 *     from 1
 * @param provenance the tool that wrote it, where it says so
 */
public record DenseChain(
    Weights weights,
    Task task,
    Preprocessing preprocessing,
    Map<Integer, LayerFunction> functions,
    Map<String, String> provenance) {
  /** Copies the maps. */
  public DenseChain {
    functions = Map.copyOf(functions);
    provenance = Map.copyOf(provenance);
  }
}
