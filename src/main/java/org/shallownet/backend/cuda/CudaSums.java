package org.shallownet.backend.cuda;

/** Starts the kernels of sums over matrices, and of what blocks leave behind for tallies. */
final class CudaSums {
  private final KernelLauncher launcher;
  private final Scratch scratch;

  CudaSums(KernelLauncher launcher, Scratch scratch) {
    this.launcher = launcher;
    this.scratch = scratch;
  }

  /**
   * Adds what this many blocks have left in the scratch memory, costs multiplied by the scale.
   *
   * @param samples how many samples without weights it is from
   */
  void addPartials(int blocks, double scale, long samples, CudaTally tally) {
    launcher
        .kernel(Kernel.TALLY_ADD)
        .add(scratch.partials())
        .int32(blocks)
        .float64(scale)
        .float64((double) samples)
        .add(tally)
        .launch(blocks);
  }

  /** Adds {@code scale Σ m²} to the tally's cost. */
  void addSquares(CudaMatrix m, double scale, CudaTally tally) {
    int blocks =
        launcher
            .kernel(Kernel.SQUARED_NORM_PARTIALS)
            .add(m)
            .int64(m.size())
            .add(scratch.partials())
            .launch(m.size());
    addPartials(blocks, scale, 0, tally);
  }

  /** {@code out = beta out + Σ rows of m}. */
  void rows(CudaMatrix m, float beta, CudaMatrix out) {
    int columns = m.columns();
    RowSlices cut = RowSlices.of(m.rows(), columns);
    scratch.reserveSums(cut.partials(columns));
    launcher
        .kernel(Kernel.SUM_ROWS_PARTIALS)
        .add(m)
        .int64(m.rows())
        .int32(columns)
        .int64(cut.sliceRows())
        .add(scratch.sums())
        .launch(cut.tiles(), cut.slices());
    launcher
        .kernel(Kernel.SUM_ROWS_FINISH)
        .add(scratch.sums())
        .int32(cut.slices())
        .int32(columns)
        .float32(beta)
        .add(out)
        .launch(cut.tiles(), 1);
  }
}
