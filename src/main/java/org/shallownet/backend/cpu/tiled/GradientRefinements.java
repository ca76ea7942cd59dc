package org.shallownet.backend.cpu.tiled;

import java.util.List;
import org.shallownet.backend.cpu.primitives.ArrayRange;
import org.shallownet.backend.cpu.primitives.Updates;
import org.shallownet.network.Refinements;

/**
 * What {@link Refinements} do to the gradient of a {@link TiledModel}. Padding is 0 and stays so.
 */
final class GradientRefinements {
  private final Refinements refinements;
  private final float[] weights;
  private final float[] gradient;
  private final List<LayerWeights> layers;

  /** Where a layer's weights and their gradient are. */
  private record LayerWeights(int count, ArrayRange weights, ArrayRange gradient) {}

  /**
   * Refinements of one model.
   *
   * @param weights its parameters as they are trained, in the order of the layout
   * @param gradient of the same length
   */
  GradientRefinements(
      Refinements refinements, TileLayout layout, float[] weights, float[] gradient) {
    this.refinements = refinements;
    this.weights = weights;
    this.gradient = gradient;
    this.layers =
        layout.layers().stream()
            .map(
                layer ->
                    new LayerWeights(
                        layer.biases() - layer.weights(),
                        new ArrayRange(weights, layer.weights()),
                        new ArrayRange(gradient, layer.weights())))
            .toList();
  }

  /** What a batch's gradient is to be multiplied by: 1 unless it is too long. */
  float clipFactor() {
    double most = refinements.clipNorm();
    if (most == 0) {
      return 1;
    }
    double squares = 0;
    for (float value : gradient) {
      squares += (double) value * value;
    }
    double norm = Math.sqrt(squares);
    return norm > most ? (float) (most / norm) : 1;
  }

  /**
   * Adds L1 to the gradient.
   *
   * @return by how much the cost grows
   */
  double addL1() {
    double l1 = refinements.l1();
    if (l1 == 0) {
      return 0;
    }
    double sum = 0;
    for (int l = 0; l < layers.size(); l++) {
      LayerWeights layer = layers.get(l);
      int from = layer.weights().from();
      for (int i = from; i < from + layer.count(); i++) {
        sum += Math.abs((double) weights[i]);
      }
      Updates.addSigns(layer.count(), layer.weights(), (float) l1, layer.gradient());
    }
    return l1 * sum;
  }
}
