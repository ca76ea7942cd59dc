package org.shallownet.model.chain;

/** The error function, which Java's library lacks. */
final class ErrorFunction {
  private static final double TWO_BY_ROOT_PI = 2 / Math.sqrt(Math.PI);

  /** From here on it is 1 in double. */
  private static final double LARGEST = 6;

  private ErrorFunction() {}

  /**
   * {@code 2/√π ∫ e^(-t²) dt} from 0 to {@code x}, to a few units in the last place: the series
   * {@code 2/√π e^(-x²) Σ 2^n x^(2n+1) / (1·3·5·…·(2n+1))} (Abramowitz and Stegun, Handbook of
   * Mathematical Functions, 7.1.6), whose terms all have the sign of {@code x}.
   */
  static double erf(double x) {
    if (!(Math.abs(x) < LARGEST)) {
      return Double.isNaN(x) ? x : Math.signum(x);
    }
    double square = x * x;
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > Math.ulp(sum) / 4; n++) {
      term *= 2 * square / (2 * n + 1);
      sum += term;
    }
    return TWO_BY_ROOT_PI * Math.exp(-square) * sum;
  }
}
