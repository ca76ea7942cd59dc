package org.shallownet.backend;

/** Compares float32 results with a float64 reference. */
public final class NumericAssert {
  private NumericAssert() {}

  /**
   * Fails unless every value is within {@code tolerance · √length · (scale + |expected|)} of what
   * is expected. Non-finite values, and those beyond float32, must match exactly.
   *
   * @param length how many terms each value sums
   * @param scale the size of the terms, below which a relative error means nothing
   */
  public static void assertClose(
      String what, double[] expected, float[] actual, double tolerance, long length, double scale) {
    if (expected.length != actual.length) {
      throw new AssertionError(
          what + ": expected " + expected.length + " values, not " + actual.length);
    }
    for (int i = 0; i < expected.length; i++) {
      double want = expected[i];
      float got = actual[i];
      double allowed = tolerance * Math.sqrt((double) length) * (scale + Math.abs(want));
      boolean finite = Float.isFinite((float) want);
      // Written so that not-a-number fails.
      boolean right =
          finite ? Math.abs(got - want) <= allowed : Float.compare((float) want, got) == 0;
      if (!right) {
        throw new AssertionError(what + ": expected " + want + " at " + i + ", not " + got);
      }
    }
  }

  /** Fails unless both hold the same bits; all not-a-numbers count as the same. */
  public static void assertSameBits(String what, float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      throw new AssertionError(
          what + ": expected " + expected.length + " values, not " + actual.length);
    }
    for (int i = 0; i < expected.length; i++) {
      if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
        throw new AssertionError(
            what + ": expected " + expected[i] + " at " + i + ", not " + actual[i]);
      }
    }
  }
}
