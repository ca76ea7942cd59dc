package org.shallownet.model.onnx;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * ONNX's {@code ModelProto}.
 *
 * @param irVersion the version of the file format
 * @param producerName the tool that made it; may be empty
 * @param producerVersion the tool's version; may be empty
 * @param opsets the version of each set of operators by its domain; ONNX's own is the empty string
 * @param graph the computation
 * @param metadata what else the tool noted, in the file's order
 */
public record OnnxModel(
    long irVersion,
    String producerName,
    String producerVersion,
    Map<String, Long> opsets,
    OnnxGraph graph,
    Map<String, String> metadata) {
  /** Copies the maps. */
  public OnnxModel {
    opsets = Map.copyOf(opsets);
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }
}
