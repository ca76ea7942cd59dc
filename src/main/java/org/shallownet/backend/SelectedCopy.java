package org.shallownet.backend;

import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;

/** Copies some rows and inputs of samples within a backend's memory, by way of the host. */
final class SelectedCopy {
  /** How many floats are on the host at once: 1 MiB. */
  private static final int FLOATS = 1 << 18;

  private final Backend backend;
  private final Scope scope;
  private final SampleRows chosen;

  private SelectedCopy(Backend backend, Scope scope, SampleRows chosen) {
    this.backend = backend;
    this.scope = scope;
    this.chosen = chosen;
  }

  /**
   * A copy of what is chosen of some samples.
   *
   * @param scope owns it
   * @param chosen the rows
   * @param firstInput where in a sample's features the inputs begin
   * @param inputs how many there are
   */
  static Samples of(
      Backend backend,
      Scope scope,
      Samples.Resident samples,
      SampleRows chosen,
      int firstInput,
      int inputs) {
    SelectedCopy copy = new SelectedCopy(backend, scope, chosen);
    Matrix targets = samples.targets();
    return Samples.resident(
        copy.of(samples.features(), firstInput, inputs),
        copy.of(targets, 0, targets.columns()),
        samples.weighted());
  }

  private Matrix of(Matrix from, int firstColumn, int columns) {
    long rows = chosen.count(from.rows());
    Matrix to = backend.allocate(scope, rows, columns);
    int wide = from.columns();
    int piece = (int) Math.min(from.rows(), Math.max(1, FLOATS / wide));
    float[] read = new float[Math.multiplyExact(piece, wide)];
    float[] kept = new float[Math.multiplyExact(piece, columns)];
    long done = 0;
    for (long first = 0; first < from.rows() && done < rows; first += piece) {
      int count = (int) Math.min(piece, from.rows() - first);
      backend.download(from.rows(first, count), read, 0);
      int found = 0;
      while (done + found < rows && chosen.row(done + found) < first + count) {
        int at = (int) (chosen.row(done + found) - first) * wide + firstColumn;
        System.arraycopy(read, at, kept, found * columns, columns);
        found++;
      }
      if (found > 0) {
        backend.upload(kept, 0, to.rows(done, found));
      }
      done += found;
    }
    return to;
  }
}
