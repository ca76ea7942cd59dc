package org.shallownet.model.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Reads the fields of protobuf messages. Groups are refused: ONNX has none, and only they could
 * nest without end.
 */
final class WireReader {
  /** More dimensions, or integers in another list, than any tensor has. */
  private static final int MOST_INTEGERS = 1 << 16;

  private final CodedInputStream in;

  WireReader(byte[] bytes) {
    in = CodedInputStream.newInstance(bytes);
    in.enableAliasing(true); // tensors are views of the file's bytes
  }

  /** Reads one field of a message; {@code tag} holds its number and its wire type. */
  interface Field {
    void read(int tag) throws IOException;
  }

  static int number(int tag) {
    return WireFormat.getTagFieldNumber(tag);
  }

  /** Reads fields up to the end of the message. */
  void fields(Field field) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      field.read(tag);
    }
  }

  /** Reads a message that lies in the field of {@code tag}. */
  void message(int tag, Field field) throws IOException {
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

  void skip(int tag) throws IOException {
    int type = WireFormat.getTagWireType(tag);
    if (type == WireFormat.WIRETYPE_START_GROUP || type == WireFormat.WIRETYPE_END_GROUP) {
      throw new InvalidProtocolBufferException("it holds a group, which no ONNX model does");
    }
    in.skipField(tag);
  }

  String text(int tag) throws IOException {
    expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readStringRequireUtf8();
  }

  ByteBuffer bytes(int tag) throws IOException {
    expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readByteBuffer();
  }

  long integer(int tag) throws IOException {
    expect(tag, WireFormat.WIRETYPE_VARINT);
    return in.readInt64();
  }

  /** An enumeration's value; one that does not fit an int is none of ONNX's. */
  int code(int tag) throws IOException {
    long value = integer(tag);
    return value == (int) value ? (int) value : -1;
  }

  float real(int tag) throws IOException {
    expect(tag, WireFormat.WIRETYPE_FIXED32);
    return in.readFloat();
  }

  /** Integers, packed into one field or each in a field of its own. */
  void integers(int tag, List<Long> values) throws IOException {
    integers(
        tag,
        value -> {
          if (values.size() == MOST_INTEGERS) {
            throw new InvalidProtocolBufferException(
                "a list of integers is longer than " + MOST_INTEGERS);
          }
          values.add(value);
        });
  }

  /** Integers of a tensor, each as {@code width} bytes. */
  void integers(int tag, int width, NumberBytes values) throws IOException {
    integers(tag, value -> values.add(value, width));
  }

  private interface IntegerSink {
    void accept(long value) throws IOException;
  }

  private void integers(int tag, IntegerSink sink) throws IOException {
    if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
      sink.accept(in.readInt64());
      return;
    }
    expect(tag, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int outer = in.pushLimit(in.readRawVarint32());
    while (in.getBytesUntilLimit() > 0) {
      sink.accept(in.readInt64());
    }
    in.popLimit(outer);
  }

  /** Real numbers as they lie in the file, packed into one field or each in a field of its own. */
  void reals(int tag, NumberBytes values) throws IOException {
    switch (WireFormat.getTagWireType(tag)) {
      case WireFormat.WIRETYPE_FIXED32 ->
          values.add(Integer.toUnsignedLong(in.readRawLittleEndian32()), Float.BYTES);
      case WireFormat.WIRETYPE_FIXED64 -> values.add(in.readRawLittleEndian64(), Double.BYTES);
      default -> values.add(bytes(tag));
    }
  }

  /** Checks that the last message ended properly. */
  void end() throws IOException {
    in.checkLastTagWas(0);
  }
}
