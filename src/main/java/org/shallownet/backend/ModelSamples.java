package org.shallownet.backend;

import java.util.Objects;

/**
 * What a model sees of its plan's samples.
 *
 * @param rows those that it is trained on, at least one
 * @param devRows those that judge it, of which none is trained on
 * @param firstInput where its inputs begin in a sample's features: it has as many as its network
 *     has inputs; {@link #ALL_INPUTS} for all features
 */
public record ModelSamples(SampleRows rows, SampleRows devRows, int firstInput) {
  /** As a first input: the model's inputs are all features. */
  public static final int ALL_INPUTS = -1;

  /** Trained on everything, judged by nothing. */
  public static final ModelSamples ALL =
      new ModelSamples(SampleRows.ALL, SampleRows.NONE, ALL_INPUTS);

  /** Checks that nothing is trained on and judged by. */
  public ModelSamples {
    Objects.requireNonNull(rows, "rows");
    Objects.requireNonNull(devRows, "devRows");
    if (firstInput < ALL_INPUTS) {
      throw new IllegalArgumentException("there is no input " + firstInput);
    }
    if (rows.equals(SampleRows.NONE)) {
      throw new IllegalArgumentException("a model needs at least one row to be trained on");
    }
    long common = rows.common(devRows);
    if (common >= 0) {
      throw new IllegalArgumentException(
          "row " + common + " is to be trained on and to judge the model, too");
    }
  }

  /** Whether the model is trained on all of every sample. */
  public boolean trainsOnAll() {
    return rows.isAll() && firstInput == ALL_INPUTS;
  }

  /** Whether rows of the plan's own judge it. */
  public boolean judged() {
    return !devRows.equals(SampleRows.NONE);
  }

  /** Where its inputs begin. */
  public int inputsFrom() {
    return Math.max(0, firstInput);
  }
}
