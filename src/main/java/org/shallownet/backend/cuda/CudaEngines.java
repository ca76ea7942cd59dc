package org.shallownet.backend.cuda;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.CombinedTrainingEngine;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.OwnEngines;
import org.shallownet.backend.OwnSamplesEngine;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cuda.fused.FusedCard;
import org.shallownet.backend.cuda.fused.GradientPasses;
import org.shallownet.backend.cuda.fused.OutputPasses;
import org.shallownet.backend.cuda.fused.WholeRunEngine;
import org.shallownet.backend.cuda.fused.WholeRunForm;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the engine that suits a plan: a function of the plan alone. A network that is resumed keeps
 * the engine that it began with, though others that it began with may be over by now.
 */
final class CudaEngines {
  private static final Logger LOG = LoggerFactory.getLogger(CudaEngines.class);

  /** Smaller batches leave most of a card idle in a pass; an estimate, not a measurement. */
  private static final long LEAST_BATCH = 8192;

  /**
   * The features of a pass, in chunks' layers: many, since a pass ends with most of the card idle,
   * which was measured to take some 10 µs; but samples that are streamed come in passes, too.
   */
  private static final int LAYERS_IN_PASS = 4;

  /**
   * Activations of a batch from which on memory costs a stack more than launches: 16 MB, which take
   * as long as two or three launches; an estimate, not a measurement.
   */
  private static final long LEAST_OUTPUT_FLOATS = 1L << 22;

  /** Compiling the kernels of a shape for the first time takes a second or so. */
  private static final int MOST_SHAPES = 8;

  private final AbstractBackend backend;
  private final FusedCard card;
  private final GradientPasses passes;
  private final OutputPasses outputPasses;
  private final ForcedEngine choice;
  private final long passFloats;

  CudaEngines(
      AbstractBackend backend,
      CudaLimits limits,
      FusedCard card,
      GradientPasses passes,
      OutputPasses outputPasses,
      ForcedEngine choice) {
    this.backend = backend;
    this.passFloats = (long) LAYERS_IN_PASS * limits.chunkFloats();
    this.card = card;
    this.passes = passes;
    this.outputPasses = outputPasses;
    this.choice = choice;
  }

  /** The engine for a plan; networks that one engine can't train have another. */
  TrainingEngine open(TrainingPlan plan) {
    boolean resident = plan.samples() instanceof Samples.Resident;
    Predicate<ModelPlan> whole = resident ? wholeRuns(plan) : model -> false;
    TrainingEngine engine =
        CombinedTrainingEngine.of(
            plan,
            whole,
            part ->
                whole.test(part.models().get(0))
                    ? new WholeRunEngine(card, part, form())
                    : OwnSamplesEngine.open(backend, part, this::layered));
    LOG.debug("engine {} on {}", engine.name(), backend.device());
    return engine;
  }

  /** Which models are trained as a whole, if samples are on the card. */
  private Predicate<ModelPlan> wholeRuns(TrainingPlan plan) {
    return switch (choice) {
      case LAYERED, OUTPUT_PASS, ONE_PASS -> model -> false;
      case WHOLE_RUN, WHOLE_RUN_WIDE -> model -> WholeRunEngine.supports(model, plan, form());
      case CHOSEN -> wholeRunsChosen(plan);
    };
  }

  /** See {@link org.shallownet.backend.Backend#ownEngines}. */
  OwnEngines ownEngines(TrainingPlan plan) {
    Map<Boolean, List<ModelPlan>> models =
        plan.models().stream().collect(Collectors.partitioningBy(wholeRuns(plan)));
    List<ModelPlan> own = models.getOrDefault(true, List.of());
    List<ModelPlan> others = models.getOrDefault(false, List.of());
    if (own.isEmpty()) {
      return OwnEngines.none(plan);
    }
    TrainingPlan whole = part(plan, own);
    return new OwnEngines(
        whole, WholeRunEngine.bytes(whole, form()), others.isEmpty() ? null : part(plan, others));
  }

  private static TrainingPlan part(TrainingPlan plan, List<ModelPlan> models) {
    return new TrainingPlan(plan.samples(), plan.batchRows(), models);
  }

