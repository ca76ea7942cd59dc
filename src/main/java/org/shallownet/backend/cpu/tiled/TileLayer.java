package org.shallownet.backend.cpu.tiled;

/**
 * Where a layer's parameters lie in the vector that {@link TiledTrainingEngine} trains, and in what
 * form: see {@link TileKernels}.
 *
 * @param units of the layer
 * @param inputs of the layer
 * @param form of its weights
 * @param weights where they begin
 */
record TileLayer(int units, int inputs, Form form, int weights) {
  /** How weights lie. */
  enum Form {
    /** A single row. */
    ROW,
    /** Four rows at a time, inputs and rows padded. */
    PACKED,
    /** Row by row, as OpenBLAS takes them. */
    MATRIX,
    /** For each input the weights of all units, padded to {@link RowKernels#UNITS}. */
    BY_INPUTS,
    /** Row by row, each padded to {@link RowKernels#UNITS}. */
    BY_UNITS
  }

  /** The next multiple of 4. */
  static int padded(int count) {
    return (count + 3) & ~3;
  }

  /** Rows of the layer's blocks. */
  int rows() {
    return switch (form) {
      case ROW -> 1;
      case BY_INPUTS -> paddedToUnits(units);
      case PACKED, MATRIX, BY_UNITS -> padded(units);
    };
  }

  /** How many weights there are, padding included. */
  int weightCount() {
    return switch (form) {
      case ROW -> padded(inputs);
      case PACKED -> rows() * padded(inputs);
      case MATRIX -> units * inputs;
      case BY_INPUTS -> padded(inputs) * rows();
      case BY_UNITS -> rows() * paddedToUnits(inputs);
    };
  }

  private static int paddedToUnits(int count) {
    return (count + RowKernels.UNITS - 1) / RowKernels.UNITS * RowKernels.UNITS;
  }

  /** How many inputs there are, padding included. */
  int paddedInputs() {
    return switch (form) {
      case MATRIX -> inputs;
      case ROW, PACKED, BY_INPUTS -> padded(inputs);
      case BY_UNITS -> paddedToUnits(inputs);
    };
  }

  /** Units that lie one after the other, each with all its inputs or four side by side. */
  int stretches() {
    return switch (form) {
      case ROW -> 1;
      case PACKED -> rows() / 4;
      case MATRIX, BY_UNITS -> units;
      case BY_INPUTS -> padded(inputs);
    };
  }

  /** Floats from four rows of packed weights to the next. */
  int stride() {
    return 4 * padded(inputs);
  }

  /** Where the biases begin, one for each of the {@link #rows}. */
  int biases() {
    return weights + weightCount();
  }

  /** The first position after this layer. */
  int end() {
    return biases() + padded(rows());
  }

  /** Where the weight from input {@code from} to unit {@code to} lies. */
  int weight(int to, int from) {
    return weights
        + switch (form) {
          case ROW -> from;
          case PACKED -> to / 4 * stride() + 4 * from + to % 4;
          case MATRIX -> to * inputs + from;
          case BY_INPUTS -> from * rows() + to;
          case BY_UNITS -> to * paddedInputs() + from;
        };
  }
}
