package org.shallownet.backend.cuda;

import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.CombinedTrainingEngine;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.fused.FusedCard;
import org.shallownet.backend.cuda.fused.WholeRunEngine;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.shallownet.network.NetworkSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the engine that suits a plan: a function of the plan alone. */
final class CudaEngines {
  private static final Logger LOG = LoggerFactory.getLogger(CudaEngines.class);

  private final AbstractBackend backend;
  private final FusedCard card;
  private final EngineChoice choice;

  CudaEngines(AbstractBackend backend, FusedCard card, EngineChoice choice) {
    this.backend = backend;
    this.card = card;
    this.choice = choice;
  }

  /** The engine for a plan; networks that one engine can't train have another. */
  TrainingEngine open(TrainingPlan plan) {
    TrainingEngine engine =
        CombinedTrainingEngine.of(
            plan,
            model -> wholeRun(model.spec(), plan),
            part ->
                wholeRun(part.models().get(0).spec(), plan)
                    ? new WholeRunEngine(card, part)
                    : LayeredTrainingEngine.fitting(backend, part));
    LOG.debug("engine {} on {}", engine.name(), backend.device());
    return engine;
  }

  private boolean wholeRun(NetworkSpec spec, TrainingPlan plan) {
    return switch (choice) {
      case LAYERED -> false;
      case WHOLE_RUN -> WholeRunEngine.supports(spec, plan);
      case CHOSEN -> WholeRunEngine.suits(spec, plan);
    };
  }
}
