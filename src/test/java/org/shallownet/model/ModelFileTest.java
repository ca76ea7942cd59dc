package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.data.DataException;
import org.shallownet.model.onnx.OnnxDecoder;
import org.shallownet.model.onnx.OnnxEncoder;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.WireMessage;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

class ModelFileTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameAFile() {
    file = directory.resolve("model.onnx");
  }

  @ParameterizedTest
  @EnumSource(Output.class)
  void whatIsSavedIsLoaded(Output output) throws IOException {
    int outputs = output == Output.SOFTMAX_CROSS_ENTROPY ? 3 : 1;
    NetworkSpec spec = NetworkSpec.of(4, output, outputs);
    for (Activation activation : Activation.values()) {
      spec = spec.withHidden(2 + spec.layerCount(), activation);
    }
    for (boolean preprocessed : new boolean[] {true, false}) {
      Model model = Samples.model(spec, preprocessed);
      model.save(file);
      Model loaded = Model.load(file);
      assertThat(loaded).isEqualTo(model);
      assertThat(loaded.provenance().keySet()).containsExactly("seed", "optimizer", "device");
    }
  }

  @Test
  void aModelWithoutNamesIsLoadedWithoutNames() throws IOException {
    Model model = Samples.small();
    Model nameless =
        new Model(model.weights(), model.task(), List.of(), "", List.of(), null, null, Map.of());
    nameless.save(file);
    assertThat(Model.load(file)).isEqualTo(nameless);
    assertThat(Model.load(file).isForeign()).isTrue();
  }

  @Test
  void savingTwiceGivesTheSameBytes() throws IOException {
    Samples.small().save(file);
    byte[] first = Files.readAllBytes(file);
    Model.load(file).save(file);
    assertThat(Files.readAllBytes(file)).isEqualTo(first);
  }

  @Test
  void everyFlippedBitIsFoundOrChangesNothing() throws IOException {
    Model model = Samples.small();
    model.save(file);
    byte[] bytes = Files.readAllBytes(file);
    int unchanged = 0;
    for (int i = 0; i < bytes.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        bytes[i] ^= (byte) (1 << bit);
        try {
          if (!ModelFile.parse(bytes, file).equals(model)) {
            throw new AssertionError("bit " + bit + " of byte " + i + " changes the model");
          }
          unchanged++;
        } catch (DataException e) {
          assertThat(e.getMessage()).contains(file.toString());
        }
        bytes[i] ^= (byte) (1 << bit);
      }
    }
    // Most bits are the model's; others name nodes and inputs, which are not read.
    assertThat(unchanged).isLessThan(bytes.length * 8 / 2);
    assertThat(refusal(bytes)).isEqualTo("none");
  }

  @Test
  void everyTruncationIsFound() throws IOException {
    Samples.small().save(file);
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length++) {
      assertThat(refusal(Arrays.copyOf(bytes, length)))
          .as("%d bytes", length)
          .contains(file.toString());
    }
  }

  /** Why these bytes are refused as a model. */
  private String refusal(byte[] bytes) {
    try {
      ModelFile.parse(bytes, file);
      return "none";
    } catch (DataException e) {
      return e.getMessage();
    }
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    saveWithMetadata(ModelWriter.FORMAT, Integer.toString(ModelWriter.FORMAT_VERSION + 1));
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("was written by a newer ShallowNet");
  }

  @Test
  void contradictionsBehindARightChecksumAreRefused() throws IOException {
    saveWithMetadata(ModelWriter.TASK, "regression");
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("its parts contradict each other");
    saveWithMetadata(ModelWriter.FEATURES, "[");
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is not a JSON array");
    saveWithMetadata(ModelWriter.FEATURES, "[1, 2]");
    assertThatThrownBy(() -> Model.load(file)).isInstanceOf(DataException.class);
  }

  @Test
  void unusableWeightsBehindARightChecksumAreRefused() throws IOException {
    saveWithInitializer("W1", tensor -> fill(tensor, Float.NaN));
    assertThatThrownBy(() -> Model.load(file)).hasMessageContaining("'W1' holds NaN");
    saveWithInitializer("b1", tensor -> fill(tensor, Float.NEGATIVE_INFINITY));
    assertThatThrownBy(() -> Model.load(file)).hasMessageContaining("'b1' holds -Infinity");
    saveWithInitializer("feature_mean", tensor -> fill(tensor, Float.NaN));
    assertThatThrownBy(() -> Model.load(file)).hasMessageContaining("'feature_mean' holds NaN");
    saveWithInitializer("feature_factor", tensor -> fill(tensor, Float.POSITIVE_INFINITY));
    assertThatThrownBy(() -> Model.load(file)).hasMessageContaining("'feature_factor' holds Inf");
    saveWithInitializer(
        "feature_mean", tensor -> OnnxTensor.ofFloats("feature_mean", new float[3], 3));
    assertThatThrownBy(() -> Model.load(file)).hasMessageContaining("is of shape [3], not [2]");
    saveWithInitializer("W1", ModelFileTest::turned);
    assertThatThrownBy(() -> Model.load(file)).hasMessageContaining("'W1' is of shape");
    saveWithInitializer("b1", tensor -> tensor.named("W1"));
    assertThatThrownBy(() -> Model.load(file)).hasMessageContaining("two initializers 'W1'");
    saveWithMetadata(ModelWriter.CLASSES, "[\"a\", \"a\"]");
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessage("can't use " + file + ": it has two classes 'a'; train it again");
  }

  private static OnnxTensor fill(OnnxTensor tensor, float value) {
    float[] values = tensor.floats();
    Arrays.fill(values, value);
    return OnnxTensor.ofFloats(
        tensor.name(), values, tensor.dimensions().stream().mapToLong(Long::longValue).toArray());
  }

  /** The same numbers with the dimensions exchanged. */
  private static OnnxTensor turned(OnnxTensor tensor) {
    List<Long> shape = tensor.dimensions();
    return OnnxTensor.ofFloats(tensor.name(), tensor.floats(), shape.get(1), shape.get(0));
  }

  private void saveWithInitializer(String name, UnaryOperator<OnnxTensor> change)
      throws IOException {
    OnnxModel onnx = ModelWriter.toOnnx(Samples.small(), OnnxOutputs.LABELS);
    OnnxGraph graph = onnx.graph();
    List<OnnxTensor> initializers =
        graph.initializers().stream()
            .map(tensor -> tensor.name().equals(name) ? change.apply(tensor) : tensor)
            .toList();
    OnnxGraph changed =
        new OnnxGraph(graph.name(), graph.nodes(), initializers, graph.inputs(), graph.outputs());
    save(
        new OnnxModel(
            onnx.irVersion(),
            onnx.producerName(),
            onnx.producerVersion(),
            onnx.opsets(),
            changed,
            onnx.metadata()));
  }

  private void saveWithMetadata(String key, String value) throws IOException {
    OnnxModel onnx = ModelWriter.toOnnx(Samples.small(), OnnxOutputs.LABELS);
    Map<String, String> metadata = new LinkedHashMap<>(onnx.metadata());
    metadata.put(key, value);
    OnnxModel changed =
        new OnnxModel(
            onnx.irVersion(),
            onnx.producerName(),
            onnx.producerVersion(),
            onnx.opsets(),
            onnx.graph(),
            metadata);
    save(changed);
  }

  private void save(OnnxModel changed) throws IOException {
    write(ContentChecksum.addTo(changed));
  }

  private void write(OnnxModel onnx) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OnnxEncoder.encode(onnx).writeTo(bytes);
    Files.write(file, bytes.toByteArray());
  }

  @Test
  void oursWithoutAChecksumIsDamaged() throws IOException {
    write(ModelWriter.toOnnx(Samples.small(), OnnxOutputs.LABELS));
    assertThatThrownBy(() -> Model.load(file))
        .hasMessage(
            file
                + " is damaged: its checksum does not match; restore it from a copy or train"
                + " again");
  }

  @Test
  void whatIsNoModelIsRefused() throws IOException {
    Files.writeString(file, "x,y,label\n1,2,3\n");
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is not a whole ONNX model");
    Files.write(file, new byte[0]);
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith("is empty; it should be an ONNX model");
    assertThatThrownBy(() -> Model.load(directory.resolve("none.onnx")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void theFileSaysWhoMadeIt() throws IOException {
    Samples.small().save(file);
    OnnxModel onnx = OnnxDecoder.decode(Files.readAllBytes(file));
    assertThat(onnx.producerName()).isEqualTo("ShallowNet");
    assertThat(onnx.irVersion()).isEqualTo(8);
    assertThat(onnx.opsets()).isEqualTo(Map.of("", 13L));
    assertThat(onnx.metadata()).containsEntry("shallownet.classes", "[\"нет\",\"да\"]");
    assertThat(List.copyOf(onnx.metadata().keySet())).last().isEqualTo("shallownet.checksum");
    String end = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    assertThat(end).matches("(?s).*shallownet\\.checksum..[0-9a-f]{64}");
  }

  @Test
  void moreThanTwoGibibytesIsRefusedBeforeAnythingIsWritten() {
    ByteBuffer piece = ByteBuffer.allocate(1 << 26);
    WireMessage message = new WireMessage();
    for (int i = 0; i < 33; i++) {
      message.bytes(9, piece);
    }
    assertThat(message.size()).isGreaterThan(Integer.MAX_VALUE);
    assertThatThrownBy(() -> new WireMessage().message(7, message))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("an ONNX file holds at most 2 GiB");
  }
}
