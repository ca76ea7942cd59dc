package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;
import static org.shallownet.backend.cpu.vector.VectorMath.INTS;
import static org.shallownet.backend.cpu.vector.VectorMath.ONE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.shallownet.backend.cpu.tiled.TileKernels;

/**
 * The outputs' derivatives, costs and misses by vectors: see {@link TileKernels#outputDelta}.
 *
 * <p>{@code costs} and {@code misses} are a vector each; the first is 0 before and after.
 */
final class VectorOutputs {
  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();

  /** The costs of more outputs, summed in float, would lose too many digits. */
  static final int SUMMED_OUTPUTS = 16;

  private VectorOutputs() {}

  /** The sum of the costs' lanes, which are 0 then. */
  static double take(float[] costs) {
    double sum = 0;
    for (int lane = 0; lane < L; lane++) {
      sum += costs[lane];
      costs[lane] = 0;
    }
    return sum;
  }

  /** The same after every so many outputs; else 0. */
  private static double take(int row, float[] costs) {
    return row % SUMMED_OUTPUTS == SUMMED_OUTPUTS - 1 ? take(costs) : 0;
  }

  /**
   * Sigmoid and binary cross-entropy; {@code e^-|z|} is kept between the loops, each of which the
   * compiler inlines as a whole.
   *
   * @param exps room for {@code block} floats
   */
  static double sigmoid(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] costs,
      float[] misses,
      float[] gB,
      float[] exps) {
    countMisses(block, z, from, outputs, y, fromY, misses);
    double cost = 0;
    for (int row = 0; row < outputs; row++) {
      int at = row * block;
      exps(block, z, from + at, exps);
      addCosts(block, z, from + at, y, fromY + at, exps, costs);
      sigmoidDelta(block, z, from + at, y, fromY + at, exps, gB, row * L);
      cost += take(row, costs);
    }
    return cost + take(costs);
  }

  /** {@code exps = e^-|z|}. */
  static void exps(int block, float[] z, int from, float[] exps) {
    for (int i = 0; i < block; i += L) {
      VectorMath.expOfMinusAbs(fromArray(F, z, from + i)).intoArray(exps, i);
    }
  }

  /** Adds {@code -(y log a + (1 - y) log(1 - a)) = max(z, 0) - z y + log(1 + e^-|z|)}. */
  private static void addCosts(
      int block, float[] z, int from, float[] y, int fromY, float[] exps, float[] costs) {
    FloatVector cost = fromArray(F, costs, 0);
    for (int i = 0; i < block; i += L) {
      FloatVector logit = fromArray(F, z, from + i);
      IntVector bits = logit.reinterpretAsInts();
      FloatVector positive = bits.and(bits.lanewise(ASHR, 31).not()).reinterpretAsFloats();
      FloatVector linear = positive.sub(logit.mul(fromArray(F, y, fromY + i)));
      cost = cost.add(VectorMath.log1p(fromArray(F, exps, i)).add(linear));
    }
    cost.intoArray(costs, 0);
  }

  /** {@code z = a - y}, and its sum. */
  private static void sigmoidDelta(
      int block, float[] z, int from, float[] y, int fromY, float[] exps, float[] gB, int to) {
    FloatVector sum = fromArray(F, gB, to);
    for (int i = 0; i < block; i += L) {
      FloatVector a = VectorMath.sigmoid(fromArray(F, z, from + i), fromArray(F, exps, i));
      FloatVector d = a.sub(fromArray(F, y, fromY + i));
      d.intoArray(z, from + i);
      sum = sum.add(d);
    }
    sum.intoArray(gB, to);
  }

  /** A sample is missed if any of its logits is on the wrong side of 0. */
  private static void countMisses(
      int block, float[] z, int from, int outputs, float[] y, int fromY, float[] misses) {
    for (int i = 0; i < block; i += L) {
      IntVector missed = IntVector.broadcast(INTS, 0);
      for (int row = 0; row < outputs; row++) {
        int at = row * block + i;
        IntVector bits = fromArray(F, z, from + at).reinterpretAsInts();
        IntVector notPositive = bits.sub(1).or(bits).lanewise(ASHR, 31);
        IntVector fromOne = fromArray(F, y, fromY + at).reinterpretAsInts().sub(ONE);
        missed = missed.or(notPositive.sub(VectorMath.nonZero(fromOne)));
      }
      VectorMath.count(missed, misses);
    }
  }

  /**
   * Softmax and cross-entropy, in loops that the compiler inlines as a whole.
   *
   * @param room for {@code 2 · block} floats
   */
  static double softmax(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] costs,
      float[] misses,
      float[] gB,
      float[] room) {
    subtractLargest(block, z, from, outputs, room);
    readTargets(block, z, from, outputs, y, fromY, misses, room);
    exps(block, z, from, outputs, room);
    softmaxDelta(block, z, from, outputs, y, fromY, gB, room);
    addLogs(block, costs, room);
    return take(costs);
  }

  /** Subtracts from each logit its sample's largest one; what isn't a number goes to the room. */
  static void subtractLargest(int block, float[] z, int from, int outputs, float[] room) {
    for (int i = 0; i < block; i += L) {
      FloatVector max = fromArray(F, z, from + i);
      for (int row = 1; row < outputs; row++) {
        max = max.max(fromArray(F, z, from + row * block + i));
      }
      for (int row = 0; row < outputs; row++) {
        int at = from + row * block + i;
        // -0, which is no less than 0, becomes 0.
        fromArray(F, z, at).sub(max).add(0f).intoArray(z, at);
      }
      max.sub(max).intoArray(room, block + i);
    }
  }

  /** Adds the logit of each sample's class to the second half of the room, and counts misses. */
  private static void readTargets(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] misses,
      float[] room) {
    for (int i = 0; i < block; i += L) {
      IntVector target = fromArray(F, y, fromY + i).reinterpretAsInts();
      FloatVector atTarget = fromArray(F, room, block + i);
      IntVector largest = IntVector.broadcast(INTS, 0);
      // From the last to the first, which wins among equals.
      for (int row = outputs - 1; row >= 0; row--) {
        IntVector below = fromArray(F, z, from + row * block + i).reinterpretAsInts();
        IntVector name = broadcast(F, (float) row).reinterpretAsInts();
        IntVector other = VectorMath.nonZero(target.sub(name));
        atTarget = atTarget.add(below.and(other.not()).reinterpretAsFloats());
        IntVector less = below.lanewise(ASHR, 31);
        largest = largest.and(less).or(name.and(less.not()));
      }
      atTarget.intoArray(room, block + i);
      VectorMath.count(largest.sub(target), misses);
    }
  }

  /** {@code z = e^z}, and in the first half of the room the sum of a sample's. */
  static void exps(int block, float[] z, int from, int outputs, float[] room) {
    for (int i = 0; i < block; i += L) {
      FloatVector total = broadcast(F, 0f);
      for (int row = outputs - 1; row >= 0; row--) {
        int at = from + row * block + i;
        FloatVector e = VectorMath.expOfMinusAbs(fromArray(F, z, at));
        e.intoArray(z, at);
        total = total.add(e);
      }
      total.intoArray(room, i);
    }
  }

  /** {@code z = a - y} for classes, and its sums. */
  private static void softmaxDelta(
      int block, float[] z, int from, int outputs, float[] y, int fromY, float[] gB, float[] room) {
    for (int i = 0; i < block; i += L) {
      IntVector target = fromArray(F, y, fromY + i).reinterpretAsInts();
      FloatVector share = broadcast(F, 1f).div(fromArray(F, room, i));
      for (int row = 0; row < outputs; row++) {
        int at = from + row * block + i;
        IntVector name = broadcast(F, (float) row).reinterpretAsInts();
        IntVector other = VectorMath.nonZero(target.sub(name));
        FloatVector oneHot = other.not().and(ONE).reinterpretAsFloats();
        FloatVector d = fromArray(F, z, at).mul(share).sub(oneHot);
        d.intoArray(z, at);
        fromArray(F, gB, row * L).add(d).intoArray(gB, row * L);
      }
    }
  }

  /** Adds {@code -log a = log Σ e^(z - max) - (z - max)}. */
  private static void addLogs(int block, float[] costs, float[] room) {
    FloatVector cost = fromArray(F, costs, 0);
    for (int i = 0; i < block; i += L) {
      FloatVector log = VectorMath.log(fromArray(F, room, i));
      cost = cost.add(log.sub(fromArray(F, room, block + i)));
    }
    cost.intoArray(costs, 0);
  }

  static double identity(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] costs,
      float[] gB) {
    double total = 0;
    for (int row = 0; row < outputs; row++) {
      FloatVector cost = fromArray(F, costs, 0);
      FloatVector sum = fromArray(F, gB, row * L);
      for (int i = row * block; i < (row + 1) * block; i += L) {
        FloatVector d = fromArray(F, z, from + i).sub(fromArray(F, y, fromY + i));
        d.intoArray(z, from + i);
        cost = d.mul(0.5f).fma(d, cost);
        sum = sum.add(d);
      }
      cost.intoArray(costs, 0);
      sum.intoArray(gB, row * L);
      total += take(row, costs);
    }
    return total + take(costs);
  }
}
