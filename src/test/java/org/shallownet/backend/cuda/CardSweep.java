package org.shallownet.backend.cuda;

import com.grack.nanojson.JsonWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;
import org.shallownet.network.Activation;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/**
 * Where a step's time goes on a card: milliseconds of an iteration over the size of the chunks, and
 * microseconds of each primitive of a chunk. One JSON object a line; the last one has the option
 * that makes the fastest size the one that is used.
 *
 * <p>Arguments: rows, features, hidden units (0: logistic regression), precision, seconds for all.
 */
final class CardSweep {
  /** What differs by less is as fast. */
  private static final double AS_FAST = 1.01;

  private CardSweep() {}

  public static void main(String[] args) {
    long rows = Long.parseLong(args[0]);
    int features = Integer.parseInt(args[1]);
    int hidden = Integer.parseInt(args[2]);
    Precision precision = Precision.valueOf(args[3].toUpperCase(Locale.ROOT));
    long end = System.nanoTime() + (long) (Double.parseDouble(args[4]) * 1e9);
    BackendOptions options = new BackendOptions(0, 0, precision);
    System.out.println("{\"probe\":" + quoted(new CudaBackendProvider().probe(options)) + "}");
    Map<Integer, Double> milliseconds = new TreeMap<>();
    for (int log : new int[] {26, 23, 27, 24, 25, 28, 22, 21, 20, 19}) {
      if (System.nanoTime() > end) {
        break;
      }
      CudaLimits limits = new CudaLimits(4 << 20, 1 << 30, 1 << log, 256L << 20, 4 << 20);
      try (CudaBackend backend = CudaBackend.open(options, limits, ForcedEngine.LAYERED);
          Scope scope = backend.newScope()) {
        Matrix x = table(backend, scope, rows, features, false);
        Matrix y = table(backend, scope, rows, 1, true);
        milliseconds.put(log, iterations(backend, x, y, features, hidden, log, precision));
        if (log == 26) {
          primitives(backend, scope, x, y, features, Math.max(1, hidden), precision);
        }
      } catch (RuntimeException e) {
        System.out.println("{\"chunk_log2\":" + log + ",\"error\":" + quoted(e) + "}");
      }
    }
    System.out.printf(
        "{\"l2_bytes\":%d,\"sizes\":%d,\"option\":%s}%n",
        l2Bytes(), milliseconds.size(), quoted(option(milliseconds)));
  }

  /**
   * The option for the fastest size; among those that are as fast the smallest, which leaves the
   * most memory for samples. Empty if nothing was measured.
   *
   * @param milliseconds of an iteration, by the power of 2 of the floats in a layer of a chunk
   */
  static String option(Map<Integer, Double> milliseconds) {
    double least =
        milliseconds.values().stream().mapToDouble(time -> time).min().orElse(Double.NaN);
    return milliseconds.entrySet().stream()
        .filter(entry -> entry.getValue() <= AS_FAST * least)
        .min(Map.Entry.comparingByKey())
        .map(entry -> "-D" + CudaLimits.CHUNK_PROPERTY + "=" + (1 << entry.getKey()))
        .orElse("");
  }

  /** The card's level-2 cache, to compare the sizes with. */
  private static int l2Bytes() {
    CUdevice device = new CUdevice();
    int[] bytes = new int[1];
    JCudaDriver.cuDeviceGet(device, 0);
    JCudaDriver.cuDeviceGetAttribute(
        bytes, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, device);
    return bytes[0];
  }

  private static String quoted(Object value) {
    return JsonWriter.string(value.toString());
  }

  /** Random numbers, a block of a million rows again and again; of targets 0 and 1. */
  private static Matrix table(
      CudaBackend backend, Scope scope, long rows, int columns, boolean classes) {
    int block = (int) Math.min(rows, 1 << 20);
    float[] values = new float[block * columns];
    SplittableRandom random = new SplittableRandom(columns);
    for (int i = 0; i < values.length; i++) {
      values[i] = classes ? random.nextInt(2) : (float) (random.nextDouble() * 3.4 - 1.7);
    }
    Matrix matrix = backend.allocate(scope, rows, columns);
    for (long first = 0; first < rows; first += block) {
      backend.upload(values, 0, matrix.rows(first, Math.min(block, rows - first)));
    }
    return matrix;
  }

