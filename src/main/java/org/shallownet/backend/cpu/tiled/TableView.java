package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.Samples;
import org.shallownet.backend.cpu.primitives.CpuMatrix;

/**
 * What is seen of a table of samples: some of its rows and of each some inputs, with all targets.
 *
 * @param samples the table; if the engine keeps it, it can be read from blocks alone
 * @param chosen the rows, whose places in this list are what samples are sought by
 * @param firstInput where in a row of the features the inputs begin
 * @param inputs how many there are
 */
record TableView(Samples samples, SampleRows chosen, int firstInput, int inputs) {
  /** What a model sees of these rows. */
  static TableView of(Samples samples, SampleRows rows, ModelPlan model) {
    return new TableView(samples, rows, model.samples().inputsFrom(), model.spec().inputs());
  }

  /** All of a table in memory. */
  static TableView whole(CpuMatrix features, CpuMatrix targets) {
    return new TableView(
        Samples.resident(features, targets), SampleRows.ALL, 0, features.columns());
  }

  /** The table's features, row by row. */
  CpuMatrix features() {
    return (CpuMatrix) ((Samples.Resident) samples).features();
  }

  /** The table's targets, row by row. */
  CpuMatrix targets() {
    return (CpuMatrix) ((Samples.Resident) samples).targets();
  }

  /** How many targets a sample has, its weight included. */
  int targetColumns() {
    return samples.targetColumns();
  }

  /** How many samples are seen. */
  long rows() {
    return chosen.count(samples.rows());
  }

  /** Whether it is the whole table. */
  boolean isWhole() {
    return chosen.isAll() && inputs == samples.featureColumns();
  }
}
