package org.shallownet.data.npy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Numeric;

/**
 * The header of a {@code .npy} file, format versions 1.0 to 3.0, as specified by NumPy's {@code
 * numpy.lib.format}.
 *
 * @param columns the columns, at least one
 * @param rows the number of rows, at least 1
 * @param rowBytes the bytes of a row
 * @param byColumns whether a column's numbers follow each other, which NumPy calls Fortran order
 * @param dataOffset where the numbers begin in the file
 */
record NpyHeader(
    List<NpyColumn> columns, long rows, int rowBytes, boolean byColumns, int dataOffset) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST_HEADER = 1 << 20;

  NpyHeader {
    columns = List.copyOf(columns);
  }

  /** The columns' names in the file's order. */
  List<String> names() {
    return columns.stream().map(NpyColumn::name).toList();
  }

  /**
   * Reads and checks the header.
   *
   * @param stream the file from its beginning
   * @param size the file's size, which must be what the header says
   */
  static NpyHeader read(String file, InputStream stream, long size) throws IOException {
    byte[] magic = read(file, stream, MAGIC.length + 2).array();
    if (!Arrays.equals(magic, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new DataException(file + " is not a NumPy .npy file; save it with numpy.save");
    }
    int major = magic[MAGIC.length];
    if (major < 1 || major > 3) {
      throw new DataException(
          file
              + " has .npy format version "
              + major
              + ", known are 1 to 3; save it with numpy.save");
    }
    int lengthBytes = major == 1 ? 2 : 4;
    ByteBuffer lengthBuffer = read(file, stream, lengthBytes);
    long length =
        major == 1
            ? Short.toUnsignedLong(lengthBuffer.getShort())
            : Integer.toUnsignedLong(lengthBuffer.getInt());
    if (length > LONGEST_HEADER) {
      throw corrupt(file, "it claims to be " + length + " bytes long");
    }
    ByteBuffer bytes = read(file, stream, (int) length);
    String text =
        (major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1)
            .decode(bytes)
            .toString();
    int dataOffset = MAGIC.length + 2 + lengthBytes + (int) length;
    try {
      if (!(PythonLiteral.parse(text) instanceof Map<?, ?> entries)) {
        throw corrupt(file, "it is not a dictionary");
      }
      return interpret(file, entries, dataOffset, size);
    } catch (IllegalArgumentException e) {
      throw corrupt(file, String.valueOf(e.getMessage()));
    }
  }

  private static ByteBuffer read(String file, InputStream stream, int length) throws IOException {
    byte[] bytes = stream.readNBytes(length);
    if (bytes.length < length) {
      throw new DataException(file + " ends within the .npy header; the file is truncated");
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static NpyHeader interpret(
      String file, Map<?, ?> entries, int dataOffset, long fileSize) {
    Object description = entries.get("descr");
    if (description == null
        || !(entries.get("fortran_order") instanceof Boolean fortran)
        || !(entries.get("shape") instanceof List<?> shape)) {
      throw corrupt(file, "it lacks 'descr', 'fortran_order' or 'shape'");
    }
    if (shape.isEmpty() || shape.size() > 2) {
      throw new DataException(
          file
              + " has "
              + shape.size()
              + " dimensions, a table has two; reshape it in NumPy with"
              + " a.reshape(len(a), -1)");
    }
    long rows = size(file, shape.get(0));
    long width = shape.size() == 2 ? size(file, shape.get(1)) : 1;
    if (rows == 0 || width == 0) {
      throw new DataException(
          file + " has no " + (rows == 0 ? "rows" : "columns") + "; save it with some");
    }
    long present = fileSize - dataOffset;
    if (description instanceof List<?> fields) {
      if (shape.size() != 1) {
        throw new DataException(
            file + " has fields and two dimensions; save it in NumPy with one, as a.ravel()");
      }
      List<NpyColumn> columns = new NpyFields(file).columns(fields);
      int rowBytes = NpyFields.bytes(file, fields);
      requireSize(file, present, rows, 1, rowBytes);
      return new NpyHeader(columns, rows, rowBytes, false, dataOffset);
    }
    if (!(description instanceof String single)) {
      throw corrupt(file, "its 'descr' is neither a type nor a list of fields");
    }
    int itemBytes = NpyFields.bytes(file, single);
    requireSize(file, present, rows, width, itemBytes);
    if (width > Integer.MAX_VALUE / itemBytes) {
      throw new DataException(
          file + " has " + width + " columns, which is too many; save fewer of them");
    }
    // A vector is the same in both orders.
    boolean byColumns = fortran && width > 1;
    List<NpyColumn> columns =
        IntStream.range(0, (int) width)
            .mapToObj(
                i -> NpyFields.column(Integer.toString(i), single, byColumns ? 0 : i * itemBytes))
            .toList();
    return new NpyHeader(columns, rows, (int) width * itemBytes, byColumns, dataOffset);
  }

  private static long size(String file, Object size) {
    if (!(size instanceof Long number) || number < 0) {
      throw corrupt(file, "its shape has the size " + Numeric.quote(size.toString()));
    }
    return number;
  }

  private static void requireSize(String file, long present, long rows, long width, int itemBytes) {
    if (width > Long.MAX_VALUE / itemBytes
        || rows > Long.MAX_VALUE / (width * itemBytes)
        || rows * width * itemBytes != present) {
      throw new DataException(
          file
              + " holds "
              + present
              + " bytes of numbers but its header says "
              + rows
              + "×"
              + width
              + " of "
              + itemBytes
              + " bytes each; the file is truncated or corrupt");
    }
  }

  static DataException corrupt(String file, String why) {
    return new DataException(file + " has a corrupt .npy header: " + why + "; save it again");
  }
}
