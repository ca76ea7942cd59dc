package org.shallownet.backend.cuda;

import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.fused.GradientPasses;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the engine that suits a plan: a function of the plan alone. */
final class CudaEngines {
  private static final Logger LOG = LoggerFactory.getLogger(CudaEngines.class);

  /** A batch with fewer samples doesn't fill a card whose warps take some at a time. */
  private static final long LEAST_BATCH = 8192;

  /** Compiling the kernels of a shape takes a second or so. */
  private static final int MOST_SHAPES = 8;

  private final AbstractBackend backend;
  private final GradientPasses passes;
  private final EngineChoice choice;

  CudaEngines(AbstractBackend backend, GradientPasses passes, EngineChoice choice) {
    this.backend = backend;
    this.passes = passes;
    this.choice = choice;
  }

  /** The engine for a plan; networks that one engine can't train have another. */
  TrainingEngine open(TrainingPlan plan) {
    for (ModelPlan model : plan.models()) {
      if (passRows(plan, model) > 0) {
        passes.prepare(model.spec(), plan.samples().weighted());
      }
    }
    TrainingEngine engine = LayeredTrainingEngine.fitting(backend, plan);
    LOG.debug("engine {} on {}", engine.name(), backend.device());
    return engine;
  }

  /** See {@link org.shallownet.backend.Backend#passRows}. */
  long passRows(TrainingPlan plan, ModelPlan model) {
    boolean wanted =
        switch (choice) {
          case LAYERED -> false;
          case ONE_PASS -> true;
          case CHOSEN -> suitsPasses(plan);
        };
    return wanted ? GradientPasses.rows(model.spec(), plan.samples().weighted()) : 0;
  }

  private static boolean suitsPasses(TrainingPlan plan) {
    return plan.batchRows() >= LEAST_BATCH
        && GradientPasses.shapes(plan.models(), plan.samples().weighted()) <= MOST_SHAPES;
  }
}
