package org.shallownet.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Weights;

/**
 * Trains a plan whose models no single engine trains all as it would train them alone: each sort of
 * them has an engine of its own.
 */
public final class CombinedTrainingEngine implements TrainingEngine {
  private final TrainingPlan plan;
  private final List<PacedEngine> engines;
  private final List<Place> places;
  private final long epoch;
  private long steps;

  /** An engine, and how many steps an epoch of its models has. */
  private record PacedEngine(TrainingEngine engine, long epoch) {}

  /** Where a model of the plan is: in which engine, as which of its models. */
  private record Place(TrainingEngine engine, int model) {}

  private CombinedTrainingEngine(TrainingPlan plan, List<PacedEngine> engines, List<Place> places) {
    this.plan = plan;
    this.engines = List.copyOf(engines);
    this.places = List.copyOf(places);
    this.epoch = plan.stepsPerEpoch();
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
    List<List<Integer>> sorts = new ArrayList<>(sorts(plan, condition::test));
    if (!condition.test(plan.models().get(0))) {
      Collections.reverse(sorts);
    }
    return open(plan, sorts, open);
  }

  /**
   * Opens an engine for each sort of models; if there is only one, its engine and nothing else.
   *
   * @param sort equal for models of one sort
   * @param open opens the engine for a plan whose models are all of one sort
   */
  static TrainingEngine bySort(
      TrainingPlan plan,
      Function<ModelPlan, Object> sort,
      Function<TrainingPlan, TrainingEngine> open) {
    return open(plan, sorts(plan, sort), open);
  }

  /** The numbers of the models of each sort. */
  static List<List<Integer>> sorts(TrainingPlan plan, Function<ModelPlan, Object> sort) {
    Map<Object, List<Integer>> sorts = new LinkedHashMap<>();
    for (int i = 0; i < plan.models().size(); i++) {
      sorts.computeIfAbsent(sort.apply(plan.models().get(i)), key -> new ArrayList<>()).add(i);
    }
    return List.copyOf(sorts.values());
  }

  /** The plan of some models. */
  static TrainingPlan planOf(TrainingPlan plan, List<Integer> numbers) {
    return new TrainingPlan(
        plan.samples(), plan.batchRows(), numbers.stream().map(plan.models()::get).toList());
  }

  private static TrainingEngine open(
      TrainingPlan plan, List<List<Integer>> sorts, Function<TrainingPlan, TrainingEngine> open) {
    if (sorts.size() == 1) {
      return open.apply(plan);
    }
    List<PacedEngine> engines = new ArrayList<>();
    Map<Integer, Place> places = new TreeMap<>();
    try {
      for (List<Integer> numbers : sorts) {
        TrainingPlan part = planOf(plan, numbers);
        TrainingEngine engine = open.apply(part);
        engines.add(new PacedEngine(engine, part.stepsPerEpoch()));
        for (int i = 0; i < numbers.size(); i++) {
          places.put(numbers.get(i), new Place(engine, i));
        }
      }
    } catch (RuntimeException | Error e) {
      engines.forEach(paced -> paced.engine().close());
      throw e;
    }
    return new CombinedTrainingEngine(plan, engines, List.copyOf(places.values()));
  }

  @Override
  public String name() {
    return engines.stream()
        .map(paced -> paced.engine().name())
        .distinct()
        .collect(Collectors.joining(" and "));
  }

  @Override
  public String name(int model) {
    Place place = places.get(model);
    return place.engine().name(place.model());
  }

  @Override
  public void advance(long count) {
    for (PacedEngine paced : engines) {
      long before = TrainingPlan.stepsTaken(steps, epoch, paced.epoch());
      paced.engine().advance(TrainingPlan.stepsTaken(steps + count, epoch, paced.epoch()) - before);
    }
    steps += count;
  }

  @Override
  public void scaleRate(int model, double factor) {
    Place place = places.get(model);
    place.engine().scaleRate(place.model(), factor);
  }

  @Override
  public void retire(int model) {
    Place place = places.get(model);
    place.engine().retire(place.model());
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
  public List<Progress> judge(List<Integer> models) {
    return ofEngines(models, TrainingEngine::judge);
  }

  @Override
  public boolean takesEpochs(@Nullable Samples dev) {
    return engines.stream().allMatch(paced -> paced.engine().takesEpochs(dev));
  }

  @Override
  public List<Epochs> takeEpochs(int most, List<Watch> watches, @Nullable Samples dev) {
    List<Epochs> taken =
        ofEngines(
            watches.stream().map(Watch::model).toList(),
            (engine, own) -> engine.takeEpochs(most, watchesOf(engine, watches), dev));
    steps += most * epoch;
    return taken;
  }

  @Override
  public List<Weights> weights(List<Integer> models) {
    return ofEngines(models, TrainingEngine::weights);
  }

  private List<Watch> watchesOf(TrainingEngine engine, List<Watch> watches) {
    return watches.stream()
        .filter(watch -> places.get(watch.model()).engine() == engine)
        .map(watch -> watch.of(places.get(watch.model()).model()))
        .toList();
  }

  /** Asks each engine for its models and puts the answers in the order of the question. */
  private <T> List<T> ofEngines(
      List<Integer> models, BiFunction<TrainingEngine, List<Integer>, List<T>> question) {
    Map<Integer, T> answers = new HashMap<>();
    for (PacedEngine paced : engines) {
      TrainingEngine engine = paced.engine();
      int[] asked =
          IntStream.range(0, models.size())
              .filter(i -> places.get(models.get(i)).engine() == engine)
              .toArray();
      List<Integer> own =
          Arrays.stream(asked).mapToObj(i -> places.get(models.get(i)).model()).toList();
      List<T> found = own.isEmpty() ? List.of() : question.apply(engine, own);
      for (int i = 0; i < asked.length; i++) {
        answers.put(asked[i], found.get(i));
      }
    }
    return IntStream.range(0, models.size()).mapToObj(answers::get).toList();
  }

  @Override
  public ModelState state(int model) {
    Place place = places.get(model);
    return place.engine().state(place.model());
  }

  @Override
  public void resume(List<ModelState> states) {
    steps = plan.stepsTaken(states);
    for (PacedEngine paced : engines) {
      paced
          .engine()
          .resume(
              IntStream.range(0, places.size())
                  .filter(i -> places.get(i).engine() == paced.engine())
                  .mapToObj(states::get)
                  .toList());
    }
  }

  @Override
  public void close() {
    engines.forEach(paced -> paced.engine().close());
  }
}
