package org.shallownet.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.shallownet.backend.NumericAssert;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.ElementwiseOperation.GatherBatch;
import org.shallownet.backend.device.Matrix;

/** Data on its way: into a backend's memory, out of it, and from place to place in it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TransferBenchmark extends BackendBenchmark {
  @Param({"4096", "1000000"})
  public int rows;

  @Param("28")
  public int columns;

  private float[] array;
  private float[] received;
  private FloatBuffer buffer;
  private BatchOrder order;
  private Counter steps;
  private Matrix matrix;
  private Matrix other;

  @Setup(Level.Trial)
  public void prepare() {
    open();
    matrix = random(rows, columns);
    other = zeros(rows, columns);
    array = host(matrix);
    received = new float[array.length];
    buffer =
        ByteBuffer.allocateDirect(Float.BYTES * array.length)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer()
            .put(array)
            .rewind();
    order = new BatchOrder(rows, 1);
    steps = device.allocateCounter(scope);
    verify(this::copy, array, other);
    verify(this::gatherBatch, gathered(), other);
    verify(this::uploadArray, array, matrix);
    verify(this::uploadBuffer, array, matrix);
    NumericAssert.assertSameBits("download", array, download());
  }

  private float[] gathered() {
    long[] indices = new long[rows];
    order.fill(0, 0, rows, indices);
    float[] rowByRow = new float[array.length];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(array, (int) indices[i] * columns, rowByRow, i * columns, columns);
    }
    return rowByRow;
  }

  private void verify(Runnable operation, float[] expected, Matrix result) {
    device.run(new Copy(zeros(rows, columns), result));
    operation.run();
    NumericAssert.assertSameBits("a transfer", expected, host(result));
    device.upload(array, 0, matrix);
  }

  /** From host memory, an array. */
  @Benchmark
  public void uploadArray() {
    device.upload(array, 0, matrix);
    device.synchronize();
  }

  /** From host memory, a direct buffer. */
  @Benchmark
  public void uploadBuffer() {
    device.upload(buffer, matrix);
    device.synchronize();
  }

  /** To host memory. */
  @Benchmark
  public float[] download() {
    device.download(matrix, received, 0);
    return received;
  }

  /** Within the backend's memory. */
  @Benchmark
  public void copy() {
    device.run(new Copy(matrix, other));
    device.synchronize();
  }

  /** Within the backend's memory, all rows in an epoch's random order. */
  @Benchmark
  public void gatherBatch() {
    device.run(new GatherBatch(matrix, order, steps, rows, 0, other));
    device.synchronize();
  }

  /** Waiting for nothing: what every other figure includes. */
  @Benchmark
  public void synchronizeAlone() {
    device.synchronize();
  }
}
