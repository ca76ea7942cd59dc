package org.shallownet.backend.cuda;

/**
 * The sizes of the pieces that work is cut into.
 *
 * @param stagingBytes bytes copied at once between host and card, a multiple of 8
 * @param productRows rows that one call of cuBLAS is given
 * @param chunkFloats floats in a layer of the chunks that engines work on
 * @param spareBytes memory that is not planned with, for what the driver and cuBLAS take when a
 *     kernel is first used
 * @param scratchBytes memory for what lives only within operations, at least 32 KiB, which one has
 *     room in; how many operations performed at once share a launch is limited by it
 */
record CudaLimits(
    int stagingBytes, int productRows, int chunkFloats, long spareBytes, int scratchBytes) {
  /** The system property that sets the floats in a layer of a chunk. */
  static final String CHUNK_PROPERTY = "shallownet.cuda.chunk";

  /**
   * The most floats of a layer that were measured to pay, and the fewest that are worth a launch.
   */
  private static final int MOST_CHUNK_FLOATS = 1 << 26;

  private static final int FEWEST_CHUNK_FLOATS = 1 << 20;

  /** A chunk's layer takes this part of the memory: some of them are there at a time. */
  private static final int LAYERS_IN_MEMORY = 128;

  /** For a card of any size. Spare are 256 MiB, an estimate. */
  static final CudaLimits DEFAULT = new CudaLimits(4 << 20, 1 << 30, 1 << 23, 256L << 20, 4 << 20);

  /**
   * The same with chunks for a card of this size, or as the system property has it.
   *
   * <p>Chunks are as large as memory allows: on an H200, an iteration with 2²⁶ floats in a layer
   * takes 84 % of the time that 2²³ take with 64 hidden units, and 55 % without any, though the
   * level-2 cache holds only the smaller ones.
   *
   * @param bytes the memory of the card
   * @throws IllegalArgumentException if the property is no number of floats
   */
  CudaLimits forMemory(long bytes) {
    String asked = System.getProperty(CHUNK_PROPERTY);
    int floats = asked == null ? chunkFloats(bytes) : parse(asked);
    return new CudaLimits(stagingBytes, productRows, floats, spareBytes, scratchBytes);
  }

  private static int chunkFloats(long bytes) {
    long fits = Long.highestOneBit(Math.max(1, bytes / LAYERS_IN_MEMORY / Float.BYTES));
    return (int) Math.max(FEWEST_CHUNK_FLOATS, Math.min(MOST_CHUNK_FLOATS, fits));
  }

  private static int parse(String asked) {
    try {
      int floats = Integer.parseInt(asked);
      if (floats > 0) {
        return floats;
      }
    } catch (NumberFormatException e) {
      // Refused below like any other.
    }
    throw new IllegalArgumentException(
        "the system property "
            + CHUNK_PROPERTY
            + " is '"
            + asked
            + "': give the floats in a layer of a chunk, such as "
            + MOST_CHUNK_FLOATS);
  }
}
