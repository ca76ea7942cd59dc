package org.shallownet.training.comparison;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.RowIndex;
import org.shallownet.model.Model;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.DatasetSource;
import org.shallownet.training.Defaults;
import org.shallownet.training.Preparation;
import org.shallownet.training.ensemble.GreedyWeights;
import org.shallownet.training.ensemble.LogitCost;
import org.shallownet.training.ensemble.Mixture;
import org.shallownet.training.ensemble.OutOfFold;
import org.shallownet.training.ensemble.Spread;

/**
 * An ensemble of a comparison's networks: how much each counts is chosen by {@linkplain
 * GreedyWeights greedy selection} on what they say of rows that they have not learned from, those
 * of the dev set or of the folds. By folds the networks of a candidate and a seed are chosen
 * together, since each answers for its fold alone.
 */
public final class ComparisonEnsemble {
  /** From so many predictors it is chosen at most, those of the lowest costs. */
  public static final int MOST_PREDICTORS = 64;

  /** From fewer where the predictors' answers would be more numbers than this. */
  static final long MOST_ANSWERS = 1L << 27;

  private static final int BLOCK_ROWS = 1 << 20;

  private final Model model;
  private final List<Member> members;
  private final RowIndex rows;
  private final FeatureTable logits;

  private ComparisonEnsemble(
      Model model, List<Member> members, RowIndex rows, FeatureTable logits) {
    this.model = model;
    this.members = List.copyOf(members);
    this.rows = rows;
    this.logits = logits;
  }

  /**
   * What an ensemble is made of.
   *
   * @param seed of the network, or by folds of the networks
   * @param share how much it counts; all sum up to 1
   */
  public record Member(Candidate candidate, long seed, double share) {}

  /** A network, or the networks of all folds. */
  private record Predictor(Candidate candidate, long seed, List<ComparisonResult.SeedResult> runs) {
    /** Whether its networks have learned from a part of the rows each, and all from every row. */
    boolean isByFolds() {
      return runs.get(0).fold() != ComparisonResult.SeedResult.DEV_SET;
    }

    /** In words, for the provenance. */
    String told() {
      String activations =
          candidate.network().hidden().stream()
              .map(layer -> layer.activation().id() + " ")
              .distinct()
              .collect(Collectors.joining());
      return activations
          + candidate.network().sizes()
          + " "
          + candidate.optimizer()
          + " seed "
          + seed;
    }

    double cost() {
      return Spread.of(runs.stream().mapToDouble(ComparisonResult.SeedResult::devCost).toArray())
          .mean();
    }
  }

  /**
   * The ensemble of a comparison that a dev set judged.
   *
   * @param dev the dev set
   * @return none if no network has ended an epoch well
   */
  public static Optional<ComparisonEnsemble> of(
      Backend backend, ComparisonResult result, Dataset dev) {
    List<RowIndex> blocks = new ArrayList<>();
    for (long first = 0; first < dev.rows(); first += BLOCK_ROWS) {
      RowIndex.Builder block = new RowIndex.Builder();
      for (long row = first; row < Math.min(dev.rows(), first + BLOCK_ROWS); row++) {
        block.add(row);
      }
      blocks.add(block.build());
    }
    return of(backend, result, dev, blocks);
  }

  /**
   * The ensemble of a comparison that folds judged.
   *
   * @param data what was trained on
   * @param folds of this data
   * @return none if no candidate has with any seed a network for each fold
   */
  public static Optional<ComparisonEnsemble> of(
      Backend backend, ComparisonResult result, Dataset data, Folds folds) {
    List<RowIndex> blocks = new ArrayList<>();
    for (int fold = 0; fold < folds.count(); fold++) {
      blocks.add(folds.rows(fold));
    }
    return of(backend, result, data, blocks);
  }

