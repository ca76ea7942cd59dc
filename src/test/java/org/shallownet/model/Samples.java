package org.shallownet.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Models and features for tests. */
public final class Samples {
  private Samples() {}

  /** A model with weights and biases drawn at random. */
  static Model model(NetworkSpec spec, boolean preprocessed) {
    float[] values = new Initializer.Normal(0.7).create(spec, 5).toArray();
    Random random = new Random(11);
    for (int l = 1; l <= spec.layerCount(); l++) {
      for (int u = 0; u < spec.units(l); u++) {
        values[spec.biasOffset(l) + u] = (float) random.nextGaussian();
      }
    }
    int n = spec.inputs();
    float[] mean = new float[n];
    float[] factor = new float[n];
    for (int i = 0; i < n; i++) {
      mean[i] = (float) (10 * random.nextGaussian());
      factor[i] = i == 1 ? 0 : 0.1f + random.nextFloat();
    }
    Standardizer standardizer = preprocessed ? new Standardizer(mean, factor) : null;
    Task task = task(spec);
    TargetScale scale =
        preprocessed && task == Task.REGRESSION
            ? new TargetScale(spec.output() == Output.EXPONENTIAL_POISSON ? 0 : 150, 70)
            : null;
    return model(Weights.of(spec, values), task, standardizer, scale);
  }

  private static Task task(NetworkSpec spec) {
    return switch (spec.output()) {
      case SIGMOID_CROSS_ENTROPY -> Task.BINARY;
      case SOFTMAX_CROSS_ENTROPY -> Task.MULTICLASS;
      case IDENTITY_SQUARED_ERROR, EXPONENTIAL_POISSON -> Task.REGRESSION;
    };
  }

  private static Model model(
      Weights weights,
      Task task,
      @Nullable Standardizer standardizer,
      @Nullable TargetScale scale) {
    NetworkSpec spec = weights.spec();
    List<String> features =
        IntStream.range(0, spec.inputs()).mapToObj(i -> "größe \"" + i + "\", cm").toList();
    List<String> classes =
        switch (task) {
          case BINARY -> List.of("нет", "да");
          case MULTICLASS ->
              IntStream.range(0, spec.outputs()).mapToObj(k -> "class " + k).toList();
          case REGRESSION -> List.of();
          case MULTILABEL ->
              IntStream.range(0, spec.outputs())
                  .boxed()
                  .flatMap(k -> Stream.of("no", "yes " + k))
                  .toList();
        };
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("seed", "7");
    provenance.put("optimizer", "Adam");
    provenance.put("device", "a very small one");
    int targets = task == Task.REGRESSION || task == Task.MULTILABEL ? spec.outputs() : 1;
    return new Model(
        weights,
        task,
        Preprocessing.ofNumbers(features, standardizer),
        IntStream.range(0, targets).mapToObj(k -> k == 0 ? "target" : "target " + k).toList(),
        classes,
        scale,
        provenance);
  }

  /** A logistic regression on two features. */
  static Model small() {
    return model(NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1), true);
  }

  /** Features around 10, {@code rows × columns}. */
  public static float[][] features(int rows, int columns, long seed) {
    Random random = new Random(seed);
    float[][] features = new float[rows][columns];
    for (float[] row : features) {
      for (int c = 0; c < columns; c++) {
        row[c] = (float) (10 * random.nextGaussian());
      }
    }
    return features;
  }
}
