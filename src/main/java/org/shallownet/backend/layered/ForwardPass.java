package org.shallownet.backend.layered;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.ProductOperation.StackedGemm;
import org.shallownet.backend.device.RefinementOperation.DropOut;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;

/**
 * Sends samples through a network, or through several of the same layer sizes, from primitives:
 * {@code Z[l] = A[l-1] W[l]ᵀ + b[l]}, {@code A[l] = g(Z[l])}, up to the output layer's logits.
 *
 * <p>Keeps a buffer for each layer's activations, which the backward pass needs, and overwrites
 * them with each run.
 */
public final class ForwardPass {
  private final Backend backend;
  private final NetworkSpec spec;
  private final long capacity;
  private final List<StackBuffer> layers = new ArrayList<>();

  /** What is left of hidden activations by dropout, for plans with it. */
  private final List<StackBuffer> kept = new ArrayList<>();

  /**
   * Buffers for a network.
   *
   * @param capacity how many samples a run may have
   */
  public ForwardPass(Backend backend, Scope scope, NetworkSpec spec, long capacity) {
    this(backend, scope, spec, capacity, capacity, false);
  }

  /**
   * Buffers for several networks.
   *
   * @param spec the layer sizes of all
   * @param room for how many rows of all networks of a run: {@link StackBuffer#room}
   * @param dropping whether activations may be left out
   */
  ForwardPass(
      Backend backend, Scope scope, NetworkSpec spec, long capacity, long room, boolean dropping) {
    this.backend = backend;
    this.spec = spec;
    this.capacity = capacity;
    for (int l = 1; l <= spec.layerCount(); l++) {
      layers.add(new StackBuffer(backend, scope, room, spec.units(l)));
    }
    for (int l = 1; dropping && l <= spec.hidden().size(); l++) {
      kept.add(new StackBuffer(backend, scope, room, spec.units(l)));
    }
  }

  /** How many samples a run of one network may have. */
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
    return run(List.of(parameters), features, null).get(0);
  }

  /** What dropout does to the activations of the networks of a run. */
  interface Dropping {
    /**
     * What leaves some out.
     *
     * @param network the number of the network in the run
     * @param layer from 1
     * @param out may be the activations themselves
     */
    DropOut of(int network, int layer, Matrix activations, Matrix out);
  }

  /**
   * Computes all layers of several networks.
   *
   * @param networks neighbours in a {@linkplain Parameters#stack stack}
   * @param dropping leaves activations out, in training; null for none
   * @return the logits of each
   */
  List<Matrix> run(List<Parameters> networks, Matrix features, @Nullable Dropping dropping) {
    List<Matrix> previous = Collections.nCopies(networks.size(), features);
    for (int l = 1; l <= spec.layerCount(); l++) {
      int layer = l;
      List<Matrix> z = layer(l, networks, previous);
      previous = z;
      if (dropping != null && l <= spec.hidden().size()) {
        List<Matrix> left = kept.get(l - 1).blocks(networks.size(), features.rows());
        backend.runAtOnce(each(z.size(), i -> dropping.of(i, layer, z.get(i), left.get(i))));
        previous = left;
      }
    }
    return previous;
  }

  /**
   * Computes the hidden layers of several networks, of the last one the products alone: {@code A
   * Wᵀ}, without bias and activation.
   *
   * @param networks neighbours in a {@linkplain Parameters#stack stack}
   * @return the products of each
   */
  List<Matrix> runToLastHidden(List<Parameters> networks, Matrix features) {
    List<Matrix> previous = Collections.nCopies(networks.size(), features);
    int last = spec.hidden().size();
    for (int l = 1; l < last; l++) {
      previous = layer(l, networks, previous);
    }
    return products(last, networks, previous);
  }

  /** The activations of a layer, of the last one the logits. */
  private List<Matrix> layer(int l, List<Parameters> networks, List<Matrix> inputs) {
    List<Matrix> z = products(l, networks, inputs);
    backend.runAtOnce(each(z.size(), i -> biasActivate(networks.get(i), l, z.get(i))));
    return z;
  }

  private List<Matrix> products(int l, List<Parameters> networks, List<Matrix> inputs) {
    List<Matrix> z = layers.get(l - 1).blocks(networks.size(), inputs.get(0).rows());
    List<Matrix> weights = networks.stream().map(network -> network.weights(l)).toList();
    backend.run(new StackedGemm(false, true, 1, inputs, weights, 0, z));
    return z;
  }

  /** Room for the logits of several networks, which the next run overwrites. */
  List<Matrix> logits(int networks, long rows) {
    return layers.get(spec.layerCount() - 1).blocks(networks, rows);
  }

  private static BiasActivate biasActivate(Parameters network, int l, Matrix z) {
    return new BiasActivate(activation(network.spec(), l), network.biases(l), z);
  }

  /** The operations of so many networks of a run. */
  static <T> List<T> each(int networks, IntFunction<T> operation) {
    return IntStream.range(0, networks).mapToObj(operation).toList();
  }

  /** What came into layer {@code l + 1} in the last run that left activations out. */
  List<Matrix> kept(int l) {
    return kept.get(l - 1).current();
  }

  /** {@code A[l]} of each network in the last run, from layer 1; of the last layer, the logits. */
  List<Matrix> activations(int l) {
    return layers.get(l - 1).current();
  }

  /** What layer {@code l} applies before the output function. */
  static Activation activation(NetworkSpec spec, int l) {
    return l <= spec.hidden().size() ? spec.hidden().get(l - 1).activation() : Activation.IDENTITY;
  }
}
