package org.shallownet.data.columns;

import org.shallownet.data.TableOptions;
import org.shallownet.data.text.NumberSyntax;
import org.shallownet.data.text.Numeric;

/**
 * What stands for a missing cell: a text, or a number however it is written, so that {@code -999}
 * is also {@code -999.0} and the number itself.
 */
public final class MissingCells {
  private final TableOptions options;
  private final NumberSyntax syntax;
  private final double[] numbers;

  /**
   * What these options say.
   *
   * @param syntax how numbers are written
   */
  public MissingCells(TableOptions options, NumberSyntax syntax) {
    this.options = options;
    this.syntax = syntax;
    this.numbers =
        options.missing().stream()
            .mapToDouble(marker -> number(syntax, marker))
            .filter(marker -> !Double.isNaN(marker))
            .toArray();
  }

  /** A marker may be written as in the file, or as in Java. */
  private static double number(NumberSyntax syntax, String marker) {
    double written = Numeric.parseDouble(syntax.plain(marker));
    return Double.isNaN(written) ? Numeric.parseDouble(marker) : written;
  }

  /** Whether a number, such as -9, may stand for a missing one. */
  public boolean mayBeNumbers() {
    return numbers.length > 0;
  }

  /** Whether this number is a missing one; not-a-number is not asked for here. */
  public boolean has(double number) {
    for (double marker : numbers) {
      if (number == marker) {
        return true;
      }
    }
    return false;
  }

  /** The same as float32: whether it may have been such a number. */
  public boolean has(float number) {
    for (double marker : numbers) {
      if (number == (float) marker) {
        return true;
      }
    }
    return false;
  }

  /** Whether a cell without blanks around it is missing. */
  public boolean has(String stripped) {
    return options.isMissing(stripped)
        || (numbers.length > 0 && has(Numeric.parseDouble(syntax.plain(stripped))));
  }
}
