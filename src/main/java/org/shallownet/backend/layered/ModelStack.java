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
    float keep = placed == 0 ? 0 : 1;
    int top = run.get(0).spec().layerCount();
    List<Matrix> deltas;
    // All models of a stack do, or none.
    if (run.get(0).takesOutputPass()) {
      deltas = takeOutputPass(run, features, targets, scale, keep);
      addWeightGradients(run, --top, features, deltas, keep);
    } else {
      deltas = takeOutput(run, features, targets, scale, placed);
      addLayerGradients(run, top, features, deltas, keep);
    }
    for (int l = top - 1; l >= 1; l--) {
      deltas = deltasBelow(run, l, deltas, placed);
      addLayerGradients(run, l, features, deltas, keep);
    }
  }

  /** Forward, output included; gives the derivatives by the logits. */
  private List<Matrix> takeOutput(
      List<LayeredModel> run, Matrix features, Matrix targets, double scale, long placed) {
    ForwardPass.Dropping dropping =
        (model, layer, values, out) -> run.get(model).dropOut(layer, placed, values, out);
    List<Matrix> logits =
        workspace
            .forward()
            .run(of(run, LayeredModel::parameters), features, run.get(0).drops() ? dropping : null);
    backend.runAtOnce(each(run.size(), i -> run.get(i).outputDelta(logits.get(i), targets, scale)));
    return logits;
  }

  /**
   * Forward, and back by an output pass, which leaves nothing to do for the output layer and the
   * biases of the last hidden one; gives the derivatives by that one's sums.
   */
  private List<Matrix> takeOutputPass(
      List<LayeredModel> run, Matrix features, Matrix targets, double scale, float keep) {
    ForwardPass forward = workspace.forward();
    List<Matrix> products = forward.runToLastHidden(of(run, LayeredModel::parameters), features);
    List<Matrix> logits = forward.logits(run.size(), features.rows());
    for (int i = 0; i < run.size(); i++) {
      backend.run(run.get(i).outputPass(products.get(i), logits.get(i), targets, scale, keep));
    }
    return products;
  }

  private void addLayerGradients(
      List<LayeredModel> run, int l, Matrix features, List<Matrix> deltas, float keep) {
    addWeightGradients(run, l, features, deltas, keep);
    backend.runAtOnce(
        each(run.size(), i -> new SumRows(deltas.get(i), keep, run.get(i).gradients().biases(l))));
  }

  private void addWeightGradients(
      List<LayeredModel> run, int l, Matrix features, List<Matrix> deltas, float keep) {
    ForwardPass forward = workspace.forward();
    List<Matrix> inputs =
        l == 1
            ? Collections.nCopies(run.size(), features)
            : run.get(0).drops() ? forward.kept(l - 1) : forward.activations(l - 1);
    List<Matrix> gradients = of(run, model -> model.gradients().weights(l));
    backend.run(new StackedGemm(true, false, 1, deltas, inputs, keep, gradients));
  }

  /** The derivatives by layer {@code l}, from those by the layer above it. */
  private List<Matrix> deltasBelow(List<LayeredModel> run, int l, List<Matrix> above, long placed) {
    List<Matrix> deltas = workspace.deltas(l, run.size(), above.get(0).rows());
    List<Matrix> weights = of(run, model -> model.parameters().weights(l + 1));
    backend.run(new StackedGemm(false, false, 1, above, weights, 0, deltas));
    List<Matrix> activations = workspace.forward().activations(l);
    if (run.get(0).drops()) {
      backend.runAtOnce(
          each(run.size(), i -> run.get(i).dropOut(l, placed, deltas.get(i), deltas.get(i))));
    }
    backend.runAtOnce(
        each(
            run.size(),
            i ->
                new ActivationBackward(
                    ForwardPass.activation(run.get(i).spec(), l),
                    activations.get(i),
                    deltas.get(i))));
    return deltas;
  }

  private static <T> List<T> of(List<LayeredModel> run, Function<LayeredModel, T> part) {
    return run.stream().map(part).toList();
  }
}