  private static Predicate<ModelPlan> wholeRunsChosen(TrainingPlan plan) {
    Predicate<ModelPlan> suiting = WholeRunEngine.suiting(plan);
    return model ->
        switch (model.engine()) {
          case WholeRunEngine.NAME -> WholeRunEngine.supports(model, plan, WholeRunForm.FITTING);
          case LayeredTrainingEngine.LAYERED,
              LayeredTrainingEngine.ONE_PASS,
              LayeredTrainingEngine.OUTPUT_PASS ->
              false;
          default -> suiting.test(model);
        };
  }

  private WholeRunForm form() {
    return choice == ForcedEngine.WHOLE_RUN_WIDE ? WholeRunForm.WIDE : WholeRunForm.FITTING;
  }

  private TrainingEngine layered(TrainingPlan plan) {
    boolean weighted = plan.samples().weighted();
    inOnePass(plan).forEach(model -> passes.prepare(model, weighted));
    inOutputPasses(plan).forEach(outputPasses::prepare);
    return LayeredTrainingEngine.fitting(backend, plan);
  }

  private List<ModelPlan> inOnePass(TrainingPlan plan) {
    return plan.models().stream().filter(model -> passRows(plan, model) > 0).toList();
  }

  private List<OutputPasses.Wanted> inOutputPasses(TrainingPlan plan) {
    boolean weighted = plan.samples().weighted();
    return plan.models().stream()
        .filter(model -> takesOutputPass(plan, model))
        .map(model -> new OutputPasses.Wanted(model, weighted, plan.batchRows()))
        .toList();
  }

  /** See {@link org.shallownet.backend.Backend#passBytes}. */
  long passBytes(List<TrainingPlan> plans) {
    List<ModelPlan> models = plans.stream().flatMap(plan -> inOnePass(plan).stream()).toList();
    boolean weighted = plans.stream().anyMatch(plan -> plan.samples().weighted());
    return passes.bytes(models, weighted)
        + OutputPasses.bytes(
            plans.stream().flatMap(plan -> inOutputPasses(plan).stream()).toList());
  }

  /** See {@link org.shallownet.backend.Backend#passRows}. */
  long passRows(TrainingPlan plan, ModelPlan model) {
    boolean wanted =
        switch (choice) {
          case LAYERED, OUTPUT_PASS, WHOLE_RUN, WHOLE_RUN_WIDE -> false;
          case ONE_PASS -> true;
          case CHOSEN ->
              switch (model.engine()) {
                case LayeredTrainingEngine.ONE_PASS -> true;
                case LayeredTrainingEngine.LAYERED, LayeredTrainingEngine.OUTPUT_PASS -> false;
                default -> suitsPasses(plan);
              };
        };
    return wanted ? passes.rows(model, plan.samples().weighted(), passFloats) : 0;
  }

  /** See {@link org.shallownet.backend.Backend#takesOutputPass}. */
  boolean takesOutputPass(TrainingPlan plan, ModelPlan model) {
    boolean wanted =
        switch (choice) {
          case LAYERED, ONE_PASS, WHOLE_RUN, WHOLE_RUN_WIDE -> false;
          case OUTPUT_PASS -> true;
          case CHOSEN ->
              switch (model.engine()) {
                case LayeredTrainingEngine.OUTPUT_PASS -> true;
                case LayeredTrainingEngine.LAYERED, LayeredTrainingEngine.ONE_PASS -> false;
                default -> suitsOutputPasses(plan, model);
              };
        };
    return wanted
        && outputPasses.suits(model, plan.samples().weighted())
        && passRows(plan, model) == 0;
  }

  /** Small networks of equal layer sizes share launches instead. */
  private static boolean suitsOutputPasses(TrainingPlan plan, ModelPlan model) {
    int last = model.spec().hidden().size();
    return (last > 0 && plan.batchRows() * model.spec().units(last) >= LEAST_OUTPUT_FLOATS)
        || plan.models().stream()
                .filter(other -> other.spec().sizes().equals(model.spec().sizes()))
                .limit(2)
                .count()
            == 1;
  }

  private boolean suitsPasses(TrainingPlan plan) {
    return plan.batchRows() >= LEAST_BATCH
        && passes.shapes(plan.models(), plan.samples().weighted()) <= MOST_SHAPES;
  }
}
