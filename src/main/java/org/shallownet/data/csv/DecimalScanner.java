package org.shallownet.data.csv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads decimal numbers from ASCII text: the usual ones, which are nearly all, in one pass and
 * rounded once to float32; others are left to a library.
 *
 * <p>A number of at most 2<sup>53</sup>, without its point, times or divided by a power of ten up
 * to 10<sup>22</sup> is one operation on doubles that are exact, and so correctly rounded to double
 * (W. D. Clinger, How to read floating point numbers accurately, PLDI 1990). Rounding that again to
 * float32 gives what rounding once would give, unless the double lies halfway between two floats,
 * where the digits that it lost decide.
 */
final class DecimalScanner {
  /** More digits might not fit a long. */
  private static final int MOST_DIGITS = 18;

  private static final long LARGEST_EXACT = 1L << 53;
  private static final int LARGEST_POWER = 22;

  /** Exact in double. */
  private static final double[] POWERS = new double[LARGEST_POWER + 1];

  static {
    double power = 1;
    for (int i = 0; i <= LARGEST_POWER; i++) {
      POWERS[i] = power;
      power *= 10;
    }
  }

  /** Of as many digits as are read at a time. */
  private static final long[] WHOLE_POWERS = {
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000
  };

  /** The bits of a double that a float has no room for, and what they are halfway. */
  private static final long LOST_BITS = (1L << 29) - 1;

  private static final long HALFWAY = 1L << 28;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** The character 0 in each byte. */
  private static final long ZEROS = 0x3030303030303030L;

  /** What makes the highest bit of each byte from 10 on. */
  private static final long TO_TEN = 0x7676767676767676L;

  private static final long HIGHEST_BITS = 0x8080808080808080L;

  private float value;

  /** The digits that were read so far, as a whole number. */
  private long digits;

  /** The number that was read last. */
  float value() {
    return value;
  }

  /**
   * Reads a number.
   *
   * @param begin where it begins, within the text
   * @return where it ends, or -1 if it is not of the usual kind
   */
  int scan(byte[] text, int begin) {
    int i = begin;
    boolean negative = text[i] == '-';
    if (negative || text[i] == '+') {
      i++;
    }
    digits = 0;
    int first = i;
    i = readDigits(text, i);
    int count = i - first;
    int exponent = 0;
    if (i < text.length && text[i] == '.') {
      int decimals = i + 1;
      i = readDigits(text, decimals);
      exponent = decimals - i;
      count += i - decimals;
    }
    if (count == 0 || count > MOST_DIGITS || digits > LARGEST_EXACT) {
      return -1;
    }
    if (i < text.length && (text[i] == 'e' || text[i] == 'E')) {
      boolean minus = ++i < text.length && text[i] == '-';
      if (minus || (i < text.length && text[i] == '+')) {
        i++;
      }
      int from = i;
      int power = 0;
      while (i < text.length && isDigit(text[i]) && i - from < 3) {
        power = 10 * power + (text[i++] - '0');
      }
      if (i == from || (i < text.length && isDigit(text[i]))) {
        return -1;
      }
      exponent += minus ? -power : power;
    }
    if (exponent < -LARGEST_POWER || exponent > LARGEST_POWER) {
      return -1;
    }
    double magnitude =
        exponent < 0 ? digits / POWERS[-exponent] : (double) digits * POWERS[exponent];
    if ((Double.doubleToRawLongBits(magnitude) & LOST_BITS) == HALFWAY) {
      return -1;
    }
    value = (float) (negative ? -magnitude : magnitude);
    return i;
  }

  /** Adds digits to those before, up to eight at a time, and says where they end. */
  private int readDigits(byte[] text, int begin) {
    int i = begin;
    long sum = digits;
    int some = Long.BYTES;
    while (some == Long.BYTES && i + Long.BYTES <= text.length) {
      long word = (long) LONGS.get(text, i) ^ ZEROS;
      // A carry out of a byte that is no digit does not reach those before it.
      long others = ((word + TO_TEN) | word) & HIGHEST_BITS;
      some = Long.numberOfTrailingZeros(others) >>> 3;
      if (some > 0) {
        sum = sum * WHOLE_POWERS[some] + eightDigits(word << (Long.SIZE - Byte.SIZE * some));
        i += some;
      }
    }
    while (some == Long.BYTES && i < text.length && isDigit(text[i])) {
      sum = 10 * sum + (text[i++] - '0');
    }
    digits = sum;
    return i;
  }

  /**
   * The number that eight digits are, the first in the lowest byte: pairs of neighbours become two,
   * four and eight digits.
   */
  private static long eightDigits(long bytes) {
    long twos = 10 * bytes + (bytes >>> 8);
    long upper = (twos & 0x000000FF000000FFL) * (100 + (1_000_000L << 32));
    long lower = (twos >>> 16 & 0x000000FF000000FFL) * (1 + (10_000L << 32));
    return (upper + lower) >>> 32;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }
}
