package org.shallownet.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.layered.ForwardPass;
import org.shallownet.backend.layered.Parameters;
import org.shallownet.model.scoring.LayerFunction;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * Sends rows of inputs through a network's layers up to the logits. Layers that apply functions
 * which no backend knows end a segment of the network: the backend computes each segment, and the
 * host the functions between them.
 */
final class LayerPass {
  private final Backend backend;
  private final List<LayerSegment> segments = new ArrayList<>();

  /**
   * Brings a network's weights to the backend.
   *
   * @param functions what layers apply that is none of our activations, by their numbers from 1
   */
  LayerPass(Backend backend, Scope scope, Weights network, Map<Integer, LayerFunction> functions) {
    this.backend = backend;
    int first = 1;
    for (int l = 1; l <= network.spec().layerCount(); l++) {
      LayerFunction function = functions.get(l);
      if (function != null || l == network.spec().layerCount()) {
        Weights weights = functions.isEmpty() ? network : between(network, first, l);
        Parameters parameters = new Parameters(backend, scope, weights.spec());
        parameters.upload(weights);
        segments.add(new LayerSegment(parameters, function));
        first = l + 1;
      }
    }
  }

  /**
   * Layers of which no inner one applies a function of its own.
   *
   * @param function what the last one applies; null for nothing
   */
  private record LayerSegment(Parameters parameters, @Nullable LayerFunction function) {}

  /** Layers {@code first … last} as a network that ends in numbers. */
  private static Weights between(Weights weights, int first, int last) {
    NetworkSpec spec = weights.spec();
    NetworkSpec part =
        new NetworkSpec(
            spec.units(first - 1),
            spec.hidden().subList(first - 1, last - 1),
            Output.IDENTITY_SQUARED_ERROR,
            spec.units(last));
    int from = spec.weightsOffset(first);
    float[] values = Arrays.copyOfRange(weights.toArray(), from, from + part.parameterCount());
    return Weights.of(part, values);
  }

  /** Buffers for up to so many rows. */
  Buffers buffers(Scope scope, int rows) {
    return new Buffers(scope, rows);
  }

  /** Memory for rows on their way through the layers. */
  final class Buffers {
    private final List<Matrix> inputs = new ArrayList<>();
    private final List<ForwardPass> passes = new ArrayList<>();

    private Buffers(Scope scope, int rows) {
      for (LayerSegment segment : segments) {
        NetworkSpec spec = segment.parameters().spec();
        inputs.add(backend.allocate(scope, rows, spec.inputs()));
        passes.add(new ForwardPass(backend, scope, spec, rows));
      }
    }

    /**
     * Computes the logits.
     *
     * @param values {@code rows × inputs}, row by row from index 0
     * @return the logits, in memory that the next run overwrites
     */
    Matrix run(float[] values, int rows) {
      float[] from = values;
      Matrix z = null;
      for (int i = 0; i < segments.size(); i++) {
        LayerSegment segment = segments.get(i);
        Matrix x = inputs.get(i).rows(0, rows);
        backend.upload(from, 0, x);
        z = passes.get(i).run(segment.parameters(), x);
        LayerFunction function = segment.function();
        if (function != null) {
          int units = segment.parameters().spec().outputs();
          float[] to = new float[rows * units];
          backend.download(z, to, 0);
          function.apply(to, rows, units);
          backend.upload(to, 0, z);
          from = to;
        }
      }
      if (z == null) {
        throw new IllegalStateException("a network has a layer");
      }
      return z;
    }
  }
}
