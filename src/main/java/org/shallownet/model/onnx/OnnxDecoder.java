package org.shallownet.model.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads models from ONNX's wire format; fields that are not needed are skipped. */
public final class OnnxDecoder {
  private final CodedInputStream in;

  private OnnxDecoder(byte[] bytes) {
    in = CodedInputStream.newInstance(bytes);
    in.enableAliasing(true); // tensors are views of the file's bytes
  }

  /**
   * The model in these bytes, which are not to change as long as it is used.
   *
   * @throws InvalidProtocolBufferException if they are not a whole ONNX file
   */
  public static OnnxModel decode(byte[] bytes) throws InvalidProtocolBufferException {
    try {
      return new OnnxDecoder(bytes).model();
    } catch (InvalidProtocolBufferException e) {
      throw e;
    } catch (IOException e) {
      throw new InvalidProtocolBufferException(e);
    }
  }

  /** Reads one field of a message; {@code tag} holds its number and its wire type. */
  private interface Field {
    void read(int tag) throws IOException;
  }

  /** Reads fields up to the end of the message. */
  private void fields(Field field) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      field.read(tag);
    }
  }

  /** Reads a message that lies in the field of {@code tag}. */
  private void message(int tag, Field field) throws IOException {
    expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int outer = in.pushLimit(in.readRawVarint32());
    fields(field);
    in.popLimit(outer);
  }

  private static void expect(int tag, int wireType) throws InvalidProtocolBufferException {
    if (WireFormat.getTagWireType(tag) != wireType) {
      throw new InvalidProtocolBufferException(
          "field " + WireFormat.getTagFieldNumber(tag) + " has the wrong wire type");
    }
  }

  private void skip(int tag) throws IOException {
    if (!in.skipField(tag)) {
      throw new InvalidProtocolBufferException("a group ends that did not begin");
    }
  }

  private String text(int tag) throws IOException {
    expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readStringRequireUtf8();
  }

  private long integer(int tag) throws IOException {
    expect(tag, WireFormat.WIRETYPE_VARINT);
    return in.readInt64();
  }

  private OnnxModel model() throws IOException {
    var parts =
        new Object() {
          long irVersion;
          String producerName = "";
          String producerVersion = "";
          @Nullable OnnxGraph graph;
        };
    Map<String, Long> opsets = new HashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    fields(
        tag -> {
          switch (WireFormat.getTagFieldNumber(tag)) {
            case 1 -> parts.irVersion = integer(tag);
            case 2 -> parts.producerName = text(tag);
            case 3 -> parts.producerVersion = text(tag);
            case 7 -> parts.graph = graph(tag);
            case 8 -> opset(tag, opsets);
            case 14 -> metadata(tag, metadata);
            default -> skip(tag);
          }
        });
    in.checkLastTagWas(0);
    if (parts.graph == null) {
      throw new InvalidProtocolBufferException("it has no graph");
    }
    return new OnnxModel(
        parts.irVersion, parts.producerName, parts.producerVersion, opsets, parts.graph, metadata);
  }

  private void opset(int tag, Map<String, Long> opsets) throws IOException {
    var parts =
        new Object() {
          String domain = "";
          long version;
        };
    message(
        tag,
        inner -> {
          switch (WireFormat.getTagFieldNumber(inner)) {
            case 1 -> parts.domain = text(inner);
            case 2 -> parts.version = integer(inner);
            default -> skip(inner);
          }
        });
    opsets.put(ownDomain(parts.domain), parts.version);
  }

  /** ONNX's own operators have two names for their domain. */
  private static String ownDomain(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }

  private void metadata(int tag, Map<String, String> metadata) throws IOException {
    var parts =
        new Object() {
          String key = "";
          String value = "";
        };
    message(
        tag,
        inner -> {
          switch (WireFormat.getTagFieldNumber(inner)) {
            case 1 -> parts.key = text(inner);
            case 2 -> parts.value = text(inner);
            default -> skip(inner);
          }
        });
    metadata.put(parts.key, parts.value);
  }

  private OnnxGraph graph(int tag) throws IOException {
    var parts =
        new Object() {
          String name = "";
        };
    List<OnnxNode> nodes = new ArrayList<>();
    List<OnnxTensor> initializers = new ArrayList<>();
    List<OnnxValue> inputs = new ArrayList<>();
    List<OnnxValue> outputs = new ArrayList<>();
    message(
        tag,
        inner -> {
          switch (WireFormat.getTagFieldNumber(inner)) {
            case 1 -> nodes.add(node(inner));
            case 2 -> parts.name = text(inner);
            case 5 -> initializers.add(tensor(inner));
            case 11 -> inputs.add(value(inner));
            case 12 -> outputs.add(value(inner));
            default -> skip(inner);
          }
        });
    return new OnnxGraph(parts.name, nodes, initializers, inputs, outputs);
  }

  private OnnxNode node(int tag) throws IOException {
    var parts =
        new Object() {
          String operator = "";
          String domain = "";
          String name = "";
        };
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    List<OnnxAttribute> attributes = new ArrayList<>();
    message(
        tag,
        inner -> {
          switch (WireFormat.getTagFieldNumber(inner)) {
            case 1 -> inputs.add(text(inner));
            case 2 -> outputs.add(text(inner));
            case 3 -> parts.name = text(inner);
            case 4 -> parts.operator = text(inner);
            case 5 -> attributes.add(attribute(inner));
            case 7 -> parts.domain = ownDomain(text(inner));
            default -> skip(inner);
          }
        });
    return new OnnxNode(parts.operator, parts.domain, parts.name, inputs, outputs, attributes);
  }

  private OnnxAttribute attribute(int tag) throws IOException {
    var parts =
        new Object() {
          String name = "";
          float real;
          long integer;
          OnnxAttribute.Kind kind = OnnxAttribute.Kind.OTHER;
        };
    message(
        tag,
        inner -> {
          switch (WireFormat.getTagFieldNumber(inner)) {
            case 1 -> parts.name = text(inner);
            case 2 -> {
              expect(inner, WireFormat.WIRETYPE_FIXED32);
              parts.real = in.readFloat();
            }
            case 3 -> parts.integer = integer(inner);
            case 20 ->
                parts.kind =
                    switch ((int) integer(inner)) {
                      case 1 -> OnnxAttribute.Kind.REAL;
                      case 2 -> OnnxAttribute.Kind.INTEGER;
                      default -> OnnxAttribute.Kind.OTHER;
                    };
            default -> skip(inner);
          }
        });
    return new OnnxAttribute(parts.name, parts.kind, parts.real, parts.integer);
  }

  private OnnxTensor tensor(int tag) throws IOException {
    var parts =
        new Object() {
          String name = "";
          int type;
          boolean external;
          ByteBuffer data = ByteBuffer.allocate(0);
        };
    List<Long> dimensions = new ArrayList<>();
    List<String> strings = new ArrayList<>();
    message(
        tag,
        inner -> {
          switch (WireFormat.getTagFieldNumber(inner)) {
            case 1 -> integers(inner, dimensions);
            case 2 -> parts.type = (int) integer(inner);
            case 4, 10 -> parts.data = joined(parts.data, numbers(inner));
            case 6 -> strings.add(text(inner));
            case 8 -> parts.name = text(inner);
            case 9 -> {
              expect(inner, WireFormat.WIRETYPE_LENGTH_DELIMITED);
              parts.data = in.readByteBuffer();
            }
            case 13 -> {
              parts.external = true;
              skip(inner);
            }
            case 14 -> parts.external |= integer(inner) != 0;
            default -> skip(inner);
          }
        });
    return new OnnxTensor(parts.name, dimensions, parts.type, parts.data, strings, parts.external);
  }

  /** Integers, packed into one field or each in a field of its own. */
  private void integers(int tag, List<Long> values) throws IOException {
    if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
      values.add(in.readInt64());
      return;
    }
    expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int outer = in.pushLimit(in.readRawVarint32());
    while (in.getBytesUntilLimit() > 0) {
      values.add(in.readInt64());
    }
    in.popLimit(outer);
  }

  /** Real numbers as they lie in the file, packed into one field or each in a field of its own. */
  private ByteBuffer numbers(int tag) throws IOException {
    return switch (WireFormat.getTagWireType(tag)) {
      case WireFormat.WIRETYPE_FIXED32 -> ByteBuffer.wrap(in.readRawBytes(Float.BYTES));
      case WireFormat.WIRETYPE_FIXED64 -> ByteBuffer.wrap(in.readRawBytes(Double.BYTES));
      default -> {
        expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        yield in.readByteBuffer();
      }
    };
  }

  private static ByteBuffer joined(ByteBuffer first, ByteBuffer second) {
    if (!first.hasRemaining()) {
      return second;
    }
    return ByteBuffer.allocate(first.remaining() + second.remaining())
        .put(first.duplicate())
        .put(second)
        .flip();
  }

  private OnnxValue value(int tag) throws IOException {
    var parts =
        new Object() {
          String name = "";
          int type;
          @Nullable List<Long> shape;
        };
    message(
        tag,
        inValue -> {
          switch (WireFormat.getTagFieldNumber(inValue)) {
            case 1 -> parts.name = text(inValue);
            case 2 ->
                message(
                    inValue,
                    inType -> {
                      if (WireFormat.getTagFieldNumber(inType) != 1) {
                        skip(inType);
                        return;
                      }
                      message(
                          inType,
                          inTensor -> {
                            switch (WireFormat.getTagFieldNumber(inTensor)) {
                              case 1 -> parts.type = (int) integer(inTensor);
                              case 2 -> parts.shape = shape(inTensor);
                              default -> skip(inTensor);
                            }
                          });
                    });
            default -> skip(inValue);
          }
        });
    return new OnnxValue(parts.name, parts.type, parts.shape);
  }

  private List<Long> shape(int tag) throws IOException {
    List<Long> shape = new ArrayList<>();
    message(
        tag,
        inShape -> {
          if (WireFormat.getTagFieldNumber(inShape) != 1) {
            skip(inShape);
            return;
          }
          int index = shape.size();
          shape.add(OnnxValue.ANY);
          message(
              inShape,
              inDimension -> {
                if (WireFormat.getTagFieldNumber(inDimension) == 1) {
                  shape.set(index, integer(inDimension));
                } else {
                  skip(inDimension);
                }
              });
        });
    return shape;
  }
}
