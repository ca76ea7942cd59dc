package org.shallownet.model.onnx;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Turns models into ONNX's wire format. */
public final class OnnxEncoder {
  private OnnxEncoder() {}

  /**
   * The model as the bytes of an ONNX file.
   *
   * @throws org.shallownet.data.DataException if it is larger than protobuf allows
   */
  public static WireMessage encode(OnnxModel model) {
    WireMessage message =
        new WireMessage()
            .integer(1, model.irVersion())
            .text(2, model.producerName())
            .text(3, model.producerVersion())
            .message(7, graph(model.graph()));
    model
        .opsets()
        .forEach(
            (domain, version) ->
                message.message(8, new WireMessage().text(1, domain).integer(2, version)));
    model.metadata().forEach((key, value) -> message.message(14, metadata(key, value)));
    return message;
  }

  /** One entry of a model's metadata, field 14 of a model. */
  public static WireMessage metadata(String key, String value) {
    return new WireMessage().text(1, key).text(2, value);
  }

  private static WireMessage graph(OnnxGraph graph) {
    WireMessage message = new WireMessage();
    graph.nodes().forEach(node -> message.message(1, node(node)));
    message.text(2, graph.name());
    graph.initializers().forEach(tensor -> message.message(5, tensor(tensor)));
    graph.inputs().forEach(value -> message.message(11, value(value)));
    graph.outputs().forEach(value -> message.message(12, value(value)));
    return message;
  }

  private static WireMessage node(OnnxNode node) {
    WireMessage message = new WireMessage();
    node.inputs().forEach(input -> message.text(1, input));
    node.outputs().forEach(output -> message.text(2, output));
    message.text(3, node.name()).text(4, node.operator());
    node.attributes().forEach(attribute -> message.message(5, attribute(attribute)));
    if (!node.domain().isEmpty()) {
      message.text(7, node.domain());
    }
    return message;
  }

  private static WireMessage attribute(OnnxAttribute attribute) {
    WireMessage message = new WireMessage().text(1, attribute.name());
    OnnxTensor tensor = attribute.tensor();
    switch (attribute.kind()) {
      case REAL -> message.real(2, attribute.real());
      case INTEGER -> message.integer(3, attribute.integer());
      case TEXT -> message.text(4, attribute.text());
      case TENSOR -> message.message(5, tensor(Objects.requireNonNull(tensor)));
      case REALS -> message.bytes(7, Objects.requireNonNull(tensor).data());
      case INTEGERS -> attribute.integers().forEach(value -> message.integer(8, value));
      case TEXTS -> attribute.texts().forEach(text -> message.text(9, text));
      case OTHER -> throw new IllegalArgumentException("can't write attribute " + attribute.name());
    }
    return message.integer(20, attribute.kind().code());
  }

  private static WireMessage tensor(OnnxTensor tensor) {
    WireMessage message = new WireMessage();
    tensor.dimensions().forEach(dimension -> message.integer(1, dimension));
    message.integer(2, tensor.type());
    tensor.strings().forEach(string -> message.text(6, string));
    message.text(8, tensor.name());
    Map<String, String> external = tensor.external();
    if (external != null) {
      external.forEach((key, value) -> message.message(13, metadata(key, value)));
      message.integer(14, 1);
    } else if (tensor.type() != OnnxTensor.STRING) {
      message.bytes(9, tensor.data());
    }
    return message;
  }

  private static WireMessage value(OnnxValue value) {
    WireMessage tensor = new WireMessage().integer(1, value.type());
    List<Long> shape = value.shape();
    if (shape != null) {
      WireMessage dimensions = new WireMessage();
      for (long dimension : shape) {
        dimensions.message(
            1,
            dimension == OnnxValue.ANY
                ? new WireMessage().text(2, "N")
                : new WireMessage().integer(1, dimension));
      }
      tensor.message(2, dimensions);
    }
    return new WireMessage().text(1, value.name()).message(2, new WireMessage().message(1, tensor));
  }
}
