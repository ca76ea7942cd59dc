package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.data.DataException;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxDecoder;
import org.shallownet.model.onnx.OnnxEncoder;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** Files of ours that other tools rewrote: read if no number changed, else refused as damaged. */
class RewrittenModelsTest {
  @TempDir Path folder;
  private Path file;
  private Model model;
  private OnnxModel onnx;

  @BeforeEach
  void saveAModel() throws IOException {
    file = folder.resolve("model.onnx");
    NetworkSpec spec =
        NetworkSpec.of(4, Output.SIGMOID_CROSS_ENTROPY, 1)
            .withHidden(5, Activation.RELU)
            .withHidden(3, Activation.IDENTITY)
            .withHidden(3, Activation.LEAKY_RELU);
    model = Samples.model(spec, true);
    model.save(file);
    onnx = OnnxDecoder.decode(Files.readAllBytes(file));
  }

  private OnnxModel with(Map<String, String> metadata) {
    return new OnnxModel(
        onnx.irVersion(),
        onnx.producerName(),
        onnx.producerVersion(),
        onnx.opsets(),
        onnx.graph(),
        metadata);
  }

  private OnnxModel with(List<OnnxNode> nodes, List<OnnxTensor> initializers) {
    OnnxGraph graph = onnx.graph();
    return new OnnxModel(
        10,
        onnx.producerName(),
        onnx.producerVersion(),
        Map.of("", 21L, "com.microsoft", 1L),
        new OnnxGraph("rewritten", nodes, initializers, graph.inputs(), graph.outputs()),
        onnx.metadata());
  }

  private OnnxModel withNodes(UnaryOperator<OnnxNode> change) {
    return with(onnx.graph().nodes().stream().map(change).toList(), onnx.graph().initializers());
  }

  private OnnxModel withTensors(UnaryOperator<OnnxTensor> change) {
    return with(onnx.graph().nodes(), onnx.graph().initializers().stream().map(change).toList());
  }

