package org.shallownet.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains networks of any depth from a backend's primitives, layer by layer: the engine that every
 * backend has and that all others are compared with.
 *
 * <p>A batch is worked on in chunks of rows that suit the device, so that no activation is ever
 * held for more rows than that; gradients add up over the chunks in their order.
 */
public final class LayeredTrainingEngine implements TrainingEngine {
  private static final Logger LOG = LoggerFactory.getLogger(LayeredTrainingEngine.class);

  private final Backend backend;
  private final TrainingPlan plan;
  private final Scope scope;
  private final long chunk;
  private final List<LayeredModel> models = new ArrayList<>();
  private final Batches batches;
  private final Tally evaluation;
  private final Counter steps;
  private final RepeatedStep wholeBatch;
  private final RepeatedStep lastBatch;
  private @Nullable SampleStream stream;
  private long step;

  /** Those that are not retired, models of equal seeds side by side. */
  private List<LayeredModel> active = new ArrayList<>();

  /**
   * An engine that has allocated all that training needs. Where the chunks that suit the device do
   * not fit its memory, smaller ones are taken; that happens here or not at all, before the first
   * step.
   *
   * @throws DeviceMemoryException if the smallest chunks do not fit either
   */
  public static LayeredTrainingEngine fitting(Backend backend, TrainingPlan plan) {
    long limit = ChunkRows.fitting(backend, plan);
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

  /** Allocates what training this plan needs with the chunks that suit the device. */
  public LayeredTrainingEngine(Backend backend, TrainingPlan plan) {
    this(backend, plan, Long.MAX_VALUE);
  }

  private LayeredTrainingEngine(Backend backend, TrainingPlan plan, long limit) {
    this.backend = backend;
    this.plan = plan;
    this.chunk = ChunkRows.largest(backend, plan, limit);
    this.scope = backend.newScope();
    try {
      checkTargets();
      this.steps = backend.allocateCounter(scope);
      Map<NetworkSpec, Workspace> workspaces = new HashMap<>();
      long rows = plan.samples().rows();
      for (ModelPlan model : plan.models()) {
        Workspace workspace =
            workspaces.computeIfAbsent(
                model.spec(),
                spec ->
                    new Workspace(backend, scope, spec, ChunkRows.of(backend, spec, rows, limit)));
        models.add(new LayeredModel(backend, scope, model, steps, workspace));
      }
      if (plan.samples() instanceof Samples.Streamed streamed) {
        batches = new StreamedBatches(backend, scope, plan, streamed.source(), stream(), chunk);
      } else {
        batches = new ResidentBatches(backend, scope, plan, steps, chunk);
      }
      regroup();
      this.evaluation = backend.allocateTally(scope);
      this.wholeBatch = new RepeatedStep(plan.batchRows());
      long others = (plan.stepsPerEpoch() - 1) * plan.batchRows();
      this.lastBatch = new RepeatedStep(rows - others);
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
      for (ModelPlan model : plan.models()) {
        NetworkSpec spec = model.spec();
        backend.checkTargets(spec.output(), resident.targets(), spec.outputs());
      }
    }
  }

  @Override
  public String name() {
    return "layered";
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
    for (long done = 0; done < rows; done += chunk) {
      long count = Math.min(chunk, rows - done);
      for (LayeredModel model : active) {
        Samples.Resident samples = batches.get(model.plan.seed(), epoch, first + done, count);
        model.addGradients(samples.features(), samples.targets(), 1.0 / rows, done == 0);
      }
    }
    for (LayeredModel model : active) {
      model.update(rows);
    }
    backend.increment(steps);
  }

  @Override
  public void retire(int model) {
    models.get(model).retired = true;
    regroup();
    wholeBatch.forget();
    lastBatch.forget();
  }

  private void regroup() {
    Map<Long, List<LayeredModel>> bySeed = new LinkedHashMap<>();
    for (LayeredModel model : models) {
      if (!model.retired) {
        bySeed.computeIfAbsent(model.plan.seed(), seed -> new ArrayList<>()).add(model);
      }
    }
    active = bySeed.values().stream().flatMap(List::stream).toList();
    batches.foresee(List.copyOf(bySeed.keySet()));
  }

  @Override
  public Progress progress(int model) {
    return models.get(model).progress();
  }

  @Override
  public Progress takeProgress(int model) {
    LayeredModel taken = models.get(model);
    Progress progress = taken.progress();
    taken.clearProgress();
    return progress;
  }

  @Override
  public Progress evaluate(int model, Samples samples) {
    if (samples.featureColumns() != plan.samples().featureColumns()
        || samples.targetColumns() != plan.samples().targetColumns()) {
      throw new IllegalArgumentException(
          "evaluate: samples with "
              + samples.featureColumns()
              + " features and "
              + samples.targetColumns()
              + " targets are not of the plan's form");
    }
    LayeredModel evaluated = models.get(model);
    backend.clear(evaluation);
    long rows = samples.rows();
    long most = evaluated.workspace.chunk;
    for (long first = 0; first < rows; first += most) {
      Samples.Resident part = part(samples, first, most);
      evaluated.evaluate(part.features(), part.targets(), evaluation);
    }
    Tally.Values values = backend.read(evaluation);
    return new Progress(rows, values.cost(), 0, values.hits());
  }

  /** The next samples, at most that many. */
  private Samples.Resident part(Samples samples, long first, long most) {
    if (samples instanceof Samples.Resident resident) {
      return Batches.rows(resident, first, Math.min(most, resident.rows() - first));
    }
    SampleSource source = ((Samples.Streamed) samples).source();
    return stream()
        .get(
            Piece.inOrder(source, first, most),
            piece -> {
              long next = piece.first() + piece.count();
              return next == source.rows() ? null : Piece.inOrder(source, next, most);
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
  public Weights weights(int model) {
    return models.get(model).parameters.download();
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
      for (LayeredModel model : active) {
        model.samples += rows;
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

  /** The buffers of one pass through a network of one shape, shared by all models of that shape. */
  private static final class Workspace {
    private final long chunk;
    private final ForwardPass forward;

    /** The derivative of the cost by {@code Z[l]} of each hidden layer. */
    private final List<Matrix> deltas = new ArrayList<>();

    private Workspace(Backend backend, Scope scope, NetworkSpec spec, long chunk) {
      this.chunk = chunk;
      forward = new ForwardPass(backend, scope, spec, chunk);
      for (int l = 1; l <= spec.hidden().size(); l++) {
        deltas.add(backend.allocate(scope, chunk, spec.units(l)));
      }
    }

    private Matrix delta(int l, long rows) {
      Matrix delta = deltas.get(l - 1);
      return delta.rows() == rows ? delta : delta.rows(0, rows);
    }
  }

  /** One network: its parameters, gradients, optimiser state and running cost. */
  private static final class LayeredModel {
    private final Backend backend;
    private final ModelPlan plan;
    private final Workspace workspace;
    private final Parameters parameters;
    private final Parameters gradients;
    private final OptimizerSteps optimizer;
    private final Tally losses;
    private final Tally penalties;
    private long samples;
    private boolean retired;

    private LayeredModel(
        Backend backend, Scope scope, ModelPlan plan, Counter steps, Workspace workspace) {
      this.backend = backend;
      this.plan = plan;
      this.workspace = workspace;
      parameters = new Parameters(backend, scope, plan.spec());
      parameters.upload(plan.initial());
      gradients = new Parameters(backend, scope, plan.spec());
      optimizer = new OptimizerSteps(backend, scope, plan, steps);
      losses = backend.allocateTally(scope);
      penalties = backend.allocateTally(scope);
    }

    /** Forward and backward for a part of a batch; its gradient replaces or joins what is there. */
    private void addGradients(Matrix features, Matrix targets, double scale, boolean first) {
      long rows = features.rows();
      if (rows <= workspace.chunk) {
        addGradient(features, targets, scale, first);
        return;
      }
      for (long done = 0; done < rows; done += workspace.chunk) {
        long count = Math.min(workspace.chunk, rows - done);
        Matrix some = features.rows(done, count);
        addGradient(some, targets.rows(done, count), scale, first && done == 0);
      }
    }

    /** Forward and backward for one chunk; its gradient replaces or joins what is there. */
    private void addGradient(Matrix features, Matrix targets, double scale, boolean first) {
      NetworkSpec spec = plan.spec();
      ForwardPass forward = workspace.forward;
      float keep = first ? 0 : 1;
      Matrix delta = forward.run(parameters, features);
      backend.outputDelta(spec.output(), delta, targets, scale, delta, losses);
      for (int l = spec.layerCount(); l >= 1; l--) {
        Matrix input = l == 1 ? features : forward.activations(l - 1);
        backend.gemm(true, false, 1, delta, input, keep, gradients.weights(l));
        backend.sumRows(delta, keep, gradients.biases(l));
        if (l > 1) {
          Matrix below = workspace.delta(l - 1, features.rows());
          backend.gemm(false, false, 1, delta, parameters.weights(l), 0, below);
          backend.activationBackward(forward.activation(l - 1), input, below);
          delta = below;
        }
      }
    }

    /** One step down the gradient of a batch with this many samples. */
    private void update(long rows) {
      if (plan.l2() > 0) {
        for (int l = 1; l <= plan.spec().layerCount(); l++) {
          // A batch's cost counts once for each of its samples.
          backend.addSquaredNorm(parameters.weights(l), plan.l2() / 2 * rows, penalties);
        }
      }
      optimizer.step(gradients, parameters);
    }

    private Progress progress() {
      Tally.Values loss = backend.read(losses);
      Tally.Values penalty = backend.read(penalties);
      return new Progress(samples, loss.cost(), penalty.cost(), loss.hits());
    }

    private void clearProgress() {
      backend.clear(losses);
      backend.clear(penalties);
      samples = 0;
    }

    private void evaluate(Matrix features, Matrix targets, Tally tally) {
      Matrix logits = workspace.forward.run(parameters, features);
      backend.outputDelta(plan.spec().output(), logits, targets, 1, logits, tally);
    }
  }
}
