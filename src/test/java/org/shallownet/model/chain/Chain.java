package org.shallownet.model.chain;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxEncoder;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.OnnxValue;

/** Builds ONNX files as other tools write them: each node reads the result of the one before. */
public final class Chain {
  private final Random random = new Random(21);
  private final List<OnnxNode> nodes = new ArrayList<>();
  private final List<OnnxTensor> initializers = new ArrayList<>();
  private final List<OnnxValue> inputs = new ArrayList<>();
  private final List<Long> inputShape;
  private String current = "x";
  private String domain = "";
  private long opset = 13;
  private boolean listInitializers;
  private @Nullable String output;

  /** A chain whose input {@code x} has this shape, -1 for any size. */
  public Chain(long... inputShape) {
    this.inputShape = Arrays.stream(inputShape).boxed().toList();
    input("x");
  }

  public Chain opset(long version) {
    opset = version;
    return this;
  }

  Chain domain(String name) {
    domain = name;
    return this;
  }

  Chain input(String name) {
    inputs.add(new OnnxValue(name, OnnxTensor.FLOAT, inputShape));
    return this;
  }

  Chain listInitializers() {
    listInitializers = true;
    return this;
  }

  Chain output(String name) {
    output = name;
    return this;
  }

  /** The next node reads this value. */
  Chain from(String value) {
    current = value;
    return this;
  }

  public Chain then(String operator, OnnxAttribute... attributes) {
    return node(operator, List.of(current), attributes);
  }

  public Chain multiply(String name, long... shape) {
    return multiply(tensor(name, shape));
  }

  public Chain multiply(OnnxTensor weights) {
    initializers.add(weights);
    return node("MatMul", List.of(current, weights.name()));
  }

  Chain multiplyLeft(String name, long... shape) {
    initializers.add(tensor(name, shape));
    return node("MatMul", List.of(name, current));
  }

  public Chain add(String name, long... shape) {
    initializers.add(tensor(name, shape));
    return node("Add", List.of(name, current));
  }

  public Chain gemm(long[] weights, long @Nullable [] bias, OnnxAttribute... attributes) {
    String matrix = weights("gemmW" + nodes.size(), weights);
    return gemm(new ArrayList<>(List.of(current, matrix)), bias, attributes);
  }

  Chain gemmLeft(long[] weights, long @Nullable [] bias, OnnxAttribute... attributes) {
    String matrix = weights("gemmW" + nodes.size(), weights);
    return gemm(new ArrayList<>(List.of(matrix, current)), bias, attributes);
  }

  private Chain gemm(List<String> names, long @Nullable [] bias, OnnxAttribute... attributes) {
    if (bias != null) {
      names.add(weights("gemmB" + nodes.size(), bias));
    }
    return node("Gemm", names, attributes);
  }

  private String weights(String name, long... shape) {
    initializers.add(tensor(name, shape));
    return name;
  }

  private OnnxTensor tensor(String name, long... shape) {
    int count = 1;
    for (long dimension : shape) {
      count *= (int) dimension;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return OnnxTensor.ofFloats(name, values, shape);
  }

  /** A constant that later nodes may read. */
  Chain constant(OnnxTensor tensor) {
    initializers.add(tensor);
    return this;
  }

  /** A node with two results, of which the next one reads the first. */
  Chain withMask(String operator, OnnxAttribute... attributes) {
    then(operator, attributes);
    OnnxNode last = nodes.remove(nodes.size() - 1);
    List<String> results = List.of(current, current + "mask");
    nodes.add(
        new OnnxNode(operator, domain, last.name(), last.inputs(), results, last.attributes()));
    return this;
  }

  /** A node of ai.onnx.ml with these results, of which the next one reads the last. */
  Chain ml(String operator, List<String> results, OnnxAttribute... attributes) {
    nodes.add(
        new OnnxNode(
            operator, "ai.onnx.ml", operator, List.of(current), results, List.of(attributes)));
    current = results.get(results.size() - 1);
    return this;
  }

  /** A Constant node that gives {@code name}. */
  public Chain constantNode(String name, OnnxAttribute value) {
    nodes.add(new OnnxNode("Constant", "", name, List.of(), List.of(name), List.of(value)));
    return this;
  }

  /** What the node last added gives. */
  String current() {
    return current;
  }

  /** A node that reads values of any names. */
  public Chain node(String operator, List<String> reads, OnnxAttribute... attributes) {
    int number = nodes.size();
    String result = "v" + number;
    nodes.add(
        new OnnxNode(
            operator, domain, "node" + number, reads, List.of(result), List.of(attributes)));
    current = result;
    return this;
  }

  public byte[] bytes() {
    List<OnnxValue> listed = new ArrayList<>(inputs);
    if (listInitializers) {
      initializers.forEach(
          tensor -> listed.add(new OnnxValue(tensor.name(), tensor.type(), tensor.dimensions())));
    }
    String result = output == null ? current : output;
    OnnxGraph graph =
        new OnnxGraph(
            "chain",
            nodes,
            initializers,
            listed,
            List.of(new OnnxValue(result, OnnxTensor.FLOAT, null)));
    OnnxModel model =
        new OnnxModel(8, "test", "1", Map.of("", opset, "ai.onnx.ml", 3L), graph, Map.of());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      OnnxEncoder.encode(model).writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
