package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.shallownet.backend.cpu.primitives.OpenBlas;
import org.shallownet.backend.cpu.primitives.OpenBlas.Buffer;

/**
 * {@link TileInput} by OpenBLAS, from samples row by row: for layers whose weights don't fit the
 * caches that the kernels need, and where there are no vectors.
 *
 * <p>A tile is a single block.
 */
final class BlasInput implements TileInput {
  private final TileLayer layer;
  private final int block;
  private final Buffer w = new Buffer();
  private final Buffer x = new Buffer();
  private final Buffer z = new Buffer();
  private final Buffer gradient = new Buffer();
  private int samples;

  BlasInput(TileLayer layer, int block) {
    this.layer = layer;
    this.block = block;
    w.reserve(layer.weightCount());
    x.reserve(Math.multiplyExact(block, layer.inputs()));
    z.reserve(Math.multiplyExact(block, layer.units()));
    gradient.reserve(layer.weightCount());
  }

  @Override
  public void load(TileRows rows) {
    samples = rows.count();
    rows.featureRows(x);
  }

  @Override
  public void prepare(float[] theta) {
    w.put(0, theta, layer.weights(), layer.weightCount());
  }

  @Override
  public void forward(float[] theta, int number, float[] to, int from) {
    int units = layer.units();
    int inputs = layer.inputs();
    OpenBlas.multiply(false, true, units, samples, inputs, 1, w, inputs, x, inputs, 0, z, samples);
    for (int unit = 0; unit < units; unit++) {
      int at = from + unit * block;
      z.get(unit * samples, to, at, samples);
      add(theta[layer.biases() + unit], to, at, samples);
      Arrays.fill(to, at + samples, at + block, 0);
    }
    Arrays.fill(to, from + units * block, from + layer.rows() * block, 0);
  }

  private static void add(float b, float[] z, int from, int count) {
    for (int i = from; i < from + count; i++) {
      z[i] += b;
    }
  }

  @Override
  public void addGradient(float[] d, int from, int blocks, boolean first) {
    int units = layer.units();
    int inputs = layer.inputs();
    for (int unit = 0; unit < units; unit++) {
      z.put(unit * samples, d, from + unit * block, samples);
    }
    float keep = first ? 0 : 1;
    OpenBlas.multiply(
        false, false, units, inputs, samples, 1, z, samples, x, inputs, keep, gradient, inputs);
  }

  @Override
  public void readGradient(float[] to) {
    gradient.get(0, to, layer.weights(), layer.weightCount());
  }
}
