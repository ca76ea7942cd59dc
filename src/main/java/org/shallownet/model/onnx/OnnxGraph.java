package org.shallownet.model.onnx;

import java.util.List;

/**
 * ONNX's {@code GraphProto}.
 *
 * @param name the graph's name
 * @param nodes the operations, each after those whose results it reads
 * @param initializers the constants
 * @param inputs what goes in; old files list the constants here too
 * @param outputs what comes out
 */
public record OnnxGraph(
    String name,
    List<OnnxNode> nodes,
    List<OnnxTensor> initializers,
    List<OnnxValue> inputs,
    List<OnnxValue> outputs) {
  /** Copies the lists. */
  public OnnxGraph {
    nodes = List.copyOf(nodes);
    initializers = List.copyOf(initializers);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
