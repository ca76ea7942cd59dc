package org.shallownet.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.shallownet.backend.Backend;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.model.scoring.LayerFunction;
import org.shallownet.network.Weights;

/**
 * Sends rows of inputs through all networks of a model and adds up their logits, in their order and
 * in float32 as the model's ONNX graph does.
 */
final class ModelPass {
  private final Backend backend;
  private final List<Weights> networks;
  private final List<LayerPass> passes = new ArrayList<>();
  private final int outputs;

  /**
   * Brings the networks' weights to the backend.
   *
   * @param networks all with the same number of outputs
   * @param functions what layers apply that is none of our activations, by their numbers from 1
   */
  ModelPass(
      Backend backend, Scope scope, List<Weights> networks, Map<Integer, LayerFunction> functions) {
    this.backend = backend;
    this.networks = networks;
    this.outputs = networks.get(0).spec().outputs();
    for (Weights network : networks) {
      passes.add(new LayerPass(backend, scope, network, functions));
    }
  }

  /** Buffers for up to so many rows. */
  Buffers buffers(Scope scope, int rows) {
    return new Buffers(scope, rows);
  }

  /** Memory for rows on their way through the networks. */
  final class Buffers {
    private final List<LayerPass.Buffers> buffers = new ArrayList<>();

    private Buffers(Scope scope, int rows) {
      for (LayerPass pass : passes) {
        buffers.add(pass.buffers(scope, rows));
      }
    }

    /**
     * Computes the logits.
     *
     * @param values {@code rows × columns}, row by row from index 0; each network reads as many of
     *     the first columns as it has inputs
     * @return the logits, in memory that the next run overwrites
     */
    Matrix run(float[] values, int rows, int columns) {
      Matrix z = run(0, values, rows, columns);
      if (buffers.size() == 1) {
        return z;
      }
      float[] sum = new float[rows * outputs];
      backend.download(z, sum, 0);
      float[] logits = new float[rows * outputs];
      for (int i = 1; i < buffers.size(); i++) {
        z = run(i, values, rows, columns);
        backend.download(z, logits, 0);
        for (int k = 0; k < sum.length; k++) {
          sum[k] += logits[k];
        }
      }
      backend.upload(sum, 0, z);
      return z;
    }

    private Matrix run(int network, float[] values, int rows, int columns) {
      int inputs = networks.get(network).spec().inputs();
      float[] own = values;
      if (inputs != columns) {
        own = new float[rows * inputs];
        for (int r = 0; r < rows; r++) {
          System.arraycopy(values, r * columns, own, r * inputs, inputs);
        }
      }
      return buffers.get(network).run(own, rows);
    }
  }
}
