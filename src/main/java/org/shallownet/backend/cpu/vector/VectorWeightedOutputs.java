package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;
import static org.shallownet.backend.cpu.vector.VectorMath.INTS;
import static org.shallownet.backend.cpu.vector.VectorMath.ONE;
import static org.shallownet.backend.cpu.vector.VectorMath.nonZero;
import static org.shallownet.backend.cpu.vector.VectorMath.unless;
import static org.shallownet.backend.cpu.vector.VectorOutputs.SUMMED_OUTPUTS;
import static org.shallownet.backend.cpu.vector.VectorOutputs.take;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.backend.cpu.tiled.TileKernels;

/**
 * The outputs' derivatives, costs and hits of weighted samples by vectors: see {@link
 * TileKernels#weightedOutputDelta}.
 *
 * <p>Loops of {@link VectorOutputs} in which a weight takes part stand here a second time, so that
 * samples without weights have no work with them.
 */
final class VectorWeightedOutputs {
  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();

  // Sums in lanes, 0 before and after.
  private final float[] costs = new float[L];
  private final float[] hits = new float[L];
  private final float[] weights = new float[L];

  private void addTo(Outputs.Sum sum) {
    sum.hits += take(hits);
    sum.weight += take(weights);
  }

  /**
   * Sigmoid and binary cross-entropy.
   *
   * @param room for {@code 2 · block} floats: {@code e^-|z|}, and the samples' costs
   */
  double sigmoid(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] room,
      float[] gB,
      Outputs.Sum sum) {
    int fromW = fromY + outputs * block;
    Arrays.fill(room, block, 2 * block, 0);
    addHits(block, z, from, outputs, y, fromY, hits, weights);
    double cost = 0;
    for (int row = 0; row < outputs; row++) {
      int at = row * block;
      VectorOutputs.exps(block, z, from + at, room);
      addCosts(block, z, from + at, y, fromY + at, room);
      sigmoidDelta(block, z, from + at, y, fromY + at, fromW, room, gB, row * L);
      if (row % SUMMED_OUTPUTS == SUMMED_OUTPUTS - 1 || row == outputs - 1) {
        weigh(block, y, fromW, room, costs);
        cost += take(costs);
      }
    }
    addTo(sum);
    return cost;
  }

  /** Adds the weights of the samples, and of those with every logit on the right side of 0. */
  private static void addHits(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] hits,
      float[] weights) {
    FloatVector right = fromArray(F, hits, 0);
    FloatVector all = fromArray(F, weights, 0);
    for (int i = 0; i < block; i += L) {
      IntVector missed = IntVector.broadcast(INTS, 0);
      for (int row = 0; row < outputs; row++) {
        int at = row * block + i;
        IntVector bits = fromArray(F, z, from + at).reinterpretAsInts();
        IntVector notPositive = bits.sub(1).or(bits).lanewise(ASHR, 31);
        IntVector fromOne = fromArray(F, y, fromY + at).reinterpretAsInts().sub(ONE);
        missed = missed.or(notPositive.sub(nonZero(fromOne)));
      }
      FloatVector w = fromArray(F, y, fromY + outputs * block + i);
      right = right.add(unless(missed, w));
      all = all.add(w);
    }
    right.intoArray(hits, 0);
    all.intoArray(weights, 0);
  }

  /** Adds an output's costs to those of the samples, in the second half of the room. */
  private static void addCosts(int block, float[] z, int from, float[] y, int fromY, float[] room) {
    for (int i = 0; i < block; i += L) {
      FloatVector logit = fromArray(F, z, from + i);
      IntVector bits = logit.reinterpretAsInts();
      FloatVector positive = bits.and(bits.lanewise(ASHR, 31).not()).reinterpretAsFloats();
      FloatVector linear = positive.sub(logit.mul(fromArray(F, y, fromY + i)));
      FloatVector cost = VectorMath.log1p(fromArray(F, room, i)).add(linear);
      fromArray(F, room, block + i).add(cost).intoArray(room, block + i);
    }
  }

  /** Adds the samples' costs times their weights; the costs are 0 then. */
  private static void weigh(int block, float[] y, int fromW, float[] room, float[] costs) {
    FloatVector cost = fromArray(F, costs, 0);
    for (int i = 0; i < block; i += L) {
      cost = cost.add(fromArray(F, room, block + i).mul(fromArray(F, y, fromW + i)));
      broadcast(F, 0f).intoArray(room, block + i);
    }
    cost.intoArray(costs, 0);
  }

  /** {@code z = w (a - y)}, and its sum. */
  private static void sigmoidDelta(
      int block,
      float[] z,
      int from,
      float[] y,
      int fromY,
      int fromW,
      float[] exps,
      float[] gB,
      int to) {
    FloatVector sum = fromArray(F, gB, to);
    for (int i = 0; i < block; i += L) {
      FloatVector a = VectorMath.sigmoid(fromArray(F, z, from + i), fromArray(F, exps, i));
      FloatVector d = a.sub(fromArray(F, y, fromY + i)).mul(fromArray(F, y, fromW + i));
      d.intoArray(z, from + i);
      sum = sum.add(d);
    }
    sum.intoArray(gB, to);
  }

  /**
   * Softmax and cross-entropy.
   *
   * @param room for {@code 2 · block} floats, as in {@link VectorOutputs#softmax}
   */
  double softmax(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] room,
      float[] gB,
      Outputs.Sum sum) {
    VectorOutputs.subtractLargest(block, z, from, outputs, room);
    readTargets(block, z, from, outputs, y, fromY, hits, weights, room);
    VectorOutputs.exps(block, z, from, outputs, room);
    softmaxDelta(block, z, from, outputs, y, fromY, gB, room);
    addLogs(block, y, fromY + block, costs, room);
    addTo(sum);
    return take(costs);
  }

  /** Adds the logit of each sample's class to the second half of the room, and the weights. */
  private static void readTargets(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] hits,
      float[] weights,
      float[] room) {
    FloatVector right = fromArray(F, hits, 0);
    FloatVector all = fromArray(F, weights, 0);
    for (int i = 0; i < block; i += L) {
      IntVector target = fromArray(F, y, fromY + i).reinterpretAsInts();
      FloatVector atTarget = fromArray(F, room, block + i);
      IntVector largest = IntVector.broadcast(INTS, 0);
      // From the last to the first, which wins among equals.
      for (int row = outputs - 1; row >= 0; row--) {
        IntVector below = fromArray(F, z, from + row * block + i).reinterpretAsInts();
        IntVector name = broadcast(F, (float) row).reinterpretAsInts();
        IntVector other = nonZero(target.sub(name));
        atTarget = atTarget.add(below.and(other.not()).reinterpretAsFloats());
        IntVector less = below.lanewise(ASHR, 31);
        largest = largest.and(less).or(name.and(less.not()));
      }
      atTarget.intoArray(room, block + i);
      FloatVector w = fromArray(F, y, fromY + block + i);
      right = right.add(unless(largest.sub(target), w));
      all = all.add(w);
    }
    right.intoArray(hits, 0);
    all.intoArray(weights, 0);
  }

  /** {@code z = w (a - y)} for classes, and its sums. */
  private static void softmaxDelta(
      int block, float[] z, int from, int outputs, float[] y, int fromY, float[] gB, float[] room) {
    for (int i = 0; i < block; i += L) {
      IntVector target = fromArray(F, y, fromY + i).reinterpretAsInts();
      FloatVector share = broadcast(F, 1f).div(fromArray(F, room, i));
      FloatVector w = fromArray(F, y, fromY + block + i);
      for (int row = 0; row < outputs; row++) {
        int at = from + row * block + i;
        IntVector name = broadcast(F, (float) row).reinterpretAsInts();
        IntVector other = nonZero(target.sub(name));
        FloatVector oneHot = other.not().and(ONE).reinterpretAsFloats();
        FloatVector d = fromArray(F, z, at).mul(share).sub(oneHot).mul(w);
        d.intoArray(z, at);
        fromArray(F, gB, row * L).add(d).intoArray(gB, row * L);
      }
    }
  }

  /** Adds {@code -w log a = w (log Σ e^(z - max) - (z - max))}. */
  private static void addLogs(int block, float[] y, int fromW, float[] costs, float[] room) {
    FloatVector cost = fromArray(F, costs, 0);
    for (int i = 0; i < block; i += L) {
      FloatVector log = VectorMath.log(fromArray(F, room, i));
      FloatVector each = log.sub(fromArray(F, room, block + i));
      cost = cost.add(each.mul(fromArray(F, y, fromW + i)));
    }
    cost.intoArray(costs, 0);
  }

  double identity(
      int block,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] gB,
      Outputs.Sum sum) {
    int fromW = fromY + outputs * block;
    addWeights(block, y, fromW, weights);
    double cost = 0;
    for (int row = 0; row < outputs; row++) {
      identityDelta(block, z, from, row * block, y, fromY, fromW, costs, gB, row * L);
      if (row % SUMMED_OUTPUTS == SUMMED_OUTPUTS - 1) {
        cost += take(costs);
      }
    }
    addTo(sum);
    return cost + take(costs);
  }

  private static void addWeights(int block, float[] y, int fromW, float[] weights) {
    FloatVector all = fromArray(F, weights, 0);
    for (int i = 0; i < block; i += L) {
      all = all.add(fromArray(F, y, fromW + i));
    }
    all.intoArray(weights, 0);
  }

  /** {@code z = w (z - y)} for an output, its sum, and its costs. */
  private static void identityDelta(
      int block,
      float[] z,
      int from,
      int row,
      float[] y,
      int fromY,
      int fromW,
      float[] costs,
      float[] gB,
      int to) {
    FloatVector cost = fromArray(F, costs, 0);
    FloatVector sum = fromArray(F, gB, to);
    for (int i = 0; i < block; i += L) {
      int at = from + row + i;
      FloatVector difference = fromArray(F, z, at).sub(fromArray(F, y, fromY + row + i));
      FloatVector d = difference.mul(fromArray(F, y, fromW + i));
      d.intoArray(z, at);
      cost = difference.mul(0.5f).fma(d, cost);
      sum = sum.add(d);
    }
    cost.intoArray(costs, 0);
    sum.intoArray(gB, to);
  }
}
