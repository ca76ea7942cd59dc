package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.SampleViews;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Weights;

/**
 * Trains small networks, one in a block of threads, many steps in a launch: {@code whole_run.cu}
 * and, with many inputs, {@code whole_run_wide.cu}. The host hears of them when it asks, and then
 * of as many as it likes in one copy. Networks of one design are trained by the same launches,
 * whatever rows and inputs of the samples each sees.
 *
 * <p>A model's bits are a matter of its own plan and of the samples, whatever else is trained
 * beside it and on which card.
 */
public final class WholeRunEngine implements TrainingEngine {
  /** Streamed samples are judged in pieces of so many. */
  private static final int PIECE = 1 << 16;

  /** The engine's name. */
  public static final String NAME = "whole-run";

  /**
   * Cycles of a card in which the layered engine takes a step of a small network. An estimate, of
   * 16 launches.
   */
  private static final long LAYERED_CYCLES = 70_000;

  private static final int MOST_BESIDE = 64;

  private final FusedCard card;
  private final TrainingPlan plan;
  private final Scope scope;
  private final List<WholeRunGroup> groups = new ArrayList<>();
  private final List<Place> places = new ArrayList<>();
  private final SampleViews own;
  private @Nullable SampleViews judged;

  /** Where streamed samples arrive, by how many features they have. */
  private final Map<Integer, Samples.Resident> pieces = new HashMap<>();

  private long step;

  /** Where a model of the plan is: in which group, as which of its models. */
  private record Place(WholeRunGroup group, int model) {}

  /** Whether the engine trains such a model of a plan, if samples are on the card. */
  public static boolean supports(ModelPlan model, TrainingPlan plan, WholeRunForm form) {
    return form.design(model, plan).isPresent();
  }

  /**
   * For which models it is also worth it: a block for each network is faster than the card's whole
   * width for one after the other. Networks of one design are trained side by side. Of a plan whose
   * samples are on the card.
   */
  public static Predicate<ModelPlan> suiting(TrainingPlan plan) {
    Map<WholeRunDesign, Long> alike =
        plan.models().stream()
            .flatMap(model -> WholeRunForm.FITTING.design(model, plan).stream())
            .collect(Collectors.groupingBy(WholeRunDesign::kernel, Collectors.counting()));
    return model ->
        WholeRunForm.FITTING
            .design(model, plan)
            .filter(
                design ->
                    suits(design, plan.batchRows(model), alike.getOrDefault(design.kernel(), 1L)))
            .isPresent();
  }

  /** Whether it is worth it for so many networks of a design, with batches of so many samples. */
  static boolean suits(WholeRunDesign design, long batch, long networks) {
    // A network alone has a block to itself; of many, as many as there are multiprocessors.
    return design.cycles(batch) <= LAYERED_CYCLES * Math.min(networks, MOST_BESIDE);
  }

