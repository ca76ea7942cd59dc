package org.shallownet.backend;

import org.shallownet.backend.device.AbstractDevice;
import org.shallownet.backend.device.Matrix;

/**
 * Samples that engines train on or judge by: one row of features and one of targets each. Where
 * they are weighted, the last column of the targets is how much each counts: a finite number that
 * is not negative.
 */
public sealed interface Samples {
  /** The number of samples. */
  long rows();

  /** How many features a sample has. */
  int featureColumns();

  /** How many columns its targets have, the weight's included. */
  int targetColumns();

  /** Whether the last column of the targets is the samples' weights. */
  boolean weighted();

  /** How many bytes they take where they are resident. */
  default long bytes() {
    long row = Float.BYTES * ((long) featureColumns() + targetColumns());
    return rows() <= Long.MAX_VALUE / row ? rows() * row : Long.MAX_VALUE;
  }

  /**
   * Checks that they are in this device's memory, if they are resident.
   *
   * @param operation what they are for, for messages
   */
  void checkOn(String operation, AbstractDevice device);

  /** Samples in a backend's memory, all of which count the same. */
  static Samples resident(Matrix features, Matrix targets) {
    return new Resident(features, targets, false);
  }

  /**
   * Samples in a backend's memory.
   *
   * @param weighted whether the last column of the targets is their weights
   */
  static Samples resident(Matrix features, Matrix targets, boolean weighted) {
    return new Resident(features, targets, weighted);
  }

  /** Samples that stay on the host and are brought to the device piece by piece, as needed. */
  static Samples streamed(SampleSource source) {
    return new Streamed(source);
  }

  /**
   * Samples that a training engine reads once, when it is made, and keeps in a form of its own.
   * {@link Backend#keepsSamples} says which plans may have them.
   */
  static Samples kept(SampleSource source) {
    return new Kept(source);
  }

  /**
   * Samples in a backend's memory.
   *
   * @param features one row per sample, already preprocessed
   * @param targets as the networks' output says, one row per sample
   * @param weighted whether the last column of the targets is the samples' weights
   */
  record Resident(Matrix features, Matrix targets, boolean weighted) implements Samples {
    /** Checks that there are as many targets as samples. */
    public Resident {
      if (targets.rows() != features.rows()) {
        throw new IllegalArgumentException(
            "features are " + features.shape() + " but targets " + targets.shape());
      }
    }

    @Override
    public void checkOn(String operation, AbstractDevice device) {
      device.checkOwn(operation, "the features", features);
      device.checkOwn(operation, "the targets", targets);
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

  /** Samples that are read from a source. */
  sealed interface Sourced extends Samples {
    /** Where they are read. */
    SampleSource source();

    @Override
    default void checkOn(String operation, AbstractDevice device) {
      // They are on the host.
    }

    @Override
    default long rows() {
      return source().rows();
    }

    @Override
    default int featureColumns() {
      return source().featureColumns();
    }

    @Override
    default int targetColumns() {
      return source().targetColumns();
    }

    @Override
    default boolean weighted() {
      return source().weighted();
    }
  }

  /**
   * Samples that stay on the host.
   *
   * @param source where they are read, again in every epoch
   */
  record Streamed(SampleSource source) implements Sourced {}

  /**
   * Samples that an engine keeps in a form of its own.
   *
   * @param source where it reads them, once
   */
  record Kept(SampleSource source) implements Sourced {}
}
