package org.shallownet.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The header of a {@code .npy} file, format versions 1.0 to 3.0, as specified by NumPy's {@code
 * numpy.lib.format}.
 *
 * @param type how numbers are stored
 * @param rows the number of rows, at least 1
 * @param columns the number of columns, at least 1
 * @param dataOffset where the numbers begin in the file
 */
record NpyHeader(Type type, long rows, int columns, long dataOffset) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST_HEADER = 1 << 20;
  private static final Pattern DESCRIPTION = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern STRUCTURED = Pattern.compile("'descr'\\s*:\\s*\\[");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");

  /** Number formats, all little-endian. */
  enum Type {
    FLOAT32("<f4", 4),
    FLOAT64("<f8", 8),
    INT8("|i1", 1),
    INT16("<i2", 2),
    INT32("<i4", 4),
    INT64("<i8", 8),
    UINT8("|u1", 1),
    UINT16("<u2", 2),
    UINT32("<u4", 4),
    BOOL("|b1", 1);

    private final String description;
    private final int bytes;

    Type(String description, int bytes) {
      this.description = description;
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }

    boolean isFloat() {
      return this == FLOAT32 || this == FLOAT64;
    }
  }

  /** The bytes of a row. */
  long rowBytes() {
    return (long) columns * type.bytes;
  }

  /** Reads and checks the header; the file's size must be what it says. */
  static NpyHeader read(String file, FileChannel channel) throws IOException {
    ByteBuffer start = readAt(file, channel, 0, MAGIC.length + 2);
    byte[] magic = new byte[MAGIC.length];
    start.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new DataException(file + " is not a NumPy .npy file; save it with numpy.save");
    }
    int major = start.get();
    if (major < 1 || major > 3) {
      throw new DataException(
          file
              + " has .npy format version "
              + major
              + ", known are 1 to 3; save it with numpy.save");
    }
    int lengthBytes = major == 1 ? 2 : 4;
    int lengthOffset = MAGIC.length + 2;
    ByteBuffer lengthBuffer = readAt(file, channel, lengthOffset, lengthBytes);
    long length =
        major == 1
            ? Short.toUnsignedLong(lengthBuffer.getShort())
            : Integer.toUnsignedLong(lengthBuffer.getInt());
    if (length > LONGEST_HEADER) {
      throw corrupt(file, "it claims to be " + length + " bytes long");
    }
    int textOffset = lengthOffset + lengthBytes;
    ByteBuffer text = readAt(file, channel, textOffset, (int) length);
    NpyHeader header =
        parse(file, StandardCharsets.UTF_8.decode(text).toString(), textOffset + length);
    long present = channel.size() - header.dataOffset;
    if (header.rowBytes() > Long.MAX_VALUE / header.rows
        || header.rowBytes() * header.rows != present) {
      throw new DataException(
          file
              + " holds "
              + present
              + " bytes of numbers but its header says "
              + header.rows
              + "×"
              + header.columns
              + " of "
              + header.type.bytes
              + " bytes each; the file is truncated or corrupt");
    }
    return header;
  }

  private static ByteBuffer readAt(String file, FileChannel channel, long position, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new DataException(file + " ends within the .npy header; the file is truncated");
      }
    }
    return buffer.flip();
  }

  private static NpyHeader parse(String file, String text, long dataOffset) {
    Matcher order = ORDER.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!order.find() || !shape.find()) {
      throw corrupt(file, "it lacks 'fortran_order' or 'shape'");
    }
    Type type = type(file, text);
    long[] sizes = sizes(file, shape.group(1));
    if (sizes.length == 0 || sizes.length > 2) {
      throw new DataException(
          file
              + " has "
              + sizes.length
              + " dimensions, a table has two; reshape it in NumPy with"
              + " a.reshape(len(a), -1)");
    }
    // A vector is the same in both orders.
    if (sizes.length == 2 && order.group(1).equals("True")) {
      throw new DataException(
          file + " is in Fortran order; save it in NumPy as numpy.ascontiguousarray(a)");
    }
    long columns = sizes.length == 2 ? sizes[1] : 1;
    if (sizes[0] == 0 || columns == 0) {
      throw new DataException(file + " has no " + (sizes[0] == 0 ? "rows" : "columns"));
    }
    if (columns > Integer.MAX_VALUE / type.bytes) {
      throw new DataException(file + " has " + columns + " columns, which is too many");
    }
    return new NpyHeader(type, sizes[0], (int) columns, dataOffset);
  }

  private static Type type(String file, String text) {
    Matcher matcher = DESCRIPTION.matcher(text);
    boolean found = matcher.find();
    if (!found && !STRUCTURED.matcher(text).find()) {
      throw corrupt(file, "it lacks 'descr'");
    }
    String description = found ? matcher.group(1) : "[…]";
    for (Type type : Type.values()) {
      if (type.description.equals(description)) {
        return type;
      }
      if (description.equals(">" + type.description.substring(1))) {
        throw new DataException(
            file
                + " is big-endian ("
                + description
                + "); save it in NumPy as a.astype('"
                + type.description
                + "')");
      }
    }
    throw new DataException(
        file
            + " holds numbers of type "
            + Numeric.quote(description)
            + ", known are "
            + Arrays.stream(Type.values()).map(t -> t.description).collect(Collectors.joining(", "))
            + "; save it in NumPy as a.astype('<f4')");
  }

  private static long[] sizes(String file, String text) {
    try {
      return Arrays.stream(text.split(",", -1))
          .map(String::strip)
          .filter(size -> !size.isEmpty())
          .mapToLong(Long::parseUnsignedLong)
          .peek(
              size -> {
                if (size < 0) {
                  throw new NumberFormatException("more than a long: " + size);
                }
              })
          .toArray();
    } catch (NumberFormatException e) {
      throw corrupt(file, "its shape is (" + text + ")");
    }
  }

  private static DataException corrupt(String file, String why) {
    return new DataException(file + " has a corrupt .npy header: " + why + "; save it again");
  }
}
