package org.shallownet.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.shallownet.network.Weights;

/**
 * Trains a plan whose models no single engine trains all as it would train them alone: each has the
 * engine that it would have alone.
 */
public final class CombinedTrainingEngine implements TrainingEngine {
  private final List<TrainingEngine> engines;
  private final List<Place> places;

  /** Where a model of the plan is: in which engine, as which of its models. */
  private record Place(TrainingEngine engine, int model) {}

  private CombinedTrainingEngine(List<TrainingEngine> engines, List<Place> places) {
    this.engines = List.copyOf(engines);
    this.places = List.copyOf(places);
  }

  /**
   * Opens an engine for the models that meet a condition and one for the others; if there is only
   * one sort, its engine and nothing else.
   *
   * @param open opens the engine for a plan whose models are all of one sort
   */
  public static TrainingEngine of(
      TrainingPlan plan,
      Predicate<ModelPlan> condition,
      Function<TrainingPlan, TrainingEngine> open) {
    List<ModelPlan> some = plan.models().stream().filter(condition).toList();
    List<ModelPlan> others = plan.models().stream().filter(condition.negate()).toList();
    if (some.isEmpty() || others.isEmpty()) {
      return open.apply(plan);
    }
    TrainingEngine first = open.apply(new TrainingPlan(plan.samples(), plan.batchRows(), some));
    TrainingEngine second;
    try {
      second = open.apply(new TrainingPlan(plan.samples(), plan.batchRows(), others));
    } catch (RuntimeException | Error e) {
      first.close();
      throw e;
    }
    List<Place> places = new ArrayList<>();
    int inFirst = 0;
    for (ModelPlan model : plan.models()) {
      places.add(
          condition.test(model)
              ? new Place(first, inFirst++)
              : new Place(second, places.size() - inFirst));
    }
    return new CombinedTrainingEngine(List.of(first, second), places);
  }

  @Override
  public String name() {
    return engines.stream().map(TrainingEngine::name).collect(Collectors.joining(" and "));
  }

  @Override
  public String name(int model) {
    Place place = places.get(model);
    return place.engine().name(place.model());
  }

  @Override
  public void advance(long steps) {
    engines.forEach(engine -> engine.advance(steps));
  }

  @Override
  public void retire(int model) {
    Place place = places.get(model);
    place.engine().retire(place.model());
  }

  @Override
  public Progress progress(int model) {
    Place place = places.get(model);
    return place.engine().progress(place.model());
  }

  @Override
  public Progress takeProgress(int model) {
    Place place = places.get(model);
    return place.engine().takeProgress(place.model());
  }

  @Override
  public Progress evaluate(int model, Samples samples) {
    Place place = places.get(model);
    return place.engine().evaluate(place.model(), samples);
  }

  @Override
  public List<Progress> progress(List<Integer> models) {
    return ofEngines(models, TrainingEngine::progress);
  }

  @Override
  public List<Progress> takeProgress(List<Integer> models) {
    return ofEngines(models, TrainingEngine::takeProgress);
  }

  @Override
  public List<Progress> evaluate(List<Integer> models, Samples samples) {
    return ofEngines(models, (engine, own) -> engine.evaluate(own, samples));
  }

  @Override
  public List<Weights> weights(List<Integer> models) {
    return ofEngines(models, TrainingEngine::weights);
  }

  /** Asks each engine for its models and puts the answers in the order of the question. */
  private <T> List<T> ofEngines(
      List<Integer> models, BiFunction<TrainingEngine, List<Integer>, List<T>> question) {
    Map<Integer, T> answers = new HashMap<>();
    for (TrainingEngine engine : engines) {
      int[] asked =
          IntStream.range(0, models.size())
              .filter(i -> places.get(models.get(i)).engine() == engine)
              .toArray();
      List<Integer> own =
          Arrays.stream(asked).mapToObj(i -> places.get(models.get(i)).model()).toList();
      List<T> found = question.apply(engine, own);
      for (int i = 0; i < asked.length; i++) {
        answers.put(asked[i], found.get(i));
      }
    }
    return IntStream.range(0, models.size()).mapToObj(answers::get).toList();
  }

  @Override
  public Weights weights(int model) {
    Place place = places.get(model);
    return place.engine().weights(place.model());
  }

  @Override
  public ModelState state(int model) {
    Place place = places.get(model);
    return place.engine().state(place.model());
  }

  @Override
  public void resume(List<ModelState> states) {
    for (TrainingEngine engine : engines) {
      engine.resume(
          IntStream.range(0, places.size())
              .filter(i -> places.get(i).engine() == engine)
              .mapToObj(states::get)
              .toList());
    }
  }

  @Override
  public void close() {
    engines.forEach(TrainingEngine::close);
  }
}
