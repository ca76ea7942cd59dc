package org.shallownet.backend.layered;

import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.device.Operation;
import org.shallownet.backend.device.Performer;
import org.shallownet.backend.device.SumOperation.DivideByWeight;

/**
 * Steps of models down their gradients, part by part: each part of all models is run {@linkplain
 * Backend#runAtOnce at once}.
 */
final class ModelUpdates {
  private final Backend backend;
  private final List<LayeredModel> models;

  private final Function<LayeredModel, @Nullable DivideByWeight> mean;

  /**
   * Updates of models.
   *
   * @param mean what makes a gradient the mean over a batch, if it isn't already
   */
  ModelUpdates(
      Backend backend,
      List<LayeredModel> models,
      Function<LayeredModel, @Nullable DivideByWeight> mean) {
    this.backend = backend;
    this.models = models;
    this.mean = mean;
  }

  /** Takes the steps for a batch with this many samples. */
  void run(long rows) {
    each(mean);
    int layers = models.stream().mapToInt(model -> model.spec().layerCount()).max().orElse(0);
    for (int l = 1; l <= layers; l++) {
      int layer = l;
      each(model -> model.squaredNorm(layer, rows));
    }
    each(LayeredModel::clip);
    eachFront((model, front) -> front.products(model.gradients()));
    eachFront((model, front) -> front.gradient());
    eachFront((model, front) -> front.pullBack(model.gradients()));
    for (int l = 1; l <= layers; l++) {
      int layer = l;
      each(model -> model.absoluteNorm(layer, rows));
      each(model -> model.sign(layer));
    }
    each(LayeredModel::step);
    each(LayeredModel::frontStep);
    eachFront((model, front) -> front.copy(model.parameters()));
    eachFront((model, front) -> front.fold(model.parameters()));
  }

  /** Runs an operation of each model that has it. */
  private void each(
      Function<LayeredModel, ? extends @Nullable Operation<? super Performer>> operation) {
    backend.runAtOnce(models.stream().map(operation).filter(Objects::nonNull).toList());
  }

  private void eachFront(
      BiFunction<LayeredModel, FrontScale, ? extends Operation<? super Performer>> operation) {
    each(model -> model.front() == null ? null : operation.apply(model, model.front()));
  }
}
