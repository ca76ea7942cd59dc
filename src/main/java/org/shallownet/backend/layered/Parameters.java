package org.shallownet.backend.layered;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.backend.Backend;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.Shape;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * A network's parameters, or anything of their shape, in a backend's memory: {@code W[1], b[1],
 * W[2], b[2], …} as the parts of one group.
 */
public final class Parameters {
  private final Backend backend;
  private final NetworkSpec spec;
  private final MatrixGroup group;

  /** Zeros in the shape of the network's parameters. */
  public Parameters(Backend backend, Scope scope, NetworkSpec spec) {
    this(backend, spec, backend.allocateGroup(scope, shapes(spec)));
  }

  private Parameters(Backend backend, NetworkSpec spec, MatrixGroup group) {
    this.backend = backend;
    this.spec = spec;
    this.group = group;
  }

  /**
   * Zeros for several networks, in one piece of memory and equally far apart.
   *
   * @param specs of the same layer sizes
   */
  static List<Parameters> stack(Backend backend, Scope scope, List<NetworkSpec> specs) {
    List<MatrixGroup> groups = backend.allocateGroups(scope, specs.size(), shapes(specs.get(0)));
    List<Parameters> stack = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      stack.add(new Parameters(backend, specs.get(i), groups.get(i)));
    }
    return stack;
  }

  private static Shape[] shapes(NetworkSpec spec) {
    Shape[] shapes = new Shape[2 * spec.layerCount()];
    for (int l = 1; l <= spec.layerCount(); l++) {
      shapes[2 * l - 2] = new Shape(spec.units(l), spec.units(l - 1));
      shapes[2 * l - 1] = new Shape(1, spec.units(l));
    }
    return shapes;
  }

  /** The network's shape. */
  public NetworkSpec spec() {
    return spec;
  }

  /** {@code W[l]}, {@code units(l) × units(l-1)}. */
  public Matrix weights(int l) {
    return group.part(2 * l - 2);
  }

  /** {@code b[l]}, {@code 1 × units(l)}. */
  public Matrix biases(int l) {
    return group.part(2 * l - 1);
  }

  /** All of them as the parts of a group. */
  MatrixGroup group() {
    return group;
  }

  /** All of them as one row, for elementwise operations. */
  public Matrix flat() {
    return group.flat();
  }

  /** Fills them from a snapshot of a network of the same shape. */
  public void upload(Weights source) {
    float[] values = source.toArray();
    for (int l = 1; l <= spec.layerCount(); l++) {
      backend.upload(values, spec.weightsOffset(l), weights(l));
      backend.upload(values, spec.biasOffset(l), biases(l));
    }
  }

  /** A snapshot of them. Waits. */
  public Weights download() {
    float[] values = new float[spec.parameterCount()];
    for (int l = 1; l <= spec.layerCount(); l++) {
      backend.download(weights(l), values, spec.weightsOffset(l));
      backend.download(biases(l), values, spec.biasOffset(l));
    }
    return Weights.of(spec, values);
  }
}
