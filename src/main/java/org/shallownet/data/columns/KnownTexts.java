package org.shallownet.data.columns;

import java.util.Arrays;

/** Short texts that came before, found by their bytes and a hash. */
public final class KnownTexts {
  private static final int SLOT_BITS = 8;
  private static final int LONGEST = 64;

  /** How many texts are known at most. */
  public static final int SIZE = 1 << SLOT_BITS;

  private final byte[][] texts = new byte[SIZE][];

  /** Where a text with this hash is, of which the highest bits decide. */
  public static int slot(long hash) {
    return (int) (hash >>> (Long.SIZE - SLOT_BITS));
  }

  /** Whether this text is the one at a slot. */
  public boolean has(int slot, byte[] block, int begin, int length) {
    byte[] known = texts[slot];
    return known != null && Arrays.equals(known, 0, known.length, block, begin, begin + length);
  }

  /** Puts a text at a slot in place of what is there, unless it is long; then nothing changes. */
  public boolean put(int slot, byte[] block, int begin, int length) {
    if (length > LONGEST) {
      return false;
    }
    texts[slot] = Arrays.copyOfRange(block, begin, begin + length);
    return true;
  }
}
