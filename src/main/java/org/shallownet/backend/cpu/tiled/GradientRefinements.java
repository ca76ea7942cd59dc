package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.ArrayRange;
import org.shallownet.backend.cpu.primitives.Updates;
import org.shallownet.network.Refinements;

/**
 * What {@link Refinements} do to the gradient of a {@link TiledModel}. Padding is 0 and stays so.
 */
final class GradientRefinements {
  private final Refinements refinements;
  private final TileLayout layout;

  GradientRefinements(Refinements refinements, TileLayout layout) {
    this.refinements = refinements;
    this.layout = layout;
  }

  /** Shortens a batch's gradient that is too long. */
  void clip(float[] gradient) {
    double most = refinements.clipNorm();
    if (most == 0) {
      return;
    }
    double squares = 0;
    for (float value : gradient) {
      squares += (double) value * value;
    }
    double norm = Math.sqrt(squares);
    if (norm > most) {
      Updates.scale(gradient.length, new ArrayRange(gradient, 0), (float) (most / norm));
    }
  }

  /**
   * Adds L1 to the gradient.
   *
   * @return by how much the cost grows
   */
  double addL1(float[] weights, float[] gradient) {
    double l1 = refinements.l1();
    if (l1 == 0) {
      return 0;
    }
    double sum = 0;
    for (TileLayer layer : layout.layers()) {
      int from = layer.weights();
      int count = layer.biases() - from;
      for (int i = from; i < from + count; i++) {
        sum += Math.abs((double) weights[i]);
      }
      ArrayRange values = new ArrayRange(weights, from);
      Updates.addSigns(count, values, (float) l1, new ArrayRange(gradient, from));
    }
    return l1 * sum;
  }
}
