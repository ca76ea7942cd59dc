package org.shallownet.model.scoring;

import java.util.List;
import java.util.Map;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.network.Weights;

/**
 * What a {@link Scorer} is made of.
 *
 * @param networks the networks, whose logits are added up in this order
 * @param functions what layers apply that is none of our activations, by the layer's number from 1
 * @param task what is predicted
 * @param preprocessing what makes inputs of the columns; without columns for a model from another
 *     tool
 * @param targets the targets' names, as many as there are
 * @param classes the classes in the order of the probabilities; two for each of several yes/no
 *     targets, no and yes; empty for numbers
 * @param means of numbers what is added to each output at the end; empty for nothing
 * @param deviations what each output is multiplied by before; as many
 */
public record ScoredModel(
    List<Weights> networks,
    Map<Integer, LayerFunction> functions,
    Task task,
    Preprocessing preprocessing,
    List<String> targets,
    List<String> classes,
    List<Double> means,
    List<Double> deviations) {
  /** Copies the collections. */
  public ScoredModel {
    networks = List.copyOf(networks);
    functions = Map.copyOf(functions);
    targets = List.copyOf(targets);
    classes = List.copyOf(classes);
    means = List.copyOf(means);
    deviations = List.copyOf(deviations);
  }
}
