package org.shallownet.backend.layered;

import static org.shallownet.backend.layered.ForwardPass.each;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.shallownet.backend.Backend;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.ProductOperation.StackedGemm;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.network.NetworkSpec;

/**
 * Networks of the same layer sizes that go through each chunk of the same batches together: a layer
 * of all of them is one call of {@link org.shallownet.backend.device.ProductOperation.StackedGemm},
 * and what is done to each by itself is run {@linkplain Backend#runAtOnce at once}. Activations,
 * outputs and optimizers may differ.
 */
final class ModelStack {
  private final Backend backend;
  private final LayeredWorkspace workspace;
  private final long seed;
  private final List<LayeredModel> models;

  /**
   * A stack.
   *
   * @param seed decides the order of the samples in mini-batches
   * @param models in the order of their parameters' places
   */
  ModelStack(Backend backend, LayeredWorkspace workspace, long seed, List<LayeredModel> models) {
    this.backend = backend;
    this.workspace = workspace;
    this.seed = seed;
    this.models = List.copyOf(models);
  }

  long seed() {
    return seed;
  }

  /** Whether no model is in training any more. */
  boolean retired() {
    return models.stream().allMatch(LayeredModel::retired);
  }

  /**
   * Forward and backward for a part of a batch; gradients join what is there, those of the batch's
   * first part replace it.
   *
   * @param placed the place in the batch of the first row
   */
  void addGradients(Matrix features, Matrix targets, double scale, long placed) {
    for (LayeredModel model : models) {
      if (model.inOnePass() && !model.retired()) {
        model.addGradientsInOnePass(features, targets, scale, placed);
      }
    }
    long rows = features.rows();
    long chunk = workspace.chunk();
    for (List<LayeredModel> neighbours : layerByLayer()) {
      for (long done = 0; done < rows; done += chunk) {
        long count = Math.min(chunk, rows - done);
        Matrix some = features.rows(done, count);
        addGradients(neighbours, some, targets.rows(done, count), scale, placed + done);
      }
    }
  }

  /**
   * What retired models, and those that take one pass, have left: models that are equally far apart
   * still.
   */
  private List<List<LayeredModel>> layerByLayer() {
    List<List<LayeredModel>> runs = new ArrayList<>();
    List<LayeredModel> run = new ArrayList<>();
    for (LayeredModel model : models) {
      if (!model.retired() && !model.inOnePass()) {
        run.add(model);
      } else if (!run.isEmpty()) {
        runs.add(run);
        run = new ArrayList<>();
      }
    }
    if (!run.isEmpty()) {
      runs.add(run);
    }
    return runs;
  }

  private void addGradients(
      List<LayeredModel> run, Matrix features, Matrix targets, double scale, long placed) {
    ForwardPass forward = workspace.forward();
    float keep = placed == 0 ? 0 : 1;
    int count = run.size();
    NetworkSpec sizes = run.get(0).spec();
    // All models of a stack do, or none.
    boolean drops = run.get(0).drops();
    ForwardPass.Dropping dropping =
        (model, layer, values, out) -> run.get(model).dropOut(layer, placed, values, out);
    List<Matrix> logits =
        forward.run(of(run, LayeredModel::parameters), features, drops ? dropping : null);
    backend.runAtOnce(each(count, i -> run.get(i).outputDelta(logits.get(i), targets, scale)));
    List<Matrix> deltas = logits;
    for (int l = sizes.layerCount(); l >= 1; l--) {
      int layer = l;
      List<Matrix> inputs =
          l == 1
              ? Collections.nCopies(count, features)
              : drops ? forward.kept(l - 1) : forward.activations(l - 1);
      List<Matrix> gradients = of(run, model -> model.gradients().weights(layer));
      backend.run(new StackedGemm(true, false, 1, deltas, inputs, keep, gradients));
      List<Matrix> above = deltas;
      backend.runAtOnce(
          each(count, i -> new SumRows(above.get(i), keep, run.get(i).gradients().biases(layer))));
      if (l > 1) {
        List<Matrix> below = workspace.deltas(l - 1, count, features.rows());
        List<Matrix> weights = of(run, model -> model.parameters().weights(layer));
        backend.run(new StackedGemm(false, false, 1, deltas, weights, 0, below));
        List<Matrix> activations = forward.activations(l - 1);
        if (drops) {
          backend.runAtOnce(
              each(count, i -> run.get(i).dropOut(layer - 1, placed, below.get(i), below.get(i))));
        }
        backend.runAtOnce(
            each(
                count,
                i ->
                    new ActivationBackward(
                        ForwardPass.activation(run.get(i).spec(), layer - 1),
                        activations.get(i),
                        below.get(i))));
        deltas = below;
      }
    }
  }

  private static <T> List<T> of(List<LayeredModel> run, Function<LayeredModel, T> part) {
    return run.stream().map(part).toList();
  }
}
