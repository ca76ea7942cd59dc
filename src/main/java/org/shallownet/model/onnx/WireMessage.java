package org.shallownet.model.onnx;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.shallownet.data.DataException;

/**
 * A protobuf message under construction. Large byte fields are kept by reference, so that a message
 * takes little more memory than what it is made of.
 */
public final class WireMessage {
  private final List<ByteBuffer> pieces = new ArrayList<>();
  private long size;

  /** Its length in bytes. */
  public long size() {
    return size;
  }

  /** Writes its fields, without a length in front. */
  public void writeTo(OutputStream out) throws IOException {
    for (ByteBuffer piece : pieces) {
      out.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
    }
  }

  /** Adds an integer or an enumeration's value. */
  public WireMessage integer(int field, long value) {
    return add(
        CodedOutputStream.computeInt64Size(field, value), out -> out.writeInt64(field, value));
  }

  /** Adds a float32. */
  public WireMessage real(int field, float value) {
    return add(
        CodedOutputStream.computeFloatSize(field, value), out -> out.writeFloat(field, value));
  }

  /** Adds a float64. */
  public WireMessage number(int field, double value) {
    return add(
        CodedOutputStream.computeDoubleSize(field, value), out -> out.writeDouble(field, value));
  }

  /** Adds a text. */
  public WireMessage text(int field, String value) {
    return add(
        CodedOutputStream.computeStringSize(field, value), out -> out.writeString(field, value));
  }

  /** Adds the bytes of a heap buffer, which are not to change any more. */
  public WireMessage bytes(int field, ByteBuffer value) {
    header(field, value.remaining());
    pieces.add(value.duplicate());
    size += value.remaining();
    return this;
  }

  /** Adds a message, which is not to change any more. */
  public WireMessage message(int field, WireMessage value) {
    header(field, value.size);
    pieces.addAll(value.pieces);
    size += value.size;
    return this;
  }

  private void header(int field, long length) {
    if (length > Integer.MAX_VALUE) {
      throw new DataException(
          "the model takes "
              + length
              + " bytes, but an ONNX file holds at most 2 GiB; use a smaller network");
    }
    add(
        CodedOutputStream.computeTagSize(field)
            + CodedOutputStream.computeUInt32SizeNoTag((int) length),
        out -> {
          out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
          out.writeUInt32NoTag((int) length);
        });
  }

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private WireMessage add(int length, Fields fields) {
    byte[] piece = new byte[length];
    CodedOutputStream out = CodedOutputStream.newInstance(piece);
    try {
      fields.write(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array does not fail
    }
    pieces.add(ByteBuffer.wrap(piece));
    size += length;
    return this;
  }
}
