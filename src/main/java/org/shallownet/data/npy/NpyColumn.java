package org.shallownet.data.npy;

import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Numeric;

/**
 * A column of a {@code .npy} file.
 *
 * @param name its name
 * @param description its type as the file writes it
 * @param type how its numbers are stored; null if it doesn't hold single numbers
 * @param bigEndian whether the first byte is the highest
 * @param offset where it begins in a row of the file; 0 in a file that is stored by columns
 */
record NpyColumn(
    String name, String description, @Nullable NpyType type, boolean bigEndian, int offset) {

  /** How its numbers are stored. */
  NpyType number(String file) {
    if (type == null) {
      throw new DataException(
          file
              + ", column "
              + Numeric.quote(name)
              + ": its type "
              + Numeric.quote(description)
              + " is not a number; save it in NumPy as a number or leave it out with --features");
    }
    return type;
  }
}
