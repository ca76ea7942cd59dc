package org.shallownet.data.arrow;

import java.io.IOException;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Numeric;
import org.shallownet.data.typed.TypedRow;

/** A row of a record batch. */
final class ArrowRow implements TypedRow {
  private final String source;
  private final List<FieldVector> vectors;

  /** The cells of each column; null if they can't be used for anything. */
  private final @Nullable ArrowCells[] columns;

  private int row;

  /**
   * Stands at the first row of the batch that was read last.
   *
   * @param source what the table is called in messages
   */
  ArrowRow(String source, VectorSchemaRoot batch, ArrowReader reader) throws IOException {
    this.source = source;
    vectors = batch.getFieldVectors();
    columns = new ArrowCells[vectors.size()];
    for (int i = 0; i < columns.length; i++) {
      FieldVector vector = vectors.get(i);
      FieldVector words = ArrowColumns.dictionary(vector, reader);
      columns[i] = words == null ? CellsOf.column(vector) : DictionaryCells.of(vector, words);
    }
  }

  /** Goes to a row, counted from 0. */
  void goTo(int wanted) {
    row = wanted;
  }

  @Override
  public double number(int place) {
    return cells(place).number(row);
  }

  @Override
  public String text(int place) {
    return cells(place).text(row).strip();
  }

  private ArrowCells cells(int place) {
    ArrowCells cells = columns[place];
    if (cells == null) {
      throw new DataException(
          source
              + ", column "
              + Numeric.quote(vectors.get(place).getName())
              + ": what it holds can't be written as text; keep other columns");
    }
    return cells;
  }
}
