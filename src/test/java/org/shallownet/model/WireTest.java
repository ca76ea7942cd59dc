package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.shallownet.model.onnx.OnnxDecoder;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.WireMessage;

/** The forms of a message that our own writer doesn't use but other tools may. */
class WireTest {
  private static OnnxModel decode(WireMessage model) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    model.writeTo(bytes);
    return OnnxDecoder.decode(bytes.toByteArray());
  }

  private static OnnxTensor tensor(WireMessage tensor) throws IOException {
    WireMessage graph = new WireMessage().message(5, tensor);
    return decode(new WireMessage().message(7, graph)).graph().initializers().get(0);
  }

  private static ByteBuffer floats(float... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer;
  }

  @Test
  void typedDataPackedOrNot() throws IOException {
    WireMessage shape = new WireMessage().integer(1, 3).integer(2, OnnxTensor.FLOAT);
    assertThat(tensor(shape.real(4, 1).real(4, 2).real(4, 3)).floats()).containsExactly(1, 2, 3);
    WireMessage packed =
        new WireMessage()
            .bytes(1, ByteBuffer.wrap(new byte[] {2, 2}))
            .integer(2, OnnxTensor.FLOAT)
            .bytes(4, floats(1, 2))
            .bytes(4, floats(3, 4));
    assertThat(tensor(packed).dimensions()).containsExactly(2L, 2L);
    assertThat(tensor(packed).floats()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void externalDataIsSeen() throws IOException {
    assertThat(tensor(new WireMessage().message(13, new WireMessage())).external()).isNotNull();
  }

  @Test
  void unknownFieldsAreSkipped() throws IOException {
    WireMessage unknown = new WireMessage().integer(30, 1).text(31, "?").real(32, 1);
    WireMessage graph = new WireMessage();
    for (int field : new int[] {1, 5, 11, 12, 30}) {
      graph.message(field, unknown);
    }
    graph.message(1, new WireMessage().message(5, unknown));
    graph.message(11, new WireMessage().message(2, unknown.message(1, unknown())));
    WireMessage model =
        new WireMessage().message(7, graph).message(8, unknown).message(14, unknown).text(6, "doc");
    assertThat(decode(model).graph().nodes()).hasSize(2);
  }

  private static WireMessage unknown() {
    WireMessage dimension = new WireMessage().integer(9, 1);
    WireMessage shape = new WireMessage().integer(9, 1).message(1, dimension);
    return new WireMessage().integer(9, 1).message(2, shape);
  }

  @Test
  void wrongWireTypesAndMissingGraphsAreErrors() {
    assertThatThrownBy(() -> decode(new WireMessage().integer(7, 1)))
        .isInstanceOf(InvalidProtocolBufferException.class)
        .hasMessage("field 7 has the wrong wire type");
    assertThatThrownBy(() -> decode(new WireMessage().integer(1, 1)))
        .isInstanceOf(InvalidProtocolBufferException.class)
        .hasMessage("it has no graph");
    assertThatThrownBy(() -> OnnxDecoder.decode(new byte[] {(30 << 3 | 4) - 256, 1}))
        .isInstanceOf(InvalidProtocolBufferException.class);
  }
}
