package org.shallownet.backend.cpu.primitives;

/**
 * Sigmoid and tanh of floats, to within 1 unit in the last place.
 *
 * <p>They go through double precision with fits of their own: {@code Math.tanh} takes 20 to 50 ns,
 * these a few.
 */
public final class CpuMath {
  private static final double LOG2_E = 1.4426950408889634;
  // ln 2 in two parts: the first has so few bits that its product with the exponent is exact.
  private static final double LN2_HIGH = 0x1.62e42feep-1;
  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  /** Added and taken away again, it rounds to the nearest whole number. */
  private static final double ROUND = 0x1.8p52;

  /** Floats that {@link #tanh} has in double precision at a time. */
  public static final int ROOM = 256;

  /** From here on tanh rounds to 1. */
  private static final float TANH_LIMIT = 9.1f;

  private static final double P0 = 0.99999999895249;
  private static final double P1 = 0.13781518278029;
  private static final double P2 = 0.0040036063997604;
  private static final double P3 = 3.148236894776e-5;
  private static final double P4 = 5.0387039114431e-8;
  private static final double Q1 = 0.47114850592248;
  private static final double Q2 = 0.027719791553565;
  private static final double Q3 = 4.1985400034099e-4;
  private static final double Q4 = 1.6092102710578e-6;
  private static final double Q5 = 7.2988951783327e-10;

  private CpuMath() {}

  /** {@code 1 / (1 + e^-z)}. */
  static float sigmoid(float z) {
    return (float) (1 / (1 + exp(-(double) z)));
  }

  /**
   * {@code z = (e^z - e^-z) / (e^z + e^-z)} for a stretch of an array, as a quotient of polynomials
   * of {@code z²}: a minimax fit to 10⁻⁹ of the value.
   *
   * @param room some floats in double precision; converted by loops of their own, since of loops
   *     that convert JDK 17 makes no vector code
   */
  static void tanh(float[] z, int from, int to, double[] room) {
    for (int at = from; at < to; at += room.length) {
      int count = Math.min(room.length, to - at);
      limit(z, at, count);
      widen(z, at, count, room);
      tanhOfLimited(room, count);
      narrow(room, count, z, at);
    }
  }

  private static void limit(float[] z, int from, int count) {
    for (int i = from; i < from + count; i++) {
      z[i] = Math.max(-TANH_LIMIT, Math.min(TANH_LIMIT, z[i]));
    }
  }

  private static void widen(float[] z, int from, int count, double[] to) {
    for (int i = 0; i < count; i++) {
      to[i] = z[from + i];
    }
  }

  private static void narrow(double[] z, int count, float[] to, int at) {
    for (int i = 0; i < count; i++) {
      to[at + i] = (float) z[i];
    }
  }

  private static void tanhOfLimited(double[] z, int count) {
    for (int i = 0; i < count; i++) {
      double x = z[i];
      double u = x * x;
      double p = P0 + u * (P1 + u * (P2 + u * (P3 + u * P4)));
      double q = 1 + u * (Q1 + u * (Q2 + u * (Q3 + u * (Q4 + u * Q5))));
      z[i] = x * p / q;
    }
  }

  /**
   * {@code e^x} to 10⁻⁹ of its value; beyond ±120, where a float of it is 0 or infinite, that of
   * ±120.
   */
  private static double exp(double x) {
    double clamped = Math.max(-120, Math.min(120, x));
    double shifted = clamped * LOG2_E + ROUND;
    double n = shifted - ROUND;
    double r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
    // Taylor's series for |r| <= ln 2 / 2; the first term left out is below 2e-10.
    double p =
        1
            + r
                * (1
                    + r
                        * (1.0 / 2
                            + r
                                * (1.0 / 6
                                    + r
                                        * (1.0 / 24
                                            + r
                                                * (1.0 / 120
                                                    + r
                                                        * (1.0 / 720
                                                            + r * (1.0 / 5040 + r / 40320)))))));
    return p * Double.longBitsToDouble((1023 + (long) n) << 52);
  }
}
