package org.shallownet.data.csv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds where fields end that are ASCII without quotes, eight bytes at a time, and makes a hash of
 * them on the way.
 */
final class FieldScanner {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHEST_BITS = ONES << 7;
  private static final long BLANKS = ' ' * ONES;
  private static final long QUOTES = '"' * ONES;

  /** The golden ratio's fraction, odd, which spreads what differs to the highest bits. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final byte separator;
  private final long separators;
  private long hash;

  /**
   * A scanner.
   *
   * @param separator what stands between fields, an ASCII character
   */
  FieldScanner(byte separator) {
    this.separator = separator;
    this.separators = separator * ONES;
  }

  /**
   * A hash of the field that was scanned last; its highest bits differ most. In the text's last
   * bytes, which are no eight any more, the same field has another one.
   */
  long hash() {
    return hash;
  }

  /**
   * Where the first byte is that such a field doesn't have: a separator, a quote, a control
   * character or a part of one beyond ASCII; the text's length if there is none.
   */
  int end(byte[] text, int begin) {
    long mixed = 0;
    int i = begin;
    int plain = Long.BYTES;
    while (plain == Long.BYTES && i <= text.length - Long.BYTES) {
      long word = (long) LONGS.get(text, i);
      plain = Long.numberOfTrailingZeros(others(word)) >>> 3;
      if (plain > 0) {
        mixed = (mixed ^ word << (Long.SIZE - Byte.SIZE * plain)) * SPREAD;
        i += plain;
      }
    }
    // A tab may be a part of a field, and the last bytes are no eight.
    while (i < text.length && isPlain(text[i])) {
      mixed = (mixed ^ text[i++]) * SPREAD;
    }
    hash = mixed;
    return i;
  }

  /**
   * The highest bit of each byte that ends a field or may do so. A borrow makes others of bytes
   * behind such a one, but none before it.
   */
  private long others(long word) {
    long between = word ^ separators;
    long quoted = word ^ QUOTES;
    long small = (word - BLANKS) & ~word;
    return (((between - ONES) & ~between) | ((quoted - ONES) & ~quoted) | small | word)
        & HIGHEST_BITS;
  }

  /** Whether a byte is an ordinary one within a field. */
  private boolean isPlain(byte b) {
    return (b >= ' ' && b != separator && b != '"') || (b == '\t' && separator != '\t');
  }
}
