package org.shallownet.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.shallownet.backend.OwnSamplesEngine;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.layered.LayeredTrainingEngine;

/**
 * Training with the samples in the backend's memory: the steps of each {@link Work} that {@link
 * Work#callSteps} says.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TrainingBenchmark extends BackendBenchmark {
  @Param({"w1", "w2", "w2r", "w3", "w4", "w5", "w5s", "w6", "w7", "deep", "narrow"})
  public String work = "";

  /**
   * {@code chosen} by the backend, {@code layered}, or the name of an engine that the backend has
   * to choose, or the benchmark fails.
   */
  @Param({"chosen", "layered"})
  public String engine = "";

  /** How many samples; 0 for as many as the work has. */
  @Param("0")
  public long rows;

  private Samples samples;
  private TrainingEngine trained;
  private long steps;
  private double firstCost;

  @Setup(Level.Trial)
  public void prepare() {
    if (backend.equals("cuda")) {
      System.setProperty("shallownet.cuda.engine", engine);
    }
    open();
    Work training = Work.of(work);
    long wanted = rows == 0 ? training.rows() : rows;
    String checked = EngineCheck.check(device, precision, training, wanted, this::newEngine);
    samples = device.load(scope, training.table(wanted), ENGINE_BYTES);
    trained = newEngine(training.plan(samples, training.hidden()));
    System.out.printf(
        "engine of %s on %s in %s, asked for %s: %s (verified: %s)%n",
        work, backend, precision, engine, trained.name(), checked);
    steps = training.callSteps(wanted);
    trained.advance(1);
    firstCost = trained.evaluate(0, samples).cost();
  }

  private TrainingEngine newEngine(TrainingPlan plan) {
    if (engine.equals("layered")) {
      return OwnSamplesEngine.open(device, plan, plain -> new LayeredTrainingEngine(device, plain));
    }
    TrainingEngine chosen = device.newTrainingEngine(plan);
    if (!engine.equals("chosen") && !engine.equals(chosen.name())) {
      String name = chosen.name();
      chosen.close();
      throw new IllegalStateException(
          "the backend chooses engine " + name + " for " + work + ", not " + engine);
    }
    return chosen;
  }

  /** What was trained all the time has to have learned something. */
  @Override
  void finish() {
    double cost = trained.evaluate(0, samples).cost();
    trained.close();
    if (!(cost < firstCost)) {
      throw new AssertionError("the cost went from " + firstCost + " to " + cost);
    }
  }

  @Benchmark
  public void train() {
    trained.advance(steps);
    device.synchronize();
  }
}
