package org.shallownet.data.arrow;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.FloatingPointVector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VariableWidthFieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType.ArrowTypeID;
import org.jspecify.annotations.Nullable;

/** The cells of a column of a record batch, in rows counted from 0. */
abstract class ArrowCells {
  private final FieldVector vector;

  ArrowCells(FieldVector vector) {
    this.vector = vector;
  }

  /**
   * The cells of a column of numbers, truths or words.
   *
   * @return null if they are something else
   */
  static @Nullable ArrowCells of(FieldVector vector) {
    if (vector instanceof FloatingPointVector floats) {
      return new Floats(vector, floats);
    } else if (vector instanceof UInt8Vector longs) {
      return new UnsignedLongs(longs);
    } else if (vector instanceof BaseIntVector integers) {
      return new Integers(vector, integers);
    } else if (vector instanceof DecimalVector || vector instanceof Decimal256Vector) {
      return new Decimals(vector);
    } else if (vector instanceof BitVector bits) {
      return new Truths(bits);
    } else if (isWords(vector.getField().getType().getTypeID())) {
      return new Words(vector);
    }
    return null;
  }

  private static boolean isWords(ArrowTypeID type) {
    return switch (type) {
      case Utf8, LargeUtf8, Utf8View, Null -> true;
      default -> false;
    };
  }

  /** The number in a cell, NaN where it is missing. */
  final double number(int row) {
    return vector.isNull(row) ? Double.NaN : numberAt(row);
  }

  /** The text in a cell, empty where it is missing. */
  final String text(int row) {
    return vector.isNull(row) ? "" : textAt(row);
  }

  /** The number in a cell that is not missing, of a column that has some. */
  double numberAt(int row) {
    throw new IllegalStateException("no numbers in " + vector.getField());
  }

  /** The text in a cell that is not missing. */
  abstract String textAt(int row);

  private static final class Floats extends ArrowCells {
    private final FloatingPointVector vector;
    private final boolean isDouble;

    Floats(FieldVector vector, FloatingPointVector floats) {
      super(vector);
      this.vector = floats;
      isDouble = floats instanceof Float8Vector;
    }

    @Override
    double numberAt(int row) {
      return vector.getValueAsDouble(row);
    }

    @Override
    String textAt(int row) {
      double value = vector.getValueAsDouble(row);
      if (Double.isNaN(value)) {
        return "";
      }
      return isDouble ? Double.toString(value) : Float.toString((float) value);
    }
  }

  private static final class Integers extends ArrowCells {
    private final BaseIntVector vector;

    Integers(FieldVector vector, BaseIntVector integers) {
      super(vector);
      this.vector = integers;
    }

    @Override
    double numberAt(int row) {
      return vector.getValueAsLong(row);
    }

    @Override
    String textAt(int row) {
      return Long.toString(vector.getValueAsLong(row));
    }
  }

  private static final class UnsignedLongs extends ArrowCells {
    private final UInt8Vector vector;

    UnsignedLongs(UInt8Vector vector) {
      super(vector);
      this.vector = vector;
    }

    @Override
    double numberAt(int row) {
      return vector.getObjectNoOverflow(row).doubleValue();
    }

    @Override
    String textAt(int row) {
      return Long.toUnsignedString(vector.get(row));
    }
  }

  private static final class Decimals extends ArrowCells {
    private final FieldVector vector;

    Decimals(FieldVector vector) {
      super(vector);
      this.vector = vector;
    }

    @Override
    double numberAt(int row) {
      return ((BigDecimal) vector.getObject(row)).doubleValue();
    }

    @Override
    String textAt(int row) {
      return ((BigDecimal) vector.getObject(row)).toPlainString();
    }
  }

  private static final class Truths extends ArrowCells {
    private final BitVector vector;

    Truths(BitVector vector) {
      super(vector);
      this.vector = vector;
    }

    @Override
    double numberAt(int row) {
      return vector.get(row);
    }

    @Override
    String textAt(int row) {
      return Boolean.toString(vector.get(row) != 0);
    }
  }

  private static final class Words extends ArrowCells {
    private final @Nullable VariableWidthFieldVector vector;

    Words(FieldVector vector) {
      super(vector);
      // Otherwise all cells are missing.
      this.vector = vector instanceof VariableWidthFieldVector words ? words : null;
    }

    @Override
    String textAt(int row) {
      return vector == null ? "" : new String(vector.get(row), StandardCharsets.UTF_8);
    }
  }
}
