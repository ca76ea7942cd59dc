package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;

/**
 * What every contract test needs: a backend, matrices with guard rows around them, random numbers.
 *
 * <p>Each matrix made by {@link #matrix} is a row range of a larger one; after the test the rows
 * around it must be what they were, and closing the scope must leave nothing allocated.
 */
abstract class BackendKit {
  private static final float GUARD = -123.25f;
  private static final float[] POOL = pool();

  /** Rows, columns: small ones, those around powers of two, a prime, and more than 16 bits. */
  static final int[][] SHAPES = {
    {1, 1},
    {1, 31},
    {31, 1},
    {32, 33},
    {33, 2},
    {255, 7},
    {257, 64},
    {251, 17},
    {3, 5003},
    {65_537, 3},
    {1, 70_001}
  };

  private record Guarded(Matrix whole, int columns) {}

  final Random random = new Random(20_261);
  private final List<Guarded> guarded = new ArrayList<>();
  Backend backend;
  Scope scope;

  /** Opens the backend under test. */
  protected abstract Backend open();

  @BeforeEach
  final void openBackend() {
    backend = open();
    scope = backend.newScope();
  }

  @AfterEach
  final void closeBackend() {
    try {
      for (Guarded matrix : guarded) {
        checkGuards(matrix);
      }
      scope.close();
      assertThat(backend.openAllocations()).as("allocations left").isZero();
      assertThat(backend.openBytes()).as("bytes left").isZero();
    } finally {
      backend.close();
    }
  }

  private void checkGuards(Guarded matrix) {
    long rows = matrix.whole.rows();
    float[] guards = new float[2 * matrix.columns];
    backend.download(matrix.whole.rows(0, 1), guards, 0);
    backend.download(matrix.whole.rows(rows - 1, 1), guards, matrix.columns);
    for (float guard : guards) {
      assertThat(guard).as("guard around a matrix of %s", matrix.whole.shape()).isEqualTo(GUARD);
    }
  }

  /** A matrix with these values, guarded. */
  final Matrix matrix(int rows, int columns, float... values) {
    Matrix whole = backend.allocate(scope, rows + 2L, columns);
    float[] guard = new float[columns];
    Arrays.fill(guard, GUARD);
    backend.upload(guard, 0, whole.rows(0, 1));
    backend.upload(guard, 0, whole.rows(rows + 1L, 1));
    Matrix matrix = whole.rows(1, rows);
    backend.upload(values, 0, matrix);
    guarded.add(new Guarded(whole, columns));
    return matrix;
  }

  /** What a matrix holds. */
  final float[] values(Matrix matrix) {
    float[] values = new float[Math.toIntExact(matrix.rows() * matrix.columns())];
    backend.download(matrix, values, 0);
    return values;
  }

  /** Standard normals, a stretch of a pool: drawing each would take most of the tests' time. */
  final float[] normals(int count) {
    int from = random.nextInt(POOL.length - count);
    return Arrays.copyOfRange(POOL, from, from + count);
  }

  private static float[] pool() {
    Random source = new Random(42);
    float[] pool = new float[1 << 19];
    for (int i = 0; i < pool.length; i++) {
      pool[i] = (float) source.nextGaussian();
    }
    return pool;
  }

  static float[] filled(int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }
}
