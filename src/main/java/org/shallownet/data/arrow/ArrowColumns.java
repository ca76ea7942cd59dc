package org.shallownet.data.arrow;

import java.io.IOException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.typed.CellKind;
import org.shallownet.data.typed.TypedColumn;

/** What the columns of a schema are. */
final class ArrowColumns {
  private ArrowColumns() {}

  /**
   * A column of a file. One of numbers for words of a dictionary is one of words.
   *
   * @param place where it is, counted from 0
   */
  static TypedColumn column(int place, FieldVector vector, ArrowReader reader) throws IOException {
    FieldVector words = dictionary(vector, reader);
    Field field = (words == null ? vector : words).getField();
    return TypedColumn.of(vector.getName(), place, field.getType().getTypeID().name(), kind(field));
  }

  /** What the numbers in a column stand for; null if they are its cells. */
  static @Nullable FieldVector dictionary(FieldVector vector, ArrowReader reader)
      throws IOException {
    DictionaryEncoding encoding = vector.getField().getDictionary();
    if (encoding == null) {
      return null;
    }
    Dictionary dictionary = reader.getDictionaryVectors().get(encoding.getId());
    if (dictionary == null) {
      throw new IOException("there is no dictionary " + encoding.getId());
    }
    return dictionary.getVector();
  }

  private static CellKind kind(Field field) {
    return switch (field.getType().getTypeID()) {
      case Int, FloatingPoint, Decimal -> CellKind.NUMBER;
      case Bool -> CellKind.BOOLEAN;
      case Utf8, LargeUtf8, Utf8View, Null -> CellKind.TEXT;
      default -> CellKind.UNUSABLE;
    };
  }
}
