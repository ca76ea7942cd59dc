package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.shallownet.backend.cpu.primitives.Activations;
import org.shallownet.backend.cpu.primitives.CpuMath;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * {@link TileKernels} in plain Java.
 *
 * <p>Compilers turn loops over arrays into vector code by themselves, but not sums of floats: those
 * are kept in several parts by hand.
 */
final class PlainKernels implements TileKernels {
  private final int block;
  private final Outputs.Sum sum = new Outputs.Sum();
  private final Outputs.Sum one = new Outputs.Sum();
  private final float[] slopes;
  private final double[] room = new double[CpuMath.ROOM];
  private float[] logits = {};
  private float[] targets = {};

  PlainKernels(int block) {
    this.block = block;
    this.slopes = new float[block];
  }

  @Override
  public String describe() {
    return "plain Java";
  }

  @Override
  public int block() {
    return block;
  }

  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public void affine(
      float[] theta,
      int w,
      int stride,
      int b,
      int rows,
      float[] x,
      int fromX,
      int inputs,
      float[] z,
      int fromZ) {
    for (int row = 0; row < rows; row++) {
      int to = fromZ + row * block;
      Arrays.fill(z, to, to + block, theta[b + row]);
      addWeighted(theta, w + row / 4 * stride + row % 4, 4, x, fromX, inputs, z, to);
    }
  }

  @Override
  public void dot(
      float[] theta, int w, int b, float[] x, int fromX, int inputs, float[] z, int fromZ) {
    Arrays.fill(z, fromZ, fromZ + block, theta[b]);
    addWeighted(theta, w, 1, x, fromX, inputs, z, fromZ);
  }

  /** {@code z += Σ w[k] x[k]} with weights {@code step} apart. */
  private void addWeighted(
      float[] w, int from, int step, float[] x, int fromX, int inputs, float[] z, int fromZ) {
    int k = 0;
    for (; k + 4 <= inputs; k += 4) {
      int at = from + k * step;
      addFour(
          block,
          w[at],
          w[at + step],
          w[at + 2 * step],
          w[at + 3 * step],
          x,
          fromX + k * block,
          z,
          fromZ);
    }
    for (; k < inputs; k++) {
      addOne(block, w[from + k * step], x, fromX + k * block, z, fromZ);
    }
  }

  private static void addFour(
      int count,
      float w0,
      float w1,
      float w2,
      float w3,
      float[] x,
      int fromX,
      float[] z,
      int fromZ) {
    for (int i = 0; i < count; i++) {
      float low = w0 * x[fromX + i] + w1 * x[fromX + count + i];
      float high = w2 * x[fromX + 2 * count + i] + w3 * x[fromX + 3 * count + i];
      z[fromZ + i] += low + high;
    }
  }

  private static void addOne(int count, float w, float[] x, int fromX, float[] z, int fromZ) {
    for (int i = 0; i < count; i++) {
      z[fromZ + i] += w * x[fromX + i];
    }
  }

  @Override
  public void outer(
      float[] d,
      int fromD,
      int strideD,
      int rows,
      float[] x,
      int fromX,
      int strideX,
      int inputs,
      int blocks,
      float[] g) {
    for (int s = 0; s < blocks; s++) {
      int ds = fromD + s * strideD;
      int xs = fromX + s * strideX;
      for (int row = 0; row < rows; row++) {
        int to = row / 4 * 4 * inputs + row % 4;
        for (int k = 0; k < inputs; k++) {
          g[to + 4 * k] += product(block, d, ds + row * block, x, xs + k * block);
        }
      }
    }
  }

  @Override
  public void dotGradient(
      float[] d,
      int fromD,
      int strideD,
      float[] x,
      int fromX,
      int strideX,
      int inputs,
      int blocks,
      float[] g) {
    for (int s = 0; s < blocks; s++) {
      for (int k = 0; k < inputs; k++) {
        g[k] += product(block, d, fromD + s * strideD, x, fromX + s * strideX + k * block);
      }
    }
  }

  private static float product(int count, float[] a, int fromA, float[] b, int fromB) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    for (int i = 0; i < count; i += 8) {
      s0 += a[fromA + i] * b[fromB + i];
      s1 += a[fromA + i + 1] * b[fromB + i + 1];
      s2 += a[fromA + i + 2] * b[fromB + i + 2];
      s3 += a[fromA + i + 3] * b[fromB + i + 3];
      s4 += a[fromA + i + 4] * b[fromB + i + 4];
      s5 += a[fromA + i + 5] * b[fromB + i + 5];
      s6 += a[fromA + i + 6] * b[fromB + i + 6];
      s7 += a[fromA + i + 7] * b[fromB + i + 7];
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }

