package org.shallownet.backend.cpu.tiled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.Reference;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * Kernels with and without vectors beside the definitions in double, at numbers of every size and
 * at what is none: an infinite result, or one that isn't a number, must come out as such.
 */
public class TileKernelsTest {
  /** Those that kernels have; tests of the engine are the other's. */
  private static final List<Output> OUTPUTS =
      Arrays.stream(Output.values()).filter(it -> it != Output.EXPONENTIAL_POISSON).toList();

  private static final float[] NUMBERS = {
    0,
    -0f,
    1,
    -1,
    0.3f,
    -7.5f,
    9,
    -20,
    88.5f,
    -88.5f,
    104,
    -200,
    1e-30f,
    -1e-40f,
    1e30f,
    -1e30f,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  private static TileKernels kernels(KernelChoice choice) {
    return choice.kernels(choice == KernelChoice.ON ? 64 : 256);
  }

  private static float[] filled(int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }

  /** What is a number in double is near it in float; all else is the same. */
  private static void check(String what, double expected, float found) {
    float narrowed = (float) expected;
    boolean right =
        Float.isFinite(narrowed)
            ? Math.abs(found - expected) <= 1e-6 * Math.abs(expected) + 1e-37
            : Float.compare(found, narrowed) == 0;
    assertThat(right).as("%s is %s, not %s", what, expected, found).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void activations(KernelChoice choice) {
    checkActivations(kernels(choice));
  }

  public static void checkActivations(TileKernels kernels) {
    int block = kernels.block();
    for (Activation f : Activation.values()) {
      for (float number : NUMBERS) {
        float[] z = filled(2 * block, number);
        kernels.activate(f, z, 0, 2);
        for (float a : z) {
          check(f + " of " + number, Reference.activate(f, number), a);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void derivatives(KernelChoice choice) {
    checkDerivatives(kernels(choice));
  }

  public static void checkDerivatives(TileKernels kernels) {
    int block = kernels.block();
    float w = 0.75f;
    for (Activation f : Activation.values()) {
      for (float number : NUMBERS) {
        float output = (float) Reference.activate(f, number);
        for (float d : NUMBERS) {
          if (Float.isNaN(output) && !Float.isNaN(d)) {
            // What isn't a number forward isn't one backward.
            continue;
          }
          double slope = Reference.slope(f, output);
          String what = "the derivative of " + f + " = " + output + " times " + d;
          float[] many = filled(block, d);
          kernels.derivative(f, filled(block, output), 0, many, 0, 1, new float[kernels.lanes()]);
          check(what, slope * d, many[block - 1]);
          float[] one = filled(block, output);
          float[] row = filled(block, d);
          kernels.backward(
              f,
              new float[] {w},
              0,
              row,
              0,
              one,
              0,
              1,
              new float[kernels.lanes()],
              new float[kernels.lanes()]);
          check(what + " times a weight", slope * w * d, one[block - 1]);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void outputs(KernelChoice choice) {
    checkOutputs(kernels(choice));
  }

  public static void checkOutputs(TileKernels kernels) {
    for (Output output : OUTPUTS) {
      for (int outputs : new int[] {1, 2, 3}) {
        for (float[] logits : logits(outputs)) {
          for (float target : targets(output, outputs)) {
            if (outputs > 1 || output != Output.SOFTMAX_CROSS_ENTROPY) {
              checkOutput(kernels, output, logits, target);
            }
          }
        }
      }
    }
  }

  /** All pairs of numbers, a third one beside them. */
  private static List<float[]> logits(int outputs) {
    List<float[]> logits = new ArrayList<>();
    for (float first : NUMBERS) {
      for (float second : outputs == 1 ? new float[] {0} : NUMBERS) {
        logits.add(Arrays.copyOf(new float[] {first, second, 0.5f}, outputs));
      }
    }
    return logits;
  }

  private static float[] targets(Output output, int outputs) {
    return switch (output) {
      case SIGMOID_CROSS_ENTROPY -> new float[] {0, 1};
      case SOFTMAX_CROSS_ENTROPY -> outputs == 2 ? new float[] {0, 1} : new float[] {0, 1, 2};
      case IDENTITY_SQUARED_ERROR -> new float[] {0, -3, 1e30f, Float.POSITIVE_INFINITY};
      case EXPONENTIAL_POISSON -> new float[0];
    };
  }

  /** A block of the same sample. */
  private static void checkOutput(
      TileKernels kernels, Output output, float[] logits, float target) {
    int block = kernels.block();
    int outputs = logits.length;
    int targetRows = output.targetColumns(outputs);
    float[] z = new float[block * outputs];
    double[] wide = new double[outputs];
    for (int row = 0; row < outputs; row++) {
      Arrays.fill(z, row * block, (row + 1) * block, logits[row]);
      wide[row] = logits[row];
    }
    float[] y = filled(block * targetRows, target);
    double[] wideY = new double[targetRows];
    Arrays.fill(wideY, target);
    double[] spread = Reference.spread(output, wideY, outputs);
    float[] missed = new float[kernels.lanes()];
    float[] biases = new float[outputs * kernels.lanes()];
    double cost = kernels.outputDelta(output, z, 0, outputs, y, 0, missed, biases);
    String what = output + " of " + Arrays.toString(logits) + " for " + target;
    double[] a = Reference.probabilities(output, wide);
    for (int row = 0; row < outputs; row++) {
      checkDelta(what, a[row] - spread[row], z[(row + 1) * block - 1]);
    }
    float misses = 0;
    for (float lane : missed) {
      misses += lane;
    }
    double expected = Reference.cost(output, wide, spread);
    checkCost(what, expected, (float) (cost / block));
    // Where the cost isn't a number, nothing is said of hits.
    if (!Double.isNaN(expected) && output != Output.IDENTITY_SQUARED_ERROR) {
      boolean hit = Reference.hit(output, wide, spread);
      assertThat(misses).as(what).isEqualTo(hit ? 0 : block);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void weightedOutputs(KernelChoice choice) {
    checkWeightedOutputs(kernels(choice));
  }

  static void checkWeightedOutputs(TileKernels kernels) {
    for (Output output : OUTPUTS) {
      for (int outputs : new int[] {1, 2, 3}) {
        for (float[] logits : logits(outputs)) {
          for (float target : targets(output, outputs)) {
            if (outputs > 1 || output != Output.SOFTMAX_CROSS_ENTROPY) {
              checkWeightedOutput(kernels, output, logits, target);
            }
          }
        }
      }
    }
  }

  /** A block of the same sample; their weights are 0, 0.5, 1, 1.5, 0, 0.5, …. */
  private static void checkWeightedOutput(
      TileKernels kernels, Output output, float[] logits, float target) {
    int block = kernels.block();
    int outputs = logits.length;
    int targetRows = output.targetColumns(outputs);
    float[] z = new float[block * outputs];
    double[] wide = new double[outputs];
    for (int row = 0; row < outputs; row++) {
      Arrays.fill(z, row * block, (row + 1) * block, logits[row]);
      wide[row] = logits[row];
    }
    float[] y = Arrays.copyOf(filled(block * targetRows, target), block * (targetRows + 1));
    for (int i = 0; i < block; i++) {
      y[block * targetRows + i] = i % 4 * 0.5f;
    }
    double[] wideY = new double[targetRows];
    Arrays.fill(wideY, target);
    double[] spread = Reference.spread(output, wideY, outputs);
    float[] biases = new float[outputs * kernels.lanes()];
    Outputs.Sum sum = new Outputs.Sum();
    sum.cost = 3;
    sum.hits = 4;
    sum.weight = 5;
    double cost = kernels.weightedOutputDelta(output, z, 0, outputs, y, 0, biases, sum);
    String what = "weighted " + output + " of " + Arrays.toString(logits) + " for " + target;
    double[] a = Reference.probabilities(output, wide);
    for (int row = 0; row < outputs; row++) {
      double sumOfRow = 0;
      for (int i = 0; i < block; i++) {
        float delta = z[row * block + i];
        // A product with 0 is 0, or is not a number.
        double expected = (a[row] - spread[row]) * (i % 4 * 0.5);
        if (i % 4 > 0 || Math.abs(a[row] - spread[row]) <= Float.MAX_VALUE) {
          checkDelta(what, expected, delta);
        }
        sumOfRow += delta;
      }
      double sumOfLanes = 0;
      for (int lane = 0; lane < kernels.lanes(); lane++) {
        sumOfLanes += biases[row * kernels.lanes() + lane];
      }
      if (Math.abs(sumOfRow) < Float.MAX_VALUE / block) {
        assertThat(sumOfLanes)
            .as(what)
            .isCloseTo(sumOfRow, within(1e-5 + 1e-5 * Math.abs(sumOfRow)));
      }
    }
    assertThat(sum.cost).isEqualTo(3);
    assertThat(sum.weight).isEqualTo(5 + 0.75 * block);
    double expected = Reference.cost(output, wide, spread);
    if (Math.abs(expected) < Float.MAX_VALUE / block) {
      checkCost(what, 0.75 * expected, (float) (cost / block));
    } else {
      // The pass sums again in double what is not finite here.
      assertThat(Double.isFinite(cost) && !Double.isFinite(expected)).as(what).isFalse();
    }
    if (!Double.isNaN(expected)) {
      boolean hit = Reference.hit(output, wide, spread);
      assertThat(sum.hits).as(what).isEqualTo(hit ? 4 + 0.75 * block : 4);
    }
  }

  /** What confident outputs cost is small, and has as many digits as other costs. */
  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void smallCostsKeepTheirDigits(KernelChoice choice) {
    for (float logit : new float[] {1, 17, 19, 20, 27, 40, 80}) {
      checkBlock(choice, Output.SIGMOID_CROSS_ENTROPY, logit, 1, 1);
      checkBlock(choice, Output.SIGMOID_CROSS_ENTROPY, -logit, 0, 3);
    }
  }

  /** A sum of so many equal floats in float would be off by more. */
  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void costsOfManyOutputsKeepTheirDigits(KernelChoice choice) {
    checkBlock(choice, Output.SIGMOID_CROSS_ENTROPY, 0.3f, 0, 1_000);
    checkBlock(choice, Output.IDENTITY_SQUARED_ERROR, 0.3f, 0, 1_000);
  }

  /** The cost of a block of equal outputs, to what vectors of floats or doubles have of digits. */
  private static void checkBlock(
      KernelChoice choice, Output output, float logit, float target, int outputs) {
    TileKernels kernels = kernels(choice);
    int count = kernels.block() * outputs;
    double cost =
        kernels.outputDelta(
            output,
            filled(count, logit),
            0,
            outputs,
            filled(count, target),
            0,
            new float[kernels.lanes()],
            new float[outputs * kernels.lanes()]);
    double expected = count * Reference.cost(output, new double[] {logit}, new double[] {target});
    assertThat(cost)
        .as("%s outputs of %s", outputs, logit)
        .isCloseTo(expected, withinPercentage(choice == KernelChoice.ON ? 1e-4 : 1e-6));
  }

  /** A difference of numbers up to 1, or of any. */
  private static void checkDelta(String what, double expected, float found) {
    if (Math.abs(expected) > 1 || Double.isNaN(expected)) {
      check("the derivative of " + what, expected, found);
    } else {
      assertThat((double) found).as("the derivative of %s", what).isCloseTo(expected, within(1e-6));
    }
  }

  /** Costs beyond what a float holds are infinite here; the pass sums them again in double. */
  private static void checkCost(String what, double expected, float found) {
    boolean beyond = Math.abs(expected) > Float.MAX_VALUE / 4;
    if (beyond && Double.isFinite(expected) && Float.isInfinite(found)) {
      return;
    }
    float narrowed = (float) expected;
    boolean right =
        Float.isFinite(narrowed)
            ? Math.abs(found - expected) <= 1e-5 * (1 + Math.abs(expected))
            : Float.compare(found, narrowed) == 0;
    assertThat(right).as("the cost of %s is %s, not %s", what, expected, found).isTrue();
  }
}
