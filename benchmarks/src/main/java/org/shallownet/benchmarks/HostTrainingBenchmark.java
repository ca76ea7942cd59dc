package org.shallownet.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Weights;

/**
 * Training with its transfers, from samples in host memory to weights there: loading, making the
 * engine, the steps of {@link TrainingBenchmark}, reading the weights. The difference is what
 * loading costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class HostTrainingBenchmark extends BackendBenchmark {
  @Param({"w1", "w2", "w3", "w4"})
  public String work = "";

  /** How many samples; 0 for as many as the work has. */
  @Param("0")
  public long rows;

  private Work training;
  private Table table;
  private long steps;

  @Setup(Level.Trial)
  public void prepare() {
    open();
    training = Work.of(work);
    long wanted = rows == 0 ? training.rows() : rows;
    EngineCheck.check(device, precision, training, wanted, device::newTrainingEngine);
    table = MemoryTable.of(training.table(wanted));
    steps = training.callSteps(wanted);
  }

  @Benchmark
  public Weights trainWithTransfers() {
    try (Scope loaded = device.newScope();
        TrainingEngine engine =
            device.newTrainingEngine(
                training.plan(device.load(loaded, table, ENGINE_BYTES), training.hidden()))) {
      engine.advance(steps);
      return engine.weights(0);
    }
  }
}
