package org.shallownet.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Weights;

/**
 * Trains models that see the same rows and inputs of a plan's samples by an engine that knows
 * nothing of that: on a copy of what they see, or where samples are streamed on just that.
 */
public final class OwnSamplesEngine implements TrainingEngine {
  private final Backend backend;
  private final List<ModelPlan> models;
  private final SampleViews own;
  private final TrainingEngine engine;
  private final Map<SampleRows, Samples> devSamples = new HashMap<>();

  // Of what was judged by last.
  private @Nullable SampleViews judged;

  /**
   * Opens engines for a plan: if all its models see all of every sample, the one engine that it
   * needs, otherwise one for each sort of models that see the same.
   *
   * @param open opens an engine for a plan whose models see all of every sample
   */
  public static TrainingEngine open(
      Backend backend, TrainingPlan plan, Function<TrainingPlan, TrainingEngine> open) {
    if (plan.models().stream().allMatch(model -> model.samples().equals(ModelSamples.ALL))) {
      return open.apply(plan);
    }
    return CombinedTrainingEngine.bySort(
        plan, OwnSamplesEngine::sort, part -> new OwnSamplesEngine(backend, part, open));
  }

  /** The parts of a plan that have engines of their own: for each sort of models, or just one. */
  public static List<TrainingPlan> parts(TrainingPlan plan) {
    if (plan.trainsOnAll()) {
      return List.of(plan);
    }
    return CombinedTrainingEngine.sorts(plan, OwnSamplesEngine::sort).stream()
        .map(alike -> CombinedTrainingEngine.planOf(plan, alike))
        .toList();
  }

  /** The plan of just what the models of a {@linkplain #parts part} see, of streamed samples. */
  public static TrainingPlan planOfSeen(TrainingPlan part) {
    if (part.trainsOnAll()) {
      return part;
    }
    SampleSource source = ((Samples.Streamed) part.samples()).source();
    ModelPlan first = part.models().get(0);
    ModelSamples own = first.samples();
    int inputs = first.spec().inputs();
    return simplified(
        part, Samples.streamed(new SelectedSource(source, own.rows(), own.inputsFrom(), inputs)));
  }

  private static Object sort(ModelPlan model) {
    return List.of(model.samples().rows(), model.samples().inputsFrom(), model.spec().inputs());
  }

  private static TrainingPlan simplified(TrainingPlan plan, Samples own) {
    List<ModelPlan> models = plan.models().stream().map(ModelPlan::onAllSamples).toList();
    return new TrainingPlan(own, Math.min(plan.batchRows(), own.rows()), models);
  }

  private OwnSamplesEngine(
      Backend backend, TrainingPlan plan, Function<TrainingPlan, TrainingEngine> open) {
    this.backend = backend;
    this.models = plan.models();
    this.own = new SampleViews(backend, plan.samples());
    try {
      ModelPlan first = models.get(0);
      Samples seen = own.of(first, first.samples().rows());
      for (ModelPlan model : models) {
        SampleRows rows = model.samples().devRows();
        if (model.samples().judged()) {
          devSamples.put(rows, own.of(model, rows));
        }
      }
      this.engine = open.apply(simplified(plan, seen));
    } catch (RuntimeException | Error e) {
      own.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return engine.name();
  }

  @Override
  public String name(int model) {
    return engine.name(model);
  }

  @Override
  public void advance(long steps) {
    engine.advance(steps);
  }

  @Override
  public void scaleRate(int model, double factor) {
    engine.scaleRate(model, factor);
  }

  @Override
  public void retire(int model) {
    engine.retire(model);
  }

  @Override
  public List<Progress> progress(List<Integer> numbers) {
    return engine.progress(numbers);
  }

  @Override
  public List<Progress> takeProgress(List<Integer> numbers) {
    return engine.takeProgress(numbers);
  }

  @Override
  public List<Progress> evaluate(List<Integer> numbers, Samples samples) {
    return engine.evaluate(numbers, seenOf(samples));
  }

  /** What the models see of samples to judge by, which mostly are the same again. */
  private Samples seenOf(Samples samples) {
    SampleViews views = judged;
    if (views == null || !views.samples().equals(samples)) {
      forgetJudged();
      views = new SampleViews(backend, samples);
      judged = views;
    }
    return views.of(models.get(0), SampleRows.ALL);
  }

  private void forgetJudged() {
    if (judged != null) {
      judged.close();
      judged = null;
    }
  }

  @Override
  public List<Progress> judge(List<Integer> numbers) {
    List<Progress> progress = new ArrayList<>(Collections.nCopies(numbers.size(), Progress.NONE));
    devSamples.forEach(
        (rows, samples) -> {
          int[] places = places(numbers, rows);
          List<Progress> some =
              engine.evaluate(Arrays.stream(places).mapToObj(numbers::get).toList(), samples);
          for (int i = 0; i < places.length; i++) {
            progress.set(places[i], some.get(i));
          }
        });
    return progress;
  }

  @Override
  public boolean takesEpochs(@Nullable Samples samples) {
    if (samples == null && !devSamples.isEmpty() && !judgedAlike()) {
      return false;
    }
    return engine.takesEpochs(dev(samples));
  }

  @Override
  public List<Epochs> takeEpochs(int most, List<Watch> watches, @Nullable Samples samples) {
    return engine.takeEpochs(most, watches, dev(samples));
  }

  /** Whether all models are judged by the same rows that are held back. */
  private boolean judgedAlike() {
    return devSamples.size() == 1 && models.stream().allMatch(model -> model.samples().judged());
  }

  private @Nullable Samples dev(@Nullable Samples samples) {
    return samples == null
        ? devSamples.values().stream().findFirst().orElse(null)
        : seenOf(samples);
  }

  /** Where among these numbers those of the models are that are judged by these rows. */
  private int[] places(List<Integer> numbers, SampleRows rows) {
    int[] places = new int[numbers.size()];
    int count = 0;
    for (int i = 0; i < places.length; i++) {
      if (models.get(numbers.get(i)).samples().devRows().equals(rows)) {
        places[count++] = i;
      }
    }
    return Arrays.copyOf(places, count);
  }

  @Override
  public List<Weights> weights(List<Integer> numbers) {
    return engine.weights(numbers);
  }

  @Override
  public ModelState state(int model) {
    return engine.state(model);
  }

  @Override
  public void resume(List<ModelState> states) {
    engine.resume(states);
  }

  @Override
  public void close() {
    engine.close();
    forgetJudged();
    own.close();
  }
}
