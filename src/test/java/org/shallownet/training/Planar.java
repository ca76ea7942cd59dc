package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.Model;
import org.shallownet.network.Activation;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** The planar exercise: its points, its first weights and its way of training. */
public final class Planar {
  /**
   * The costs before update 0, 1,000 and so on up to 7,000, with four hidden units, as the exercise
   * computed them in float64; after that the path oscillates and rounding decides.
   */
  private static final double[] COSTS = {
    0.693048, 0.288083, 0.254385, 0.233864, 0.226792, 0.222644, 0.219731, 0.217504
  };

  private static final int HEADER_LINES = 1;

  private Planar() {}

  /** The 400 points with their classes, as they stand in the exercise. */
  public static Dataset data() {
    List<String> lines = lines("planar.csv");
    float[][] points = new float[lines.size()][];
    int[] codes = new int[lines.size()];
    for (int i = 0; i < points.length; i++) {
      String[] cells = lines.get(i).split(",", -1);
      points[i] = new float[] {Float.parseFloat(cells[0]), Float.parseFloat(cells[1])};
      codes[i] = Integer.parseInt(cells[2]);
    }
    return new Dataset(
        List.of("x1", "x2"),
        FloatTable.of(points),
        "label",
        new Target.Classes(List.of("0", "1"), codes));
  }

  /** A network with the exercise's first weights for this many hidden tanh units. */
  public static Model start(int hidden) {
    NetworkSpec spec =
        NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(hidden, Activation.TANH);
    float[] values = new float[spec.parameterCount()];
    for (String line : lines("initial-weights-h" + hidden + ".csv")) {
      String[] cells = line.split(",", -1);
      int layer = cells[0].charAt(1) - '0';
      int row = Integer.parseInt(cells[1]);
      int column = Integer.parseInt(cells[2]);
      int offset =
          cells[0].charAt(0) == 'W'
              ? spec.weightsOffset(layer) + row * spec.units(layer - 1) + column
              : spec.biasOffset(layer) + row;
      values[offset] = Float.parseFloat(cells[3]);
    }
    return model(Weights.of(spec, values));
  }

  /** A model of these weights for the planar points as they are. */
  public static Model model(Weights weights) {
    return ensemble(List.of(weights));
  }

  /** A model of these networks' sum for the planar points as they are. */
  public static Model ensemble(List<Weights> parts) {
    return new Model(
        parts,
        Task.BINARY,
        Preprocessing.ofNumbers(List.of("x1", "x2"), null),
        List.of("label"),
        List.of("0", "1"),
        null,
        Map.of(),
        Map.of());
  }

  /** Full-batch gradient descent with the exercise's learning rate on unchanged points. */
  public static TrainingSettings settings(int iterations) {
    return TrainingSettings.defaults()
        .withOptimizer(new Optimizer.GradientDescent(1.2))
        .withBatchSize(TrainingSettings.FULL_BATCH)
        .withEpochs(iterations)
        .withStandardize(false)
        .withInitializer(new Initializer.Normal(0.01));
  }

  /** Fails unless a training of at least 7,001 iterations went as the exercise's. */
  public static void checkCosts(List<EpochReport> history) {
    for (int i = 0; i < COSTS.length; i++) {
      // Row e holds the cost before update e, so row 1 is iteration 0.
      assertThat(history.get(i * 1000).trainCost())
          .as("cost at iteration %d", i * 1000)
          .isCloseTo(COSTS[i], within(1e-4));
    }
  }

  private static List<String> lines(String name) {
    try (InputStream in = Planar.class.getResourceAsStream("/planar/" + name);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().skip(HEADER_LINES).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