  private void write(OnnxModel changed) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OnnxEncoder.encode(changed).writeTo(bytes);
    Files.write(file, bytes.toByteArray());
  }

  private void same(OnnxModel changed) throws IOException {
    write(changed);
    assertThat(Model.load(file)).isEqualTo(model);
  }

  private void damaged(OnnxModel changed) throws IOException {
    write(changed);
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining("is damaged: its checksum does not match");
  }

  @Test
  void metadataAndVersionsMayChange() throws IOException {
    Map<String, String> more = new LinkedHashMap<>();
    more.put("author", "somebody");
    more.putAll(onnx.metadata());
    same(with(more));
    same(withNodes(node -> node));
    List<OnnxTensor> turned = new ArrayList<>(onnx.graph().initializers());
    Collections.reverse(turned);
    same(with(onnx.graph().nodes(), turned));
  }

  @Test
  void ourMetadataMayNotChange() throws IOException {
    for (String key : onnx.metadata().keySet()) {
      Map<String, String> changed = new LinkedHashMap<>(onnx.metadata());
      changed.merge(key, "1", String::concat);
      write(with(changed));
      assertThatThrownBy(() -> Model.load(file)).as(key).isInstanceOf(DataException.class);
      changed.remove(key);
      write(with(changed));
      assertThatThrownBy(() -> Model.load(file)).as(key).isInstanceOf(DataException.class);
    }
    write(with(Map.of()));
    assertThatThrownBy(() -> Model.load(file))
        .hasMessage(
            "can't use "
                + file
                + ": it is damaged, or another tool took away what ShallowNet noted in it; restore"
                + " the file from a copy or train again");
  }

  @Test
  void aFlippedWeightIsFound() throws IOException {
    for (OnnxTensor tensor : onnx.graph().initializers()) {
      if (tensor.type() == OnnxTensor.FLOAT && !tensor.name().equals("one")) {
        damaged(withTensors(other -> other.equals(tensor) ? flipped(other) : other));
        List<OnnxTensor> fewer = new ArrayList<>(onnx.graph().initializers());
        fewer.remove(tensor);
        damaged(with(onnx.graph().nodes(), fewer));
      }
    }
    damaged(
        withTensors(
            tensor ->
                tensor.name().equals("classes")
                    ? OnnxTensor.ofStrings("classes", List.of("да", "нет"))
                    : tensor));
  }

  private static OnnxTensor flipped(OnnxTensor tensor) {
    byte[] bytes = new byte[tensor.data().remaining()];
    tensor.data().duplicate().get(bytes);
    bytes[bytes.length - 4] ^= 1;
    return tensor.withData(ByteBuffer.wrap(bytes));
  }

  @Test
  void numbersMayMoveToAnotherFile() throws IOException {
    ByteArrayOutputStream numbers = new ByteArrayOutputStream();
    OnnxModel moved =
        withTensors(
            tensor -> {
              if (tensor.type() == OnnxTensor.STRING) {
                return tensor;
              }
              byte[] bytes = new byte[tensor.data().remaining()];
              tensor.data().duplicate().get(bytes);
              Map<String, String> where =
                  Map.of(
                      "location", "weights.bin",
                      "offset", Integer.toString(numbers.size()),
                      "length", Integer.toString(bytes.length));
              numbers.writeBytes(bytes);
              return new OnnxTensor(
                  tensor.name(),
                  tensor.dimensions(),
                  tensor.type(),
                  ByteBuffer.allocate(0),
                  List.of(),
                  where);
            });
    byte[] all = numbers.toByteArray();
    Files.write(folder.resolve("weights.bin"), all);
    same(moved);
    all[all.length / 2] ^= 1;
    Files.write(folder.resolve("weights.bin"), all);
    damaged(moved);
    Files.delete(folder.resolve("weights.bin"));
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the file 'weights.bin'")
        .hasMessageContaining("is missing");
  }

  @Test
  void numbersMayBecomeConstantNodes() throws IOException {
    List<OnnxNode> nodes = new ArrayList<>();
    List<OnnxTensor> rest = new ArrayList<>();
    for (OnnxTensor tensor : onnx.graph().initializers()) {
      if (tensor.name().startsWith("W")) {
        OnnxAttribute value = OnnxAttribute.tensor("value", tensor.named(""));
        nodes.add(OnnxNode.of("Constant", tensor.name(), List.of(), tensor.name(), value));
      } else {
        rest.add(tensor);
      }
    }
    nodes.addAll(onnx.graph().nodes());
    same(with(nodes, rest));
  }

  @Test
  void layersMayBeFusedWithTheirFunctions() throws IOException {
    List<OnnxNode> nodes = new ArrayList<>();
    for (OnnxNode node : onnx.graph().nodes()) {
      OnnxNode before = nodes.isEmpty() ? node : nodes.get(nodes.size() - 1);
      boolean fuses = node.operator().equals("Relu") || node.operator().equals("LeakyRelu");
      if (fuses) {
        nodes.set(
            nodes.size() - 1,
            new OnnxNode(
                "FusedGemm",
                "com.microsoft",
                "fused " + before.name(),
                before.inputs(),
                node.outputs(),
                List.of(OnnxAttribute.text("activation", node.operator()))));
      } else if (!node.operator().equals("Identity")) {
        nodes.add(node);
      }
    }
    assertThat(nodes).hasSize(onnx.graph().nodes().size() - 3);
    same(with(nodes, onnx.graph().initializers()));
  }

  @Test
  void anotherFunctionIsFound() throws IOException {
    write(
        withNodes(
            node ->
                node.operator().equals("Relu")
                    ? OnnxNode.of("Tanh", node.name(), node.inputs(), node.outputs().get(0))
                    : node));
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("its graph applies the functions [LeakyRelu, Sigmoid, Tanh], but its")
        .hasMessageContaining("layers [LeakyRelu, Relu, Sigmoid]: it is damaged or another tool");
  }

  @Test
  void aFileWithoutLabelsIsTheSameModel() throws IOException {
    model.save(file, OnnxOutputs.PROBABILITIES);
    OnnxModel plain = OnnxDecoder.decode(Files.readAllBytes(file));
    assertThat(plain.graph().outputs())
        .singleElement()
        .extracting("name")
        .isEqualTo("probabilities");
    assertThat(plain.graph().initializers())
        .noneMatch(tensor -> tensor.type() == OnnxTensor.STRING);
    assertThat(Model.load(file)).isEqualTo(model);
    Model numbers = Samples.model(NetworkSpec.of(2, Output.IDENTITY_SQUARED_ERROR, 1), true);
    numbers.save(file, OnnxOutputs.PROBABILITIES);
    byte[] first = Files.readAllBytes(file);
    numbers.save(file);
    assertThat(Files.readAllBytes(file)).isEqualTo(first);
  }
}
