package org.shallownet.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.NumericAssert;
import org.shallownet.backend.Oracle;
import org.shallownet.backend.Reference;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Weights;

/**
 * Compares an engine's first steps of a work with the float64 oracle's: costs and weights. As the
 * oracle takes its time, over the first rows of the work's table and for some of its models.
 */
final class EngineCheck {
  private static final int STEPS = 3;
  private static final int MODELS = 8;

  /** Weights times samples that the oracle goes through for a model at each step. */
  private static final long WORK = 50_000_000;

  private static final int FEWEST_ROWS = 64;

  private EngineCheck() {}

  /**
   * Fails unless the engine computes what the oracle does.
   *
   * @param rows how many samples the measured training has
   * @param newEngine the engine for a plan
   * @return the engine's name
   */
  static String check(
      Backend backend,
      String precision,
      Work work,
      long rows,
      Function<TrainingPlan, TrainingEngine> newEngine) {
    // Products of factors that are cut to TF32's 10 bits put the weights of work b off by up to
    // 1.2e-3 after three steps, computed for six draws of data; a card was seen to do the same.
    double tolerance =
        switch (precision) {
          case "tf32" -> 2e-3;
          case "bf16" -> 1e-2;
          default -> 1e-5;
        };
    try (Scope scope = backend.newScope()) {
      MemoryTable table = MemoryTable.of(work.table(checkedRows(work, rows)));
      TrainingPlan plan =
          work.plan(backend.load(scope, table, BackendBenchmark.ENGINE_BYTES), work.hidden());
      try (TrainingEngine engine = newEngine.apply(plan)) {
        engine.advance(STEPS);
        for (int model : checkedModels(plan.models().size())) {
          compare(work.id() + ", model " + model, plan, model, table, engine, tolerance);
        }
        return engine.name();
      }
    }
  }

  private static long checkedRows(Work work, long rows) {
    return Math.min(rows, Math.max(FEWEST_ROWS, WORK / work.parameters()));
  }

  private static List<Integer> checkedModels(int models) {
    List<Integer> checked = new ArrayList<>();
    for (int i = 0; i < Math.min(models, MODELS); i++) {
      checked.add(i * models / Math.min(models, MODELS));
    }
    return checked;
  }

  private static void compare(
      String what,
      TrainingPlan plan,
      int model,
      MemoryTable table,
      TrainingEngine engine,
      double tolerance) {
    ModelPlan trained = plan.models().get(model);
    Weights initial = trained.initial();
    double[] theta = Reference.widen(initial.toArray());
    Oracle oracle = new Oracle(initial.spec(), trained.l2());
    double[][] state = new double[theta.length][2];
    double lossSum = 0;
    long samples = 0;
    for (long step = 0; step < STEPS; step++) {
      double[][][] batch = batch(plan, trained, step, table);
      Oracle.Result result = oracle.run(theta, batch[0], batch[1]);
      lossSum += result.lossSum;
      samples += batch[0].length;
      for (int i = 0; i < theta.length; i++) {
        theta[i] =
            Reference.step(trained.optimizer(), result.gradient[i], theta[i], state[i], step + 1);
      }
    }
    NumericAssert.assertClose(
        what + ": weights", theta, engine.weights(model).toArray(), tolerance, 1, 1);
    NumericAssert.assertClose(
        what + ": cost",
        new double[] {lossSum / samples},
        new float[] {(float) engine.progress(model).cost()},
        tolerance,
        1,
        1);
  }

  /** Features and targets of a step's batch. */
  private static double[][][] batch(
      TrainingPlan plan, ModelPlan model, long step, MemoryTable table) {
    long rows = plan.rows(model);
    long epoch = plan.stepsPerEpoch(model);
    long first = step % epoch * plan.batchRows(model);
    int count = (int) Math.min(plan.batchRows(model), rows - first);
    long[] order = new long[count];
    if (plan.fullBatch(model)) {
      for (int i = 0; i < count; i++) {
        order[i] = i;
      }
    } else {
      new BatchOrder(rows, model.seed()).fill(step / epoch, first, count, order);
    }
    model.samples().rows().toRows(order, count);
    double[][] x = new double[count][];
    double[][] y = new double[count][];
    float[] features = new float[table.featureColumns()];
    float[] target = new float[1];
    for (int i = 0; i < count; i++) {
      table.read(order[i], 1, features, target);
      x[i] = Reference.widen(features);
      y[i] = Reference.widen(target);
    }
    return new double[][][] {x, y};
  }
}
