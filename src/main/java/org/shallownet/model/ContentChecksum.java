package org.shallownet.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxTensor;

/**
 * The checksum of what a model is: SHA-256 of our metadata, sorted by their keys, and of what was
 * learned, sorted by its names in the graph: for each its name, type, shape and elements. How the
 * file holds them doesn't matter, so that tools may add metadata, convert operators or move numbers
 * to other files.
 */
final class ContentChecksum {
  /** The metadata that hold it. */
  static final String KEY = ModelWriter.PREFIX + "checksum";

  /** The names of what was learned; other constants are the same in every model. */
  private static final Pattern LEARNED =
      Pattern.compile(
          "[Wb]\\d+(_\\d+)?|column\\d+_(words|encoding|other)|feature_(mean|factor|median|that_misses)"
              + "|piece_(column|start|factor|mean|scale)|target_(mean|deviation)|classes|no|yes");

  private ContentChecksum() {}

  /** The model with its checksum as the last of its metadata. */
  static OnnxModel addTo(OnnxModel onnx) {
    OnnxGraph graph = onnx.graph();
    Map<String, String> metadata = new LinkedHashMap<>(onnx.metadata());
    metadata.remove(KEY);
    metadata.put(KEY, of(metadata, graph.initializers()));
    return new OnnxModel(
        onnx.irVersion(),
        onnx.producerName(),
        onnx.producerVersion(),
        onnx.opsets(),
        graph,
        metadata);
  }

  /** Whether constants of this name are part of the checksum. */
  static boolean covers(String constant) {
    return LEARNED.matcher(constant).matches();
  }

  /**
   * The checksum in hexadecimal digits.
   *
   * @param constants with their elements, none of them in another file
   */
  static String of(Map<String, String> metadata, Collection<OnnxTensor> constants) {
    MessageDigest digest = sha256();
    new TreeMap<>(metadata)
        .forEach(
            (key, value) -> {
              if (key.startsWith(ModelWriter.PREFIX) && !key.equals(KEY)) {
                add(digest, key);
                add(digest, value);
              }
            });
    Map<String, OnnxTensor> sorted = new TreeMap<>();
    for (OnnxTensor tensor : constants) {
      if (covers(tensor.name())) {
        sorted.put(tensor.name(), tensor);
      }
    }
    sorted.values().forEach(tensor -> add(digest, tensor));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, OnnxTensor tensor) {
    add(digest, tensor.name());
    add(digest, tensor.type());
    add(digest, tensor.dimensions().size());
    tensor.dimensions().forEach(dimension -> add(digest, dimension));
    if (tensor.type() == OnnxTensor.STRING) {
      add(digest, tensor.strings().size());
      tensor.strings().forEach(string -> add(digest, string));
    } else {
      add(digest, tensor.data().remaining());
      digest.update(tensor.data().duplicate());
    }
  }

  /** Adds a text after its length, so that no two rows of texts look alike. */
  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(digest, bytes.length);
    digest.update(bytes);
  }

  private static void add(MessageDigest digest, long number) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
