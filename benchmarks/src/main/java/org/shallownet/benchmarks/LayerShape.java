package org.shallownet.benchmarks;

/**
 * The sizes of a layer's operands, written {@code samples×inputs×units} with the letter x.
 *
 * @param samples rows of a batch
 * @param inputs what a unit of the layer reads
 * @param units what the layer computes
 */
record LayerShape(int samples, int inputs, int units) {
  static LayerShape of(String text) {
    String[] sizes = text.split("x", -1);
    if (sizes.length != 3) {
      throw new IllegalArgumentException("a shape is written as in 4096x28x64, not '" + text + "'");
    }
    return new LayerShape(
        Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]), Integer.parseInt(sizes[2]));
  }
}