  private static float sum(int count, float[] a, int from) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    for (int i = from; i < from + count; i += 4) {
      s0 += a[i];
      s1 += a[i + 1];
      s2 += a[i + 2];
      s3 += a[i + 3];
    }
    return (s0 + s1) + (s2 + s3);
  }

  @Override
  public void activate(Activation f, float[] z, int from, int rows) {
    Activations.apply(f, z, from, rows * block, room);
  }

  @Override
  public void backward(
      Activation f,
      float[] theta,
      int w,
      float[] d,
      int fromD,
      float[] a,
      int from,
      int rows,
      float[] gW,
      float[] gB) {
    for (int row = 0; row < rows; row++) {
      int at = from + row * block;
      gW[row] += product(block, a, at, d, fromD);
      slope(f, a, at);
      scale(block, theta[w + row], d, fromD, a, at);
      gB[row] += sum(block, a, at);
    }
  }

  private static void scale(int count, float weight, float[] d, int fromD, float[] a, int from) {
    for (int i = 0; i < count; i++) {
      a[from + i] *= weight * d[fromD + i];
    }
  }

  /** {@code a = f′} for a row. */
  private void slope(Activation f, float[] a, int from) {
    Arrays.fill(slopes, 1);
    Activations.backward(f, a, from, slopes, 0, block);
    System.arraycopy(slopes, 0, a, from, block);
  }

  @Override
  public void derivative(
      Activation f, float[] a, int fromA, float[] d, int from, int rows, float[] gB) {
    Activations.backward(f, a, fromA, d, from, rows * block);
    for (int row = 0; row < rows; row++) {
      gB[row] += sum(block, d, from + row * block);
    }
  }

  @Override
  public double outputDelta(
      Output output,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] misses,
      float[] gB) {
    sum.clear();
    if (outputs == 1) {
      Outputs.delta(output, block, 1, z, from, y, fromY, 1, z, from, sum);
    } else {
      readRows(outputs, z, from, output.targetColumns(outputs), y, fromY);
      Outputs.delta(output, block, outputs, logits, 0, targets, 0, 1, logits, 0, sum);
      writeRows(outputs, z, from);
    }
    misses[0] += (float) (block - sum.hits);
    addSums(outputs, z, from, gB);
    return sum.cost;
  }

  @Override
  public double weightedOutputDelta(
      Output output,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] gB,
      Outputs.Sum to) {
    sum.clear();
    readRows(outputs, z, from, output.targetColumns(outputs) + 1, y, fromY);
    Outputs.weightedDelta(output, block, outputs, logits, 0, targets, 0, 1, logits, 0, sum, one);
    writeRows(outputs, z, from);
    addSums(outputs, z, from, gB);
    to.hits += sum.hits;
    to.weight += sum.weight;
    return sum.cost;
  }

  private void addSums(int outputs, float[] z, int from, float[] gB) {
    for (int row = 0; row < outputs; row++) {
      gB[row] += sum(block, z, from + row * block);
    }
  }

  /** Copies logits and targets, one row per sample instead of one per output or target. */
  private void readRows(int outputs, float[] z, int from, int targetRows, float[] y, int fromY) {
    logits = logits.length == outputs * block ? logits : new float[outputs * block];
    targets = targets.length == targetRows * block ? targets : new float[targetRows * block];
    toRows(outputs, z, from, logits);
    toRows(targetRows, y, fromY, targets);
  }

  /** Writes back what became of the logits. */
  private void writeRows(int outputs, float[] z, int from) {
    for (int i = 0; i < block; i++) {
      for (int row = 0; row < outputs; row++) {
        z[from + row * block + i] = logits[i * outputs + row];
      }
    }
  }

  /** One row per sample instead of one per output. */
  private void toRows(int columns, float[] from, int at, float[] to) {
    for (int column = 0; column < columns; column++) {
      for (int i = 0; i < block; i++) {
        to[i * columns + column] = from[at + column * block + i];
      }
    }
  }

  @Override
  public void sumLanes(float[] g, int count, float[] out, int from) {
    System.arraycopy(g, 0, out, from, count);
  }
}
