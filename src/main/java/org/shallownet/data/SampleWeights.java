package org.shallownet.data;

import java.util.Objects;
import org.shallownet.data.features.IntColumn;
import org.shallownet.data.features.RowIndex;

/**
 * How much each sample counts: a finite number that is not negative. A sample of weight 2 counts as
 * if it were there twice, one of weight 0 as if it were not there. Only how large weights are
 * beside each other matters. They don't change.
 */
public final class SampleWeights {
  /** The bits of the floats. */
  private final IntColumn bits;

  private final double total;
  private final float largest;

  private SampleWeights(IntColumn bits) {
    this.bits = bits;
    double sum = 0;
    float most = 0;
    for (long row = 0; row < bits.size(); row++) {
      float weight = Float.intBitsToFloat(bits.get(row));
      sum += weight;
      most = Math.max(most, weight);
    }
    this.total = sum;
    this.largest = most;
  }

  /**
   * These weights, copied.
   *
   * @throws IllegalArgumentException if one is negative or not finite, or all are 0
   */
  public static SampleWeights of(float... weights) {
    Builder builder = new Builder();
    for (float weight : weights) {
      builder.add(weight);
    }
    return builder.build();
  }

  /** The number of samples. */
  public long rows() {
    return bits.size();
  }

  /**
   * The row's weight.
   *
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public float get(long row) {
    return Float.intBitsToFloat(bits.get(Objects.checkIndex(row, bits.size())));
  }

  /** The sum of all weights, in double. */
  public double total() {
    return total;
  }

  /** The largest weight. */
  public float largest() {
    return largest;
  }

  /**
   * The weights of these rows, in this order; they may all be 0.
   *
   * @throws IndexOutOfBoundsException if a row is not there
   */
  public SampleWeights select(RowIndex rows) {
    IntColumn selected = new IntColumn();
    for (long i = 0; i < rows.size(); i++) {
      selected.add(bits.get(Objects.checkIndex(rows.get(i), bits.size())));
    }
    return new SampleWeights(selected);
  }

  /** Collects weights one after the other. */
  public static final class Builder {
    private IntColumn bits = new IntColumn();

    /** No weights yet. */
    public Builder() {}

    /**
     * Adds a sample's weight.
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public void add(float weight) {
      if (!(weight >= 0 && weight < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the weight of row "
                + bits.size()
                + " is "
                + weight
                + "; a weight is a finite number that is not negative");
      }
      // -0 is 0.
      bits.add(Float.floatToRawIntBits(weight + 0f));
    }

    /**
     * The weights so far; the builder is empty afterwards.
     *
     * @throws IllegalArgumentException if all are 0
     */
    public SampleWeights build() {
      SampleWeights weights = new SampleWeights(bits);
      bits = new IntColumn();
      if (weights.total == 0) {
        throw new IllegalArgumentException("all weights are 0, so that no sample counts");
      }
      return weights;
    }
  }
}