  /** Milliseconds of an iteration, the median of several. */
  private static double iterations(
      CudaBackend backend, Matrix x, Matrix y, int features, int hidden, int log, Precision p) {
    NetworkSpec spec = NetworkSpec.of(features, Output.SIGMOID_CROSS_ENTROPY, 1);
    if (hidden > 0) {
      spec = spec.withHidden(hidden, Activation.TANH);
    }
    ModelPlan model =
        new ModelPlan(
            new Initializer.Auto().create(spec, 7), new Optimizer.GradientDescent(0.5), 0, 7);
    try (TrainingEngine engine =
        backend.newTrainingEngine(new TrainingPlan(x, y, x.rows(), List.of(model)))) {
      long started = System.nanoTime();
      engine.advance(1);
      backend.synchronize();
      double first = (System.nanoTime() - started) / 1e6;
      started = System.nanoTime();
      engine.advance(1);
      backend.synchronize();
      double second = (System.nanoTime() - started) / 1e6;
      double[] times = new double[7];
      for (int i = 0; i < times.length; i++) {
        started = System.nanoTime();
        engine.advance(5);
        backend.synchronize();
        times[i] = (System.nanoTime() - started) / 5e6;
      }
      Arrays.sort(times);
      System.out.printf(
          Locale.ROOT,
          "{\"rows\":%d,\"features\":%d,\"hidden\":%d,\"precision\":\"%s\",\"engine\":\"%s\","
              + "\"chunk_log2\":%d,\"chunk_rows\":%d,\"first_ms\":%.3f,\"captured_ms\":%.3f,"
              + "\"min_ms\":%.4f,\"median_ms\":%.4f,\"max_ms\":%.4f}%n",
          x.rows(),
          features,
          hidden,
          p,
          engine.name(),
          log,
          backend.preferredRows(Math.max(features, Math.max(1, hidden))),
          first,
          second,
          times[0],
          times[3],
          times[6]);
      return times[3];
    }
  }

  private static void primitives(
      CudaBackend b, Scope scope, Matrix x, Matrix y, int features, int hidden, Precision p) {
    long rows = Math.min(x.rows(), Long.highestOneBit(b.preferredRows(Math.max(features, hidden))));
    Matrix xs = x.rows(0, rows);
    Matrix ys = y.rows(0, rows);
    Matrix a = b.allocate(scope, rows, hidden);
    Matrix d = b.allocate(scope, rows, hidden);
    Matrix z = b.allocate(scope, rows, 1);
    Matrix w1 = table(b, scope, hidden, features, false);
    Matrix w2 = table(b, scope, 1, hidden, false);
    Matrix b1 = table(b, scope, 1, hidden, false);
    Matrix b2 = table(b, scope, 1, 1, false);
    Matrix g1 = b.allocate(scope, hidden, features);
    Matrix g2 = b.allocate(scope, 1, hidden);
    Tally tally = b.allocateTally(scope);
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("gemm Z1 = X W1'", () -> b.run(new Gemm(false, true, 1, xs, w1, 0, a)));
    parts.put("bias tanh A1", () -> b.run(new BiasActivate(Activation.TANH, b1, a)));
    parts.put("gemm Z2 = A1 W2'", () -> b.run(new Gemm(false, true, 1, a, w2, 0, z)));
    parts.put("bias Z2", () -> b.run(new BiasActivate(Activation.IDENTITY, b2, z)));
    parts.put(
        "output delta and tally",
        () -> b.run(new OutputDelta(Output.SIGMOID_CROSS_ENTROPY, z, ys, 1e-7, z, tally)));
    parts.put("gemm dW2 = D2' A1", () -> b.run(new Gemm(true, false, 1, z, a, 0, g2)));
    parts.put("sum db2", () -> b.run(new SumRows(z, 0, b2)));
    parts.put("gemm D1 = D2 W2", () -> b.run(new Gemm(false, false, 1, z, w2, 0, d)));
    parts.put("tanh backward D1", () -> b.run(new ActivationBackward(Activation.TANH, a, d)));
    parts.put("gemm dW1 = D1' X", () -> b.run(new Gemm(true, false, 1, d, xs, 0, g1)));
    parts.put("sum db1", () -> b.run(new SumRows(d, 0, b1)));
    parts.put("copy A1 to D1", () -> b.run(new Copy(a, d)));
    parts.forEach(
        (name, part) -> {
          part.run();
          b.synchronize();
          int times = rows < 10_000 ? 2 : 50;
          double best = Double.MAX_VALUE;
          for (int round = 0; round < 3; round++) {
            long started = System.nanoTime();
            for (int i = 0; i < times; i++) {
              part.run();
            }
            b.synchronize();
            best = Math.min(best, (System.nanoTime() - started) / 1e3 / times);
          }
          System.out.printf(
              Locale.ROOT,
              "{\"primitive\":\"%s\",\"precision\":\"%s\",\"rows\":%d,\"us\":%.2f}%n",
              name,
              p,
              rows,
              best);
        });
  }
}
