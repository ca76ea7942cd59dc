package org.shallownet.backend;

/** Samples that engines train on or judge by: one row of features and one of targets each. */
public sealed interface Samples {
  /** The number of samples. */
  long rows();

  /** How many features a sample has. */
  int featureColumns();

  /** How many targets a sample has. */
  int targetColumns();

  /** Samples in a backend's memory. */
  static Samples resident(Matrix features, Matrix targets) {
    return new Resident(features, targets);
  }

  /** Samples that stay on the host and are brought to the device piece by piece, as needed. */
  static Samples streamed(SampleSource source) {
    return new Streamed(source);
  }

  /**
   * Samples in a backend's memory.
   *
   * @param features one row per sample, already preprocessed
   * @param targets as the networks' output says, one row per sample
   */
  record Resident(Matrix features, Matrix targets) implements Samples {
    /** Checks that there are as many targets as samples. */
    public Resident {
      if (targets.rows() != features.rows()) {
        throw new IllegalArgumentException(
            "features are " + features.shape() + " but targets " + targets.shape());
      }
    }

    @Override
    public long rows() {
      return features.rows();
    }

    @Override
    public int featureColumns() {
      return features.columns();
    }

    @Override
    public int targetColumns() {
      return targets.columns();
    }
  }

  /**
   * Samples that stay on the host.
   *
   * @param source where they are read, again in every epoch
   */
  record Streamed(SampleSource source) implements Samples {
    @Override
    public long rows() {
      return source.rows();
    }

    @Override
    public int featureColumns() {
      return source.featureColumns();
    }

    @Override
    public int targetColumns() {
      return source.targetColumns();
    }
  }
}