  private static Optional<ComparisonEnsemble> of(
      Backend backend, ComparisonResult result, Dataset data, List<RowIndex> blocks) {
    List<Predictor> predictors = predictors(result, data);
    if (predictors.isEmpty()) {
      return Optional.empty();
    }
    OutOfFold answers = answers(backend, data, blocks, predictors);
    Model first = predictors.get(0).runs().get(0).result().model();
    int[] counts =
        new GreedyWeights(new LogitCost(first.output(), first.outputs()), first.outputs())
            .choose(predictors.size(), Defaults.CHOICES, answers);
    double[] shares = GreedyWeights.shares(counts);
    RowIndex.Builder rows = new RowIndex.Builder();
    for (RowIndex block : blocks) {
      for (long i = 0; i < block.size(); i++) {
        rows.add(block.get(i));
      }
    }
    List<Member> members = new ArrayList<>();
    for (int p = 0; p < shares.length; p++) {
      if (shares[p] > 0) {
        members.add(new Member(predictors.get(p).candidate(), predictors.get(p).seed(), shares[p]));
      }
    }
    members.sort(Comparator.comparingDouble(Member::share).reversed());
    return Optional.of(
        new ComparisonEnsemble(
            model(predictors, shares, data), members, rows.build(), answers.mean(shares)));
  }

  /** Those that it is chosen from, the one of the lowest cost first. */
  private static List<Predictor> predictors(ComparisonResult result, Dataset data) {
    List<Predictor> all = new ArrayList<>();
    for (ComparisonResult.Standing standing : result.ranking()) {
      TreeSet<Long> seeds =
          standing.runs().stream()
              .map(ComparisonResult.SeedResult::seed)
              .collect(Collectors.toCollection(TreeSet::new));
      for (long seed : seeds) {
        List<ComparisonResult.SeedResult> runs = standing.runs(seed);
        if (runs.stream().allMatch(ComparisonResult.SeedResult::isSound)) {
          all.add(new Predictor(standing.candidate(), seed, runs));
        }
      }
    }
    all.sort(Comparator.comparingDouble(Predictor::cost));
    long answers = Math.max(1, data.rows() * data.network().outputs());
    long most = Math.min(MOST_PREDICTORS, Math.max(2, MOST_ANSWERS / answers));
    return all.subList(0, (int) Math.min(all.size(), most));
  }

  private static OutOfFold answers(
      Backend backend, Dataset data, List<RowIndex> blocks, List<Predictor> predictors) {
    List<List<Model>> models = new ArrayList<>();
    for (Predictor predictor : predictors) {
      List<Model> own = new ArrayList<>();
      for (int b = 0; b < blocks.size(); b++) {
        // By a dev set one network answers for all blocks.
        int run = predictor.runs().size() == 1 ? 0 : b;
        own.add(predictor.runs().get(run).result().model());
      }
      models.add(own);
    }
    Model first = models.get(0).get(0);
    Preparation preparation = new Preparation(first.preprocessing(), first.targetScale());
    DatasetSource source = new DatasetSource(data, first.output(), preparation, false);
    return new OutOfFold(backend, data, source, blocks, models);
  }

  private static Model model(List<Predictor> predictors, double[] shares, Dataset data) {
    Mixture mixture = new Mixture();
    Map<String, String> entries = new LinkedHashMap<>();
    List<String> told = new ArrayList<>();
    for (int p = 0; p < shares.length; p++) {
      if (shares[p] == 0) {
        continue;
      }
      Predictor predictor = predictors.get(p);
      for (ComparisonResult.SeedResult run : predictor.runs()) {
        Model model = run.result().model();
        mixture.add(model.weights(), shares[p] / predictor.runs().size());
        if (told.isEmpty()) {
          entries.putAll(model.provenance());
        }
        entries.entrySet().retainAll(model.provenance().entrySet());
      }
      told.add(predictor.told() + ": " + shares[p]);
    }
    if (predictors.get(0).isByFolds()) {
      entries.put("rows", Long.toString(data.rows()));
      entries.put("dev_rows", "0");
      SampleWeights weights = data.weights();
      if (weights != null) {
        entries.put("total_weight", Double.toString(weights.total()));
      }
    }
    entries.put("ensemble", String.join("; ", told));
    Model first = predictors.get(0).runs().get(0).result().model();
    return new Model(
        mixture.parts(),
        first.task(),
        first.preprocessing(),
        first.targetNames(),
        first.classes(),
        first.targetScale(),
        Map.of(),
        entries);
  }

  /** The model. */
  public Model model() {
    return model;
  }

  /** What counts in it, the largest share first. */
  public List<Member> members() {
    return members;
  }

  /**
   * How good it is on the rows that its shares were chosen by, each answered by networks that have
   * not learned from it; a little too good, therefore.
   *
   * @param data the dev set, or what was trained on, perhaps with other weights
   */
  public Metrics metrics(Dataset data) {
    return model.evaluate(logits, data.select(rows));
  }
}
