package org.shallownet.backend;

import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;

/** A small calculation on a backend, compared with the same in plain Java. */
public final class SelfTest {
  private static final int ROWS = 33;
  private static final int INNER = 65;
  private static final int COLUMNS = 17;

  private SelfTest() {}

  /**
   * Opens a backend, computes {@code tanh(A B + b)} and closes it.
   *
   * @return whether that worked and was right; nothing is thrown
   */
  public static Finding run(BackendProvider provider, BackendOptions options) {
    String subject = "self-test";
    try (Backend backend = provider.open(options)) {
      double error = largestError(backend);
      // Sums of 65 products below 1 in float32, with room for another order of summation.
      if (error <= 1e-5) {
        return Finding.good(
            subject, "a product and a kernel agree with Java on " + backend.device());
      }
      return new Finding(
          subject,
          "a product and a kernel differ from Java by " + error,
          "use another backend: the device or its driver computes wrongly");
    } catch (BackendUnavailableException e) {
      return Finding.bad(subject, e.why());
    } catch (RuntimeException | LinkageError e) {
      return new Finding(subject, "failed: " + e.getMessage(), "try another backend");
    }
  }

  /** The largest difference from Java; not-a-number counts as infinite. */
  static double largestError(Backend backend) {
    float[] a = wave(ROWS * INNER, 0.37);
    float[] b = wave(INNER * COLUMNS, 0.61);
    float[] bias = wave(COLUMNS, 0.83);
    float[] result = new float[ROWS * COLUMNS];
    try (Scope scope = backend.newScope()) {
      Matrix left = backend.allocate(scope, ROWS, INNER);
      Matrix right = backend.allocate(scope, INNER, COLUMNS);
      Matrix row = backend.allocate(scope, 1, COLUMNS);
      Matrix out = backend.allocate(scope, ROWS, COLUMNS);
      backend.upload(a, 0, left);
      backend.upload(b, 0, right);
      backend.upload(bias, 0, row);
      backend.run(new Gemm(false, false, 1, left, right, 0, out));
      backend.run(new BiasActivate(Activation.TANH, row, out));
      backend.download(out, result, 0);
    }
    double largest = 0;
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < COLUMNS; j++) {
        double sum = bias[j];
        for (int k = 0; k < INNER; k++) {
          sum += (double) a[i * INNER + k] * b[k * COLUMNS + j];
        }
        double error = Math.abs(Math.tanh(sum) - result[i * COLUMNS + j]);
        largest = Math.max(largest, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
      }
    }
    return largest;
  }

  /** Numbers between -½ and ½ without a pattern that a mistake in indexing would meet. */
  private static float[] wave(int size, double step) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (0.5 * Math.sin(step * i * i));
    }
    return values;
  }
}
