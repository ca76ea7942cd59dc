package org.shallownet.benchmarks;

import java.util.Locale;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.Backends;
import org.shallownet.backend.NumericAssert;
import org.shallownet.backend.device.Matrix;
import org.shallownet.network.Philox;

/**
 * An open backend and matrices on it. A backend that can't be opened fails the benchmark with the
 * reason; none takes its place.
 *
 * <p>Every measured method ends in {@link Backend#synchronize}, so that its time is that of the
 * arithmetic and not of queueing it. Data stays in the backend's memory unless the method's name
 * says otherwise.
 */
@State(Scope.Thread)
public abstract class BackendBenchmark {
  /** Memory to leave free for an engine when samples are loaded: more than any work needs. */
  static final long ENGINE_BYTES = 2L << 30;

  @Param("cpu")
  public String backend = "";

  @Param("fp32")
  public String precision = "";

  // Set by open(), as set-up methods of a superclass may run after those of the benchmark.
  @SuppressWarnings("NullAway.Init")
  Backend device;

  @SuppressWarnings("NullAway.Init")
  org.shallownet.backend.device.Scope scope;

  private long nextSeed;

  /** Opens the backend; the first thing that a benchmark's set-up does. */
  final void open() {
    device = open(backend, precision);
    scope = device.newScope();
  }

  static Backend open(String backend, String precision) {
    BackendOptions options =
        new BackendOptions(0, 0, Precision.valueOf(precision.toUpperCase(Locale.ROOT)));
    return Backends.select(backend, options, Backends.providers(), Long.MAX_VALUE).open();
  }

  /** Frees everything, after {@link #finish}. */
  @TearDown(Level.Trial)
  public void close() {
    finish();
    scope.close();
    device.close();
  }

  /** What a benchmark does at its end. */
  void finish() {}

  /** A matrix of numbers from -1 to 1, others at each call and the same in each run. */
  Matrix random(long rows, int columns) {
    Philox.Stream stream = Philox.stream(nextSeed++, Philox.Purpose.WEIGHTS, 0);
    float[] values = new float[Math.toIntExact(rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = stream.nextInt() * 0x1p-31f;
    }
    Matrix matrix = device.allocate(scope, rows, columns);
    device.upload(values, 0, matrix);
    return matrix;
  }

  /** A matrix of zeros. */
  Matrix zeros(long rows, int columns) {
    return device.allocate(scope, rows, columns);
  }

  /** What a matrix holds. */
  float[] host(Matrix matrix) {
    float[] values = new float[Math.toIntExact(matrix.rows() * matrix.columns())];
    device.download(matrix, values, 0);
    return values;
  }

  /**
   * Fails unless a result is what the reference gives.
   *
   * @param terms how many products of the backend's precision each value sums; 0 for arithmetic
   *     that is float32 in every precision
   */
  void verify(String what, double[] expected, float[] actual, int terms) {
    double unit =
        switch (precision) {
          case "tf32" -> terms > 0 ? 1e-3 : 2e-6;
          case "bf16" -> terms > 0 ? 8e-3 : 2e-6;
          default -> 2e-6;
        };
    NumericAssert.assertClose(what, expected, actual, unit, Math.max(1, terms), 1);
  }
}
