package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.cpu.primitives.CpuMatrix;

/**
 * What is seen of a table of samples: some of its rows and of each some inputs, with all targets.
 *
 * @param chosen the rows, whose places in this list are what samples are sought by
 * @param firstInput where in a row of the features the inputs begin
 * @param inputs how many there are
 */
record TableView(
    CpuMatrix features, CpuMatrix targets, SampleRows chosen, int firstInput, int inputs) {
  /** What a model sees of these rows. */
  static TableView of(CpuMatrix features, CpuMatrix targets, SampleRows rows, ModelPlan model) {
    int first = model.samples().inputsFrom();
    return new TableView(features, targets, rows, first, model.spec().inputs());
  }

  /** How many samples are seen. */
  long rows() {
    return chosen.count(features.rows());
  }

  /** Whether it is the whole table. */
  boolean isWhole() {
    return chosen.isAll() && inputs == features.columns();
  }
}
