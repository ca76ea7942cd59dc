package org.shallownet.training;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * Where a network starts, and how it goes on.
 *
 * @param spec its shape
 * @param weights gives the first weights; asked for when they are needed, so that networks that
 *     wait for others take no memory
 * @param origin where the weights are from, for the provenance
 * @param samples what it sees of the job's training samples, and which of these judge it
 * @param frontRate as in {@link ModelPlan}
 * @param inputs what makes the inputs that it sees, for its model; null for what makes all of the
 *     job's
 */
public record NetworkStart(
    NetworkSpec spec,
    Supplier<Weights> weights,
    String origin,
    TrainingSettings settings,
    ModelSamples samples,
    double frontRate,
    @Nullable Preprocessing inputs) {
  /** The origin of weights that a model brings, rather than an initializer. */
  static final String GIVEN = "a given model";

  /** A network that sees all of every sample, without a front scale. */
  NetworkStart(
      NetworkSpec spec, Supplier<Weights> weights, String origin, TrainingSettings settings) {
    this(spec, weights, origin, settings, ModelSamples.ALL, 0, null);
  }

  /** A network whose first weights are known. */
  NetworkStart(
      Weights initial,
      String origin,
      TrainingSettings settings,
      ModelSamples samples,
      double frontRate,
      @Nullable Preprocessing inputs) {
    this(initial.spec(), () -> initial, origin, settings, samples, frontRate, inputs);
  }

  /** A network whose first weights are known, on all of every sample, without a front scale. */
  NetworkStart(Weights initial, String origin, TrainingSettings settings) {
    this(initial.spec(), () -> initial, origin, settings);
  }

  /** Whether a model brings the first weights, so that no setting tells them from others. */
  boolean isGiven() {
    return origin.equals(GIVEN);
  }

  /** The same on some of the job's samples. */
  public NetworkStart on(ModelSamples some) {
    return new NetworkStart(spec, weights, origin, settings, some, frontRate, inputs);
  }

  /** First weights as the settings say. */
  public static NetworkStart of(
      NetworkSpec spec, TrainingSettings settings, Consumer<String> warn) {
    Initializer initializer = settings.initializer();
    if (initializer instanceof Initializer.Zeros && !spec.hidden().isEmpty()) {
      warn.accept(
          "with zeros as first weights all hidden units of a layer stay identical for ever; use"
              + " others unless this is what you want to see");
    }
    return new NetworkStart(
        spec, () -> initializer.create(spec, settings.seed()), initializer.toString(), settings);
  }
}
