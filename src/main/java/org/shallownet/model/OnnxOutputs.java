package org.shallownet.model;

import java.util.Locale;

/** What the graph of a model file gives to those who score with it. */
public enum OnnxOutputs {
  /**
   * For classes {@code label}, a text, and {@code probabilities}; for numbers {@code prediction}.
   */
  LABELS,
  /**
   * Numbers alone: for classes {@code probabilities}, for numbers {@code prediction}; for runtimes
   * that know no text, such as OpenCV and TensorRT.
   */
  PROBABILITIES;

  /** The name used on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