  /**
   * Allocates what training this plan needs.
   *
   * @param plan all of whose networks are {@linkplain #supports supported} in the form
   */
  public WholeRunEngine(FusedCard card, TrainingPlan plan, WholeRunForm form) {
    this.card = card;
    this.plan = plan;
    this.scope = card.backend().newScope();
    this.own = new SampleViews(card.backend(), plan.samples());
    try {
      checkTargets(plan.residentSamples());
      List<WholeRunDesign> designs = designs(plan, form);
      Place[] found = new Place[designs.size()];
      for (List<Integer> numbers : byKernel(designs).values()) {
        // A block takes the memory of the one with the most samples.
        WholeRunDesign design =
            numbers.stream()
                .map(designs::get)
                .max(Comparator.comparingInt(WholeRunDesign::sharedBytes))
                .orElseThrow();
        List<ModelPlan> models = numbers.stream().map(plan.models()::get).toList();
        WholeRunGroup group = new WholeRunGroup(card, scope, plan, own, design, models);
        groups.add(group);
        for (int i = 0; i < numbers.size(); i++) {
          found[numbers.get(i)] = new Place(group, i);
        }
      }
      places.addAll(Arrays.asList(found));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static List<WholeRunDesign> designs(TrainingPlan plan, WholeRunForm form) {
    return plan.models().stream().map(model -> form.design(model, plan).orElseThrow()).toList();
  }

  /** The numbers of the models that the same launches train. */
  private static Map<WholeRunDesign, List<Integer>> byKernel(List<WholeRunDesign> designs) {
    Map<WholeRunDesign, List<Integer>> byKernel = new LinkedHashMap<>();
    for (int i = 0; i < designs.size(); i++) {
      byKernel.computeIfAbsent(designs.get(i).kernel(), key -> new ArrayList<>()).add(i);
    }
    return byKernel;
  }

  /** The memory that an engine for the plan allocates, without samples and copies of them. */
  public static long bytes(TrainingPlan plan, WholeRunForm form) {
    long bytes = 0;
    for (Map.Entry<WholeRunDesign, List<Integer>> group :
        byKernel(designs(plan, form)).entrySet()) {
      List<ModelPlan> models = group.getValue().stream().map(plan.models()::get).toList();
      bytes += WholeRunGroup.bytes(plan, group.getKey(), models);
    }
    return bytes;
  }

  /** Refuses targets that are no class and weights that are none, before the first step. */
  private void checkTargets(Samples.Resident samples) {
    plan.models().stream()
        .map(ModelPlan::spec)
        .map(spec -> Map.entry(spec.output(), spec.outputs()))
        .distinct()
        .forEach(
            form -> card.backend().checkTargets(form.getKey(), samples.targets(), form.getValue()));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void advance(long steps) {
    card.run("advance", () -> groups.forEach(group -> group.advance(step, steps)));
    step += steps;
  }

  @Override
  public void scaleRate(int model, double factor) {
    Place place = places.get(model);
    card.run("scaleRate", () -> place.group().scaleRate(place.model(), factor));
  }

  @Override
  public void retire(int model) {
    Place place = places.get(model);
    place.group().retire(place.model());
  }

  @Override
  public List<Progress> progress(List<Integer> models) {
    return ofGroups("progress", models, WholeRunGroup::progress);
  }

  @Override
  public List<Progress> takeProgress(List<Integer> models) {
    return ofGroups(
        "takeProgress",
        models,
        (group, asked) -> {
          List<Progress> progress = group.progress(asked);
          group.clearProgress(asked);
          return progress;
        });
  }

  @Override
  public List<Weights> weights(List<Integer> models) {
    return ofGroups("weights", models, WholeRunGroup::weights);
  }

  @Override
  public List<Progress> evaluate(List<Integer> models, Samples samples) {
    if (models.isEmpty()) {
      return List.of();
    }
    SampleViews views = viewsOf(samples);
    if (samples instanceof Samples.Resident resident) {
      checkTargets(resident);
      return ofGroups("evaluate", models, (group, asked) -> group.judges().evaluate(asked, views));
    }
    // Models that see the same inputs are judged by the same pieces.
    Map<Samples, List<Integer>> bySeen = new LinkedHashMap<>();
    for (int i = 0; i < models.size(); i++) {
      Samples seen = views.of(plan.models().get(models.get(i)), SampleRows.ALL);
      bySeen.computeIfAbsent(seen, key -> new ArrayList<>()).add(i);
    }
    List<Progress> progress = new ArrayList<>(Collections.nCopies(models.size(), Progress.NONE));
    bySeen.forEach(
        (seen, places) -> {
          List<Integer> some = places.stream().map(models::get).toList();
          List<Progress> found = evaluate(some, ((Samples.Streamed) seen).source());
          for (int i = 0; i < places.size(); i++) {
            progress.set(places.get(i), found.get(i));
          }
        });
    return progress;
  }

  private List<Progress> evaluate(List<Integer> models, SampleSource source) {
    List<Progress> sums = Collections.nCopies(models.size(), Progress.NONE);
    Samples.Resident buffer = piece(source);
    float[] x = new float[Math.toIntExact(buffer.features().size())];
    float[] y = new float[Math.toIntExact(buffer.targets().size())];
    for (long first = 0; first < source.rows(); first += buffer.rows()) {
      int count = (int) Math.min(buffer.rows(), source.rows() - first);
      source.read(first, count, x, y);
      Matrix features = buffer.features().rows(0, count);
      Matrix targets = buffer.targets().rows(0, count);
      card.backend().upload(x, 0, features);
      card.backend().upload(y, 0, targets);
      Samples.Resident piece = new Samples.Resident(features, targets, source.weighted());
      checkTargets(piece);
      List<Progress> before = sums;
      sums = new ArrayList<>();
      try (SampleViews views = new SampleViews(card.backend(), piece)) {
        List<Progress> found =
            ofGroups("evaluate", models, (group, asked) -> group.judges().evaluate(asked, views));
        for (int i = 0; i < found.size(); i++) {
          sums.add(sum(before.get(i), found.get(i)));
        }
      }
    }
    return sums;
  }

  @Override
  public List<Progress> judge(List<Integer> models) {
    return ofGroups("judge", models, (group, asked) -> group.judges().evaluate(asked, null));
  }

  /** Of samples to judge by, which mostly are the same again. */
  private SampleViews viewsOf(Samples samples) {
    SampleViews views = judged;
    if (views == null || !views.samples().equals(samples)) {
      forgetJudged();
      views = new SampleViews(card.backend(), samples);
      judged = views;
    }
    return views;
  }

  private void forgetJudged() {
    if (judged != null) {
      judged.close();
      judged = null;
    }
  }

  private static Progress sum(Progress a, Progress b) {
    return new Progress(
        a.samples() + b.samples(),
        a.weight() + b.weight(),
        a.lossSum() + b.lossSum(),
        0,
        a.hits() + b.hits());
  }

  /** Where samples of a source arrive. */
  private Samples.Resident piece(SampleSource source) {
    int rows = (int) Math.min(PIECE, source.rows());
    Samples.Resident piece = pieces.get(source.featureColumns());
    if (piece == null || piece.rows() < rows) {
      Matrix features = card.backend().allocate(scope, rows, source.featureColumns());
      Matrix targets = card.backend().allocate(scope, rows, source.targetColumns());
      piece = new Samples.Resident(features, targets, source.weighted());
      pieces.put(source.featureColumns(), piece);
    }
    return piece;
  }

  /** Dev samples that are streamed, the host has to bring piece by piece. */
  @Override
  public boolean takesEpochs(@Nullable Samples dev) {
    return !(dev instanceof Samples.Streamed)
        && groups.stream().allMatch(group -> group.judges().atOnce(dev));
  }

  @Override
  public List<Epochs> takeEpochs(int most, List<Watch> watches, @Nullable Samples dev) {
    if (dev != null) {
      checkTargets((Samples.Resident) dev);
    }
    SampleViews given = dev == null ? null : viewsOf(dev);
    List<Epochs> taken =
        ofGroups(
            "takeEpochs",
            watches.stream().map(Watch::model).toList(),
            (group, asked) -> group.takeEpochs(step, most, watchesOf(group, watches), given));
    step += most * plan.stepsPerEpoch();
    return taken;
  }

  private List<Watch> watchesOf(WholeRunGroup group, List<Watch> watches) {
    return watches.stream()
        .filter(watch -> places.get(watch.model()).group() == group)
        .map(watch -> watch.of(places.get(watch.model()).model()))
        .toList();
  }

  /** Asks each group for its models and puts the answers in the order of the question. */
  private <T> List<T> ofGroups(
      String operation,
      List<Integer> models,
      BiFunction<WholeRunGroup, List<Integer>, List<T>> question) {
    List<T> answers = new ArrayList<>(Collections.nCopies(models.size(), null));
    card.run(
        operation,
        () -> {
          for (WholeRunGroup group : groups) {
            List<Integer> asked = new ArrayList<>();
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < models.size(); i++) {
              Place place = places.get(models.get(i));
              if (place.group() == group) {
                asked.add(i);
                numbers.add(place.model());
              }
            }
            if (!numbers.isEmpty()) {
              List<T> found = question.apply(group, numbers);
              for (int i = 0; i < asked.size(); i++) {
                answers.set(asked.get(i), found.get(i));
              }
            }
          }
        });
    return answers;
  }

  @Override
  public ModelState state(int model) {
    Place place = places.get(model);
    List<ModelState> found = new ArrayList<>();
    card.run("state", () -> found.add(place.group().state(place.model(), step)));
    return found.get(0);
  }

  @Override
  public void resume(List<ModelState> states) {
    step = plan.stepsTaken(states);
    card.run(
        "resume",
        () -> {
          for (int i = 0; i < states.size(); i++) {
            Place place = places.get(i);
            place.group().resume(place.model(), states.get(i));
          }
        });
  }

  @Override
  public void close() {
    scope.close();
    forgetJudged();
    own.close();
  }
}
