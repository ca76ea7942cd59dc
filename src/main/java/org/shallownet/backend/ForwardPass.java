package org.shallownet.backend;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;

/**
 * Sends samples through a network, from primitives: {@code Z[l] = A[l-1] W[l]ᵀ + b[l]}, {@code A[l]
 * = g(Z[l])}, up to the output layer's logits.
 *
 * <p>Keeps a buffer for each layer's activations, which the backward pass needs, and overwrites
 * them with each run.
 */
public final class ForwardPass {
  private final Backend backend;
  private final NetworkSpec spec;
  private final long capacity;
  private final List<Matrix> buffers = new ArrayList<>();
  private final List<Matrix> activations = new ArrayList<>();

  /**
   * Buffers for a network.
   *
   * @param capacity how many samples a run may have
   */
  public ForwardPass(Backend backend, Scope scope, NetworkSpec spec, long capacity) {
    this.backend = backend;
    this.spec = spec;
    this.capacity = capacity;
    for (int l = 1; l <= spec.layerCount(); l++) {
      Matrix buffer = backend.allocate(scope, capacity, spec.units(l));
      buffers.add(buffer);
      activations.add(buffer);
    }
  }

  /** How many samples a run may have. */
  public long capacity() {
    return capacity;
  }

  /**
   * Computes all layers.
   *
   * @param features one row per sample
   * @return the logits, one row per sample, in memory that the next run overwrites
   */
  public Matrix run(Parameters parameters, Matrix features) {
    Matrix previous = features;
    for (int l = 1; l <= spec.layerCount(); l++) {
      Matrix z = rows(l, features.rows());
      backend.gemm(false, true, 1, previous, parameters.weights(l), 0, z);
      backend.biasActivate(activation(l), parameters.biases(l), z);
      previous = z;
    }
    return previous;
  }

  /** {@code A[l]} of the last run, from layer 1; of the last layer, the logits. */
  public Matrix activations(int l) {
    return activations.get(l - 1);
  }

  /** What layer {@code l} applies before the output function. */
  Activation activation(int l) {
    return l <= spec.hidden().size() ? spec.hidden().get(l - 1).activation() : Activation.IDENTITY;
  }

  /** The first rows of a layer's buffer; most runs have as many samples as the one before. */
  private Matrix rows(int l, long count) {
    Matrix current = activations.get(l - 1);
    if (current.rows() != count) {
      current = count == capacity ? buffers.get(l - 1) : buffers.get(l - 1).rows(0, count);
      activations.set(l - 1, current);
    }
    return current;
  }
}
