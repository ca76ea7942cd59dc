package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.Outputs;

/**
 * What a chunk of samples gives: the gradient of the sum of their costs, this sum, their hits and
 * how many they are; all of them weighted, if the samples are.
 */
final class ChunkSums {
  private float[] gradient = {};
  private final Outputs.Sum outputs = new Outputs.Sum();

  /** Makes room for a gradient of this length. */
  void reserve(int size) {
    if (gradient.length < size) {
      gradient = new float[size];
    }
  }

  float[] gradient() {
    return gradient;
  }

  /** Costs, hits and weights, to be added to. */
  Outputs.Sum outputs() {
    return outputs;
  }

  double cost() {
    return outputs.cost;
  }

  double hits() {
    return outputs.hits;
  }

  double weight() {
    return outputs.weight;
  }
}
