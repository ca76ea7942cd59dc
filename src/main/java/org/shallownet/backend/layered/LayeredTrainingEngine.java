package org.shallownet.backend.layered;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Recording;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.Clear;
import org.shallownet.backend.device.SumOperation.DivideByWeight;
import org.shallownet.backend.device.SumOperation.Increment;
import org.shallownet.backend.device.Tally;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains networks of any depth from a backend's primitives, layer by layer: the engine that every
 * backend has and that all others are compared with.
 *
 * <p>A batch is worked on in chunks of rows that suit the device, so that no activation is ever
 * held for more rows than that; gradients add up over the chunks in their order. Models of the same
 * layer sizes go through a chunk together as far as they, too, make no more rows than that.
 *
 * <p>Where a backend has a {@linkplain Backend#passRows pass} from samples to gradients for a
 * model, that takes the place of its layers; all the rest stays the same. The engine is then called
 * {@code one-pass}. Where it has a {@linkplain Backend#takesOutputPass pass} over the output layer,
 * that takes the place of the steps there; the engine is then called {@code output-pass}.
 */
public final class LayeredTrainingEngine implements TrainingEngine {
  private static final Logger LOG = LoggerFactory.getLogger(LayeredTrainingEngine.class);

  /** The name of the engine for a network whose gradient comes in one pass over the samples. */
  public static final String ONE_PASS = "one-pass";

  /** The name of the engine for a network whose output layer is taken in a pass. */
  public static final String OUTPUT_PASS = "output-pass";

  /** The name of the engine for a network that is trained layer by layer. */
  public static final String LAYERED = "layered";

  private final Backend backend;
  private final TrainingPlan plan;
  private final Scope scope;
  private final long limit;
  private final long chunk;
  private final LayeredModel[] models;
  private final LayeredWorkspace[] workspaces;
  private final List<ModelStack> stacks = new ArrayList<>();
  private final Batches batches;
  private final SampleWeightSums weights;
  private final Tally evaluation;
  private final Counter steps;
  private final RepeatedStep wholeBatch;
  private final RepeatedStep lastBatch;
  private @Nullable SampleStream stream;
  private long step;

  /** Those with models that are not retired, by the seed of their batches' order. */
  private Map<Long, List<ModelStack>> active = new LinkedHashMap<>();

  /**
   * An engine that has allocated all that training needs. Where the chunks that suit the device do
   * not fit its memory, smaller ones are taken; that happens here or not at all, before the first
   * step.
   *
   * @throws DeviceMemoryException if the smallest chunks do not fit either
   */
  public static LayeredTrainingEngine fitting(Backend backend, TrainingPlan plan) {
    long limit = fittingLimit(backend, plan);
    while (true) {
      try {
        return new LayeredTrainingEngine(backend, plan, limit);
      } catch (DeviceMemoryException e) {
        // Less is free than was said, or in pieces that are too small.
        if (!ChunkRows.canBeSmaller(limit)) {
          throw e;
        }
        LOG.info("chunks of {} samples: {}", limit, e.getMessage());
        limit = ChunkRows.smaller(limit);
      }
    }
  }

  /** The limit with which a plan, by the numbers, fits the memory that is free. */
  private static long fittingLimit(Backend backend, TrainingPlan plan) {
    boolean streamed = plan.samples() instanceof Samples.Streamed;
    long free = backend.freeBytes();
    long limit = ChunkRows.largest(backend, plan, Long.MAX_VALUE);
    while (ChunkRows.canBeSmaller(limit)) {
      TrainingMemory memory = TrainingMemory.of(backend, plan, limit);
      if ((streamed ? memory.work() : memory.work() - memory.stream()) <= free) {
        break;
      }
      limit = ChunkRows.smaller(limit);
    }
    return limit;
  }

  /** Allocates what training this plan needs with the chunks that suit the device. */
  public LayeredTrainingEngine(Backend backend, TrainingPlan plan) {
    this(backend, plan, Long.MAX_VALUE);
  }

  private LayeredTrainingEngine(Backend backend, TrainingPlan plan, long limit) {
    if (!plan.models().stream().allMatch(m -> m.samples().equals(ModelSamples.ALL))) {
      throw new IllegalArgumentException(
          "the layered engine trains models that see all of every sample; OwnSamplesEngine opens it"
              + " for others");
    }
    this.backend = backend;
    this.plan = plan;
    this.limit = limit;
    this.chunk = ChunkRows.largest(backend, plan, limit);
    this.scope = backend.newScope();
    try {
      checkTargets();
      this.steps = backend.allocateCounter(scope);
      this.models = new LayeredModel[plan.models().size()];
      this.workspaces = new LayeredWorkspace[models.length];
      for (List<Integer> alike : plan.modelsOfEqualSizes()) {
        LayeredWorkspace workspace = new LayeredWorkspace(backend, scope, plan, alike, limit);
        alike.forEach(model -> workspaces[model] = workspace);
        stack(alike, workspace);
      }
      if (plan.samples() instanceof Samples.Streamed streamed) {
        batches = new StreamedBatches(backend, scope, plan, streamed.source(), stream(), chunk);
      } else {
        batches = new ResidentBatches(backend, scope, plan, steps, chunk);
      }
      this.weights = new SampleWeightSums(backend, scope, plan);
      regroup();
      this.evaluation = backend.allocateTally(scope);
      this.wholeBatch = new RepeatedStep(plan.batchRows());
      long others = (plan.stepsPerEpoch() - 1) * plan.batchRows();
      long rest = plan.samples().rows() - others;
      this.lastBatch = rest == plan.batchRows() ? wholeBatch : new RepeatedStep(rest);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  /**
   * Resident targets that are wrong are refused now rather than in the middle of training; streamed
   * ones are seen when they are there.
   */
  private void checkTargets() {
    if (plan.samples() instanceof Samples.Resident resident) {
      Set<List<Object>> checked = new HashSet<>();
      for (ModelPlan model : plan.models()) {
        NetworkSpec spec = model.spec();
        if (checked.add(List.of(spec.output(), spec.outputs()))) {
          backend.checkTargets(spec.output(), resident.targets(), spec.outputs());
        }
      }
    }
  }

  /** What the models of a stack have in common beside their layer sizes. */
  private record Sort(long seed, boolean drops, boolean outputPass) {}

  /** Makes stacks of models with the same layer sizes that also see the same batches. */
  private void stack(List<Integer> alike, LayeredWorkspace workspace) {
    Map<Sort, List<Integer>> bySort = new LinkedHashMap<>();
    for (int number : alike) {
      ModelPlan model = plan.models().get(number);
      boolean drops = model.refinements().dropout() > 0;
      Sort sort = new Sort(plan.orderSeed(model), drops, backend.takesOutputPass(plan, model));
      bySort.computeIfAbsent(sort, key -> new ArrayList<>()).add(number);
    }
    bySort.forEach(
        (sort, members) -> {
          for (int from = 0; from < members.size(); from += workspace.stackSize()) {
            int to = Math.min(from + workspace.stackSize(), members.size());
            stacks.add(newStack(sort.seed(), members.subList(from, to), workspace));
          }
        });
  }

  private ModelStack newStack(long seed, List<Integer> members, LayeredWorkspace workspace) {
    List<NetworkSpec> specs =
        members.stream().map(model -> plan.models().get(model).spec()).toList();
    List<Parameters> parameters = Parameters.stack(backend, scope, specs);
    List<Parameters> gradients = Parameters.stack(backend, scope, specs);
    List<LayeredModel> stacked = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      int model = members.get(i);
      ModelPlan planned = plan.models().get(model);
      models[model] =
          new LayeredModel(
              backend,
              scope,
              planned,
              new LayeredModel.Passes(
                  ChunkRows.pass(backend, plan, planned, limit),
                  backend.takesOutputPass(plan, planned)),
              parameters.get(i),
              gradients.get(i),
              steps);
      stacked.add(models[model]);
    }
    return new ModelStack(backend, workspace, seed, stacked);
  }

  @Override
  public String name() {
    Set<String> names = new TreeSet<>(Comparator.reverseOrder());
    for (int model = 0; model < models.length; model++) {
      names.add(name(model));
    }
    return String.join(", ", names);
  }

  @Override
  public String name(int model) {
    LayeredModel named = models[model];
    return named.inOnePass() ? ONE_PASS : named.takesOutputPass() ? OUTPUT_PASS : LAYERED;
  }

  @Override
  public void advance(long count) {
    for (long i = 0; i < count; i++, step++) {
      boolean last = step % plan.stepsPerEpoch() == plan.stepsPerEpoch() - 1;
      (last ? lastBatch : wholeBatch).take();
    }
  }

  /** The operations of a step of all active models, which go through the batch together. */
  private void takeStep(long rows) {
    long first = step % plan.stepsPerEpoch() * plan.batchRows();
    long epoch = step / plan.stepsPerEpoch();
    // A sum over weighted samples is divided at the end, when the sum of their weights is known.
    double scale = plan.samples().weighted() ? 1 : 1.0 / rows;
    for (long done = 0; done < rows; done += chunk) {
      long at = first + done;
      long count = Math.min(chunk, rows - done);
      boolean begins = done == 0;
      long placed = done;
      active.forEach(
          (seed, stacks) -> {
            Samples.Resident samples = batches.get(seed, epoch, at, count);
            weights.add(seed, samples.targets(), begins);
            for (ModelStack stack : stacks) {
              stack.addGradients(samples.features(), samples.targets(), scale, placed);
            }
          });
    }
    List<LayeredModel> trained = Arrays.stream(models).filter(m -> !m.retired()).toList();
    new ModelUpdates(backend, trained, this::mean).run(rows);
    backend.run(new Increment(steps));
  }

  /** What makes a model's gradient the mean over a batch of weighted samples; null for others. */
  private @Nullable DivideByWeight mean(LayeredModel model) {
    return weights.divide(plan.orderSeed(model.plan()), model.gradients().flat());
  }

  @Override
  public void scaleRate(int model, double factor) {
    models[model].scaleRate(factor);
  }

  @Override
  public void retire(int model) {
    models[model].retire();
    regroup();
    wholeBatch.forget();
    lastBatch.forget();
  }

  private void regroup() {
    Map<Long, List<ModelStack>> bySeed = new LinkedHashMap<>();
    for (ModelStack stack : stacks) {
      if (!stack.retired()) {
        bySeed.computeIfAbsent(stack.seed(), seed -> new ArrayList<>()).add(stack);
      }
    }
    active = bySeed;
    batches.foresee(List.copyOf(bySeed.keySet()));
  }

  @Override
  public List<Progress> progress(List<Integer> numbers) {
    return numbers.stream().map(number -> models[number].progress()).toList();
  }

  @Override
  public List<Progress> takeProgress(List<Integer> numbers) {
    List<Progress> taken = progress(numbers);
    numbers.forEach(number -> models[number].clearProgress());
    return taken;
  }

  @Override
  public List<Progress> evaluate(List<Integer> numbers, Samples samples) {
    plan.checkForm("evaluate", samples);
    return numbers.stream().map(number -> evaluated(number, samples)).toList();
  }

  private Progress evaluated(int model, Samples samples) {
    LayeredModel evaluated = models[model];
    LayeredWorkspace workspace = workspaces[model];
    backend.run(new Clear(evaluation));
    long rows = samples.rows();
    long most = workspace.chunk();
    for (long first = 0; first < rows; first += most) {
      Samples.Resident part = part(samples, first, most);
      Matrix logits = workspace.forward().run(evaluated.parameters(), part.features());
      evaluated.judge(logits, part.targets(), evaluation);
    }
    Tally.Values values = backend.read(evaluation);
    return new Progress(rows, values.weight(), values.cost(), 0, values.hits());
  }

  /** The next samples, at most that many. */
  private Samples.Resident part(Samples samples, long first, long most) {
    if (samples instanceof Samples.Resident resident) {
      return Batches.rows(resident, first, Math.min(most, resident.rows() - first));
    }
    SampleSource source = ((Samples.Streamed) samples).source();
    return stream()
        .get(
            StreamedPiece.inOrder(source, first, most),
            piece -> {
              long next = piece.first() + piece.count();
              return next == source.rows() ? null : StreamedPiece.inOrder(source, next, most);
            });
  }

  /** What brings samples from the host: there from the start if those to train on are streamed. */
  private SampleStream stream() {
    if (stream == null) {
      Samples samples = plan.samples();
      stream =
          new SampleStream(
              backend, scope, chunk, samples.featureColumns(), samples.targetColumns());
    }
    return stream;
  }

  @Override
  public List<Weights> weights(List<Integer> numbers) {
    return numbers.stream().map(number -> models[number].parameters().download()).toList();
  }

  @Override
  public ModelState state(int model) {
    return models[model].state(step);
  }

  @Override
  public void resume(List<ModelState> states) {
    step = states.get(0).steps();
    backend.set(steps, step);
    for (int i = 0; i < models.length; i++) {
      models[i].resume(states.get(i));
    }
  }

  @Override
  public void close() {
    wholeBatch.forget();
    lastBatch.forget();
    scope.close();
  }

  /** The step for batches of one size: the same operations each time, recorded to be replayed. */
  private final class RepeatedStep {
    private final long rows;
    private boolean taken;
    private @Nullable Scope owner;
    private @Nullable Recording recording;

    private RepeatedStep(long rows) {
      this.rows = rows;
    }

    private void take() {
      for (LayeredModel model : models) {
        if (!model.retired()) {
          model.prepareRate(step, plan.stepsPerEpoch());
        }
      }
      if (recording != null) {
        backend.replay(recording);
      } else if (taken && plan.samples() instanceof Samples.Resident) {
        owner = backend.newScope();
        recording = backend.record(owner, () -> takeStep(rows));
        backend.replay(recording);
      } else {
        // A library may prepare things when it is first used, which it can't while recording; and
        // waiting for samples can't be recorded.
        takeStep(rows);
        taken = true;
      }
      for (LayeredModel model : models) {
        if (!model.retired()) {
          model.saw(rows);
        }
      }
    }

    /** The step is to become another one. */
    private void forget() {
      taken = false;
      recording = null;
      if (owner != null) {
        owner.close();
        owner = null;
      }
    }
  }
}
