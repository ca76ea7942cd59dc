package org.shallownet.data.columns;

import java.util.function.LongFunction;
import org.shallownet.data.DataException;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.TableOptions;
import org.shallownet.data.features.RowIndex;
import org.shallownet.data.text.NumberSyntax;
import org.shallownet.data.text.Numeric;

/** The column with the samples' weights as read: finite numbers that are not negative. */
final class WeightColumn {
  private final String file;
  private final String name;
  private final LongFunction<String> where;
  private final MissingCells missing;
  private final NumberSyntax syntax;
  private final SampleWeights.Builder weights = new SampleWeights.Builder();
  private boolean positive;

  WeightColumn(String file, String name, LongFunction<String> where, TableOptions options) {
    this.file = file;
    this.name = name;
    this.where = where;
    this.syntax = options.format().numbers();
    this.missing = new MissingCells(options, syntax);
  }

  /**
   * Adds a row's weight, without blanks around it.
   *
   * @throws DataException if it is none
   */
  void add(String cell, long line) {
    if (missing.has(cell)) {
      throw new DataException(
          at(line) + "the weight is missing; fill it in, 0 to leave the row out");
    }
    double value = Numeric.parseDouble(syntax.plain(cell));
    if (Double.isNaN(value) || !Float.isFinite((float) value)) {
      throw new DataException(at(line) + Numeric.explain(Numeric.problem(cell), cell));
    }
    if (value < 0) {
      throw new DataException(
          at(line) + "the weight " + cell + " is negative; a weight is 0 or more");
    }
    weights.add((float) value);
    positive |= (float) value > 0;
  }

  /**
   * The weights of some rows.
   *
   * @throws DataException if all weights are 0
   */
  SampleWeights of(RowIndex rows) {
    if (!positive) {
      throw new DataException(
          file
              + ", column "
              + Numeric.quote(name)
              + ": all weights are 0, so that no row counts; choose another column");
    }
    return weights.build().select(rows);
  }

  private String at(long line) {
    return where.apply(line) + ", column " + Numeric.quote(name) + ": ";
  }
}
