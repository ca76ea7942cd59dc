package org.shallownet.backend.cuda;

/**
 * The sizes of the pieces that work is cut into.
 *
 * @param stagingBytes bytes copied at once between host and card, a multiple of 8
 * @param productRows rows that one call of cuBLAS is given
 * @param chunkFloats floats in a layer of the chunks that engines work on
 * @param spareBytes memory that is not planned with, for what the driver and cuBLAS take when a
 *     kernel is first used
 */
record CudaLimits(int stagingBytes, int productRows, int chunkFloats, long spareBytes) {
  /**
   * A chunk's layer is 32 MiB: so large that launching a kernel takes little of its time, so small
   * that the level-2 cache of a large card holds it. Spare are 256 MiB. Both are estimates, not
   * measurements.
   */
  static final CudaLimits DEFAULT = new CudaLimits(4 << 20, 1 << 30, 1 << 23, 256L << 20);
}
