package org.shallownet.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * Trains networks of any depth from a backend's primitives, layer by layer: the engine that every
 * backend has and that all others are compared with.
 *
 * <p>A batch is worked on in chunks of rows that suit the device, so that no activation is ever
 * held for more rows than that; gradients add up over the chunks in their order.
 */
public final class LayeredTrainingEngine implements TrainingEngine {
  private final Backend backend;
  private final TrainingPlan plan;
  private final Scope scope;
  private final List<LayeredModel> models = new ArrayList<>();
  private final Batches batches;
  private final Tally evaluation;
  private final Counter steps;
  private final RepeatedStep wholeBatch;
  private final RepeatedStep lastBatch;
  private long step;

  /** Allocates what training this plan needs. */
  public LayeredTrainingEngine(Backend backend, TrainingPlan plan) {
    this.backend = backend;
    this.plan = plan;
    this.scope = backend.newScope();
    try {
      checkTargets();
      this.steps = backend.allocateCounter(scope);
      Map<NetworkSpec, Workspace> workspaces = new HashMap<>();
      long chunk = 0;
      for (ModelPlan model : plan.models()) {
        Workspace workspace =
            workspaces.computeIfAbsent(
                model.spec(),
                spec -> new Workspace(backend, scope, spec, chunk(spec, plan.samples().rows())));
        models.add(new LayeredModel(backend, scope, model, steps, workspace));
        chunk = Math.max(chunk, workspace.chunk);
      }
      this.batches = new Batches(backend, scope, plan, steps, chunk);
      this.evaluation = backend.allocateTally(scope);
      this.wholeBatch = new RepeatedStep(plan.batchRows());
      long others = (plan.stepsPerEpoch() - 1) * plan.batchRows();
      this.lastBatch = new RepeatedStep(plan.samples().rows() - others);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  /** Targets that are wrong are refused now rather than in the middle of training. */
  private void checkTargets() {
    for (ModelPlan model : plan.models()) {
      NetworkSpec spec = model.spec();
      backend.checkTargets(spec.output(), plan.targets(), spec.outputs());
    }
  }

  /**
   * How many of these rows a network works on at a time. It does not depend on the networks beside
   * it, which is why each has chunks of its own: sums over them have the same bits as if it were
   * alone. Powers of two make the largest chunk a multiple of all others.
   */
  private long chunk(NetworkSpec spec, long rows) {
    int widest = spec.inputs();
    for (int l = 1; l <= spec.layerCount(); l++) {
      widest = Math.max(widest, spec.units(l));
    }
    return Math.min(Long.highestOneBit(backend.preferredRows(widest)), rows);
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

  /** The operations of a step of all models, which go through the batch together. */
  private void takeStep(long rows) {
    long first = step % plan.stepsPerEpoch() * plan.batchRows();
    batches.begin();
    for (long done = 0; done < rows; done += batches.chunk()) {
      long count = Math.min(batches.chunk(), rows - done);
      for (LayeredModel model : models) {
        if (!model.retired) {
          batches.seek(model.plan.seed(), first + done, count);
          model.addGradients(batches.features(), batches.targets(), 1.0 / rows, done == 0);
        }
      }
    }
    for (LayeredModel model : models) {
      if (!model.retired) {
        model.update(rows);
      }
    }
    backend.increment(steps);
  }

  @Override
  public void retire(int model) {
    models.get(model).retired = true;
    wholeBatch.forget();
    lastBatch.forget();
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
    LayeredModel evaluated = models.get(model);
    backend.clear(evaluation);
    Samples.Resident data = (Samples.Resident) samples;
    long rows = data.rows();
    long chunk = evaluated.workspace.chunk;
    for (long first = 0; first < rows; first += chunk) {
      long count = Math.min(chunk, rows - first);
      Matrix features = data.features().rows(first, count);
      evaluated.evaluate(features, data.targets().rows(first, count), evaluation);
    }
    Tally.Values values = backend.read(evaluation);
    return new Progress(rows, values.cost(), 0, values.hits());
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
      } else if (taken) {
        owner = backend.newScope();
        recording = backend.record(owner, () -> takeStep(rows));
        backend.replay(recording);
      } else {
        // A library may prepare things when it is first used, which it can't while recording.
        takeStep(rows);
        taken = true;
      }
      for (LayeredModel model : models) {
        if (!model.retired) {
          model.samples += rows;
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
