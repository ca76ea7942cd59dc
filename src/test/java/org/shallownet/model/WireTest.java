package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shallownet.data.DataException;
import org.shallownet.model.chain.Chain;
import org.shallownet.model.onnx.OnnxAttribute;
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

  @Test
  void numbersInManyFieldsAreReadInLinearTime() {
    WireMessage single = new WireMessage().integer(1, 200_000).integer(2, OnnxTensor.FLOAT);
    for (int i = 0; i < 200_000; i++) {
      single.real(4, i);
    }
    WireMessage pieces = new WireMessage().integer(1, 400_000).integer(2, OnnxTensor.FLOAT);
    ByteBuffer pair = floats(1, 2);
    for (int i = 0; i < 200_000; i++) {
      pieces.bytes(4, pair);
    }
    // Quadratic time took more than half a minute.
    assertTimeout(
        Duration.ofSeconds(10),
        () -> {
          assertThat(tensor(single).floats()).endsWith(199_998, 199_999);
          assertThat(tensor(pieces).floats()).hasSize(400_000).endsWith(1, 2);
        });
  }

  @Test
  void numbersOfEveryFieldAndType() throws IOException {
    WireMessage integers = new WireMessage().integer(1, 3).integer(7, -1).integer(7, 1L << 40);
    assertThat(tensor(integers.integer(7, 0).integer(2, OnnxTensor.INT64)).integers())
        .containsExactly(-1, 1L << 40, 0);
    WireMessage narrow = new WireMessage().integer(1, 2).integer(5, -7).integer(5, 9);
    assertThat(tensor(narrow.integer(2, OnnxTensor.INT32)).integers()).containsExactly(-7, 9);
    WireMessage halves = new WireMessage().integer(5, 0x3c00).integer(5, 0xc000).integer(1, 2);
    assertThat(tensor(halves.integer(2, OnnxTensor.FLOAT16)).doubles()).containsExactly(1, -2);
    WireMessage bools = new WireMessage().integer(5, 1).integer(2, OnnxTensor.BOOL);
    assertThat(tensor(bools).integers()).containsExactly(1);
  }

  @Test
  void twoKindsOfNumbersAreAnError() {
    WireMessage both = new WireMessage().integer(2, OnnxTensor.FLOAT).real(4, 1).integer(7, 1);
    assertThatThrownBy(() -> tensor(both))
        .isInstanceOf(InvalidProtocolBufferException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void dimensionsThatCantBeAreRefused() throws IOException {
    for (long dimension : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 31, 3}) {
      OnnxTensor tensor =
          tensor(
              new WireMessage()
                  .integer(1, dimension)
                  .integer(1, dimension)
                  .integer(2, OnnxTensor.FLOAT)
                  .bytes(9, floats(1)));
      assertThatThrownBy(tensor::floats).isInstanceOf(DataException.class);
      assertThatThrownBy(tensor::doubles).isInstanceOf(DataException.class);
    }
  }

  @Test
  void groupsAreAnErrorHoweverDeep() {
    for (int depth : new int[] {1, 1_000_000}) {
      byte[] groups = new byte[depth];
      Arrays.fill(groups, (byte) (9 << 3 | 3));
      assertThatThrownBy(() -> OnnxDecoder.decode(groups))
          .isInstanceOf(InvalidProtocolBufferException.class);
    }
  }

  /** Damaged files, and those made to harm, fail in the ways that callers know. */
  @Test
  void changedBytesAreReadOrRefused() {
    byte[] original =
        new Chain(-1, 2)
            .constantNode("k", OnnxAttribute.integers("value_ints", List.of(0L, -1L)))
            .node("Reshape", List.of("x", "k"))
            .multiply("W1", 2, 3)
            .add("b1", 3)
            .then("LeakyRelu", OnnxAttribute.real("alpha", 0.01f))
            .gemm(new long[] {3, 2}, new long[] {2})
            .then("Softmax")
            .bytes();
    Random random = new Random(5);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = original.clone();
      for (int c = random.nextInt(3); c >= 0; c--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      try {
        ModelFile.parse(Arrays.copyOf(changed, changed.length - random.nextInt(2)), Path.of("m"));
        read++;
      } catch (DataException e) {
        assertThat(e.getMessage()).contains("m");
      }
    }
    assertThat(read).isPositive();
  }
}
