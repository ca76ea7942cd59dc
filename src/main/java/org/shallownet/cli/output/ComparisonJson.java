package org.shallownet.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.ComparisonResult;
import org.shallownet.training.comparison.ComparisonResult.SeedResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;
import org.shallownet.training.ensemble.Spread;

/** The ranking of a comparison as JSON. */
public final class ComparisonJson {
  private ComparisonJson() {}

  /**
   * An object for each candidate, the best first.
   *
   * @param scoreName what the scores are: {@code accuracy} or {@code rmse}
   */
  public static List<Json> ranking(ComparisonResult result, String scoreName) {
    List<Json> ranking = new ArrayList<>();
    for (Standing standing : result.ranking()) {
      ranking.add(standing(standing, result, scoreName, ranking.size() + 1));
    }
    return ranking;
  }

  private static Json standing(
      Standing standing, ComparisonResult result, String scoreName, int rank) {
    boolean folds = standing.isByFolds();
    String cost = folds ? "fold_cost" : "dev_cost";
    String score = (folds ? "fold_" : "dev_") + scoreName;
    String spread = folds ? "_error" : "_deviation";
    Spread costs = standing.devCost();
    Spread scores = standing.devScore();
    List<Json> runs = new ArrayList<>();
    for (SeedResult run : standing.runs()) {
      Json which = new Json().put("seed", run.seed());
      if (folds) {
        which.put("fold", run.fold());
      }
      runs.add(
          which
              .put(cost, run.devCost())
              .put(score, run.devScore())
              .put("best_epoch", run.result().bestEpoch())
              .put("epochs", run.result().epochs())
              .put("ending", run.result().ending().name().toLowerCase(Locale.ROOT))
              .put("seconds", run.result().seconds()));
    }
    Json json =
        new Json()
            .put("rank", rank)
            .putAll(candidate(standing.candidate()))
            .put(cost, costs.mean())
            .put(cost + spread, folds ? costs.error() : costs.deviation());
    if (folds) {
      json.put("fold_cost_deviation_of_seeds", standing.costOfSeeds().deviation());
    }
    return json.put(score, scores.mean())
        .put(score + spread, folds ? scores.error() : scores.deviation())
        .put("within_noise_of_first", result.isWithinNoise(standing))
        .put("epochs", standing.epochs().mean())
        .put("seconds", standing.seconds())
        .put("diverged", standing.diverged())
        .put("failed", standing.failed())
        .putObjects("runs", runs);
  }

  /** What a candidate is. */
  public static Json candidate(Candidate candidate) {
    NetworkSpec network = candidate.network();
    return new Json()
        .put(
            "activation",
            network.hidden().isEmpty() ? null : network.hidden().get(0).activation().id())
        .put("hidden", Candidates.units(candidate))
        .put("linear", candidate.isLinear())
        .put("optimizer", candidate.optimizer().id())
        .put("learning_rate", candidate.optimizer().learningRate())
        .put("l2", candidate.l2())
        .put("parameters", network.parameterCount());
  }
}
