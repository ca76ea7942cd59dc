package org.shallownet.data.arrow;

import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/** The cells of a column that has numbers for the entries of a dictionary. */
final class DictionaryCells extends ArrowCells {
  private final BaseIntVector indices;
  private final ArrowCells entries;
  private final @Nullable String[] texts;

  private DictionaryCells(FieldVector vector, FieldVector dictionary, ArrowCells entries) {
    super(vector);
    this.indices = (BaseIntVector) vector;
    this.entries = entries;
    texts = new String[dictionary.getValueCount()];
  }

  /**
   * The cells of a column.
   *
   * @return null if the entries are nothing that can be written as text
   */
  static @Nullable ArrowCells of(FieldVector vector, FieldVector dictionary) {
    ArrowCells entries = CellsOf.column(dictionary);
    return entries == null ? null : new DictionaryCells(vector, dictionary, entries);
  }

  private int index(int row) {
    long index = indices.getValueAsLong(row);
    if (index < 0 || index >= texts.length) {
      throw new IndexOutOfBoundsException("entry " + index + " of a dictionary of " + texts.length);
    }
    return (int) index;
  }

  @Override
  double numberAt(int row) {
    return entries.number(index(row));
  }

  @Override
  String textAt(int row) {
    int index = index(row);
    String text = texts[index];
    if (text == null) {
      text = entries.text(index);
      texts[index] = text;
    }
    return text;
  }
}
