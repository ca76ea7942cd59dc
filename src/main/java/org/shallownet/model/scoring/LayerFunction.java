package org.shallownet.model.scoring;

/** What a layer of a model from another tool applies to its weighted inputs; for any thread. */
public interface LayerFunction {
  /**
   * Replaces rows of weighted inputs by what the layer gives.
   *
   * @param z {@code rows × units}, row by row from index 0
   */
  void apply(float[] z, int rows, int units);

  /** The ONNX operators that it consists of, but for those that only shift and scale. */
  String operators();
}
