package org.shallownet.training.checkpoint;

import java.nio.charset.StandardCharsets;

/** The header of a {@code .npy} file of format version 1.0, as NumPy's {@code numpy.save}. */
final class Npy {
  /** Where the numbers begin is a multiple of this, as NumPy has it. */
  private static final int ALIGNMENT = 64;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

  private Npy() {}

  /** The header of a row of float32 numbers. */
  static byte[] floats(int length) {
    return header("<f4", "(" + length + ",)");
  }

  /** The header of a table of float64 numbers. */
  static byte[] doubles(int rows, int columns) {
    return header("<f8", "(" + rows + ", " + columns + ")");
  }

  private static byte[] header(String type, String shape) {
    String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    int before = MAGIC.length + 2;
    int all = (before + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] header = new byte[all];
    System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
    int length = all - before;
    header[before - 2] = (byte) length;
    header[before - 1] = (byte) (length >> 8);
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    for (int i = before; i < all - 1; i++) {
      header[i] = i - before < ascii.length ? ascii[i - before] : (byte) ' ';
    }
    header[all - 1] = '\n';
    return header;
  }
}
