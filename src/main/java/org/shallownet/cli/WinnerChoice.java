package org.shallownet.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.cli.output.Candidates;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.model.Model;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.ComparisonEnsemble;
import org.shallownet.training.comparison.ComparisonResult;
import org.shallownet.training.comparison.ComparisonResult.SeedResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;

/**
 * Decides what a comparison saves. By a dev set: the network with the lowest dev cost. By folds:
 * the best candidate, trained again on all rows, since each of its networks has missed a fold; of a
 * comparison that was broken off the network of one fold. Or an ensemble of the networks.
 */
final class WinnerChoice {
  private final Backend backend;
  private final ComparedData data;

  WinnerChoice(Backend backend, ComparedData data) {
    this.backend = backend;
    this.data = data;
  }

  /** Trains a network on all rows. */
  @FunctionalInterface
  interface Refit {
    /**
     * Trains.
     *
     * @return null if that was broken off or came to nothing
     */
    @Nullable Model train(Candidate candidate, long seed, int epochs);
  }

  /** The ensemble of the networks; none if there are too few that are sound. */
  @Nullable Winner ensemble(ComparisonResult result) {
    Folds folds = data.folds();
    Optional<ComparisonEnsemble> found =
        folds == null
            ? ComparisonEnsemble.of(backend, result, data.weighedDev())
            : ComparisonEnsemble.of(backend, result, data.weighed().train(), folds);
    Winner alone = network(result);
    Standing first = result.best().orElse(null);
    if (found.isEmpty() || alone == null || first == null) {
      return null;
    }
    ComparisonEnsemble ensemble = found.get();
    long seed = folds == null ? alone.seed() : first.bestSeed().orElse(alone.seed());
    return new Winner(
        ensemble.model(),
        folds == null ? alone.title() : name(result, first) + ", seed " + seed,
        seed,
        null,
        ensemble,
        () -> {
          Map<String, Metrics> metrics = new LinkedHashMap<>();
          metrics.put("train", ensemble.model().evaluate(backend, data.train()));
          metrics.put(data.judge(), ensemble.metrics(folds == null ? dev() : data.train()));
          metrics.put("best", alone(first, alone.model(), seed));
          addHeldBack(metrics, ensemble.model());
          return metrics;
        });
  }

  /** How good the best network alone is on the rows that judge; with folds that of each fold. */
  private Metrics alone(Standing first, Model model, long seed) {
    Folds folds = data.folds();
    return folds == null
        ? model.evaluate(backend, dev())
        : first.crossValidation(backend, seed, data.train(), folds);
  }

  private static String name(ComparisonResult result, Standing standing) {
    return Candidates.name(standing.candidate(), Candidates.differInL2(result));
  }

  private Dataset dev() {
    Dataset dev = data.parts().dev();
    if (dev == null) {
      throw new IllegalStateException("neither a dev set nor folds judge");
    }
    return dev;
  }

  /** With folds: on rows that had no part in anything. */
  private void addHeldBack(Map<String, Metrics> metrics, Model model) {
    Dataset held = data.parts().dev();
    if (data.folds() != null && held != null) {
      metrics.put("dev", model.evaluate(backend, held));
    }
  }

  /**
   * The best candidate, trained again on all rows.
   *
   * @return null if no seed of it has a network for each fold, or that came to nothing
   */
  @Nullable Winner again(ComparisonResult result, Refit refit) {
    Folds folds = data.folds();
    Standing first = result.best().orElse(null);
    if (folds == null || first == null || first.bestSeed().isEmpty()) {
      return null;
    }
    long seed = first.bestSeed().getAsLong();
    int epochs = first.medianEpoch(seed);
    Model model = refit.train(first.candidate(), seed, epochs);
    if (model == null) {
      return null;
    }
    return new Winner(
        model,
        name(result, first)
            + ", seed "
            + seed
            + ", trained again on all rows, for "
            + epochs
            + (epochs == 1 ? " epoch" : " epochs"),
        seed,
        epochs,
        null,
        () -> {
          Map<String, Metrics> metrics = new LinkedHashMap<>();
          metrics.put("train", model.evaluate(backend, data.train()));
          metrics.put("folds", first.crossValidation(backend, seed, data.train(), folds));
          addHeldBack(metrics, model);
          return metrics;
        });
  }

  /** The network with the lowest cost; null if none has ended an epoch well. */
  @Nullable Winner network(ComparisonResult result) {
    Standing first = result.best().orElse(null);
    SeedResult best = first == null ? null : first.best().orElse(null);
    if (first == null || best == null) {
      return null;
    }
    Folds folds = data.folds();
    Model model = best.result().model();
    String title =
        name(result, first)
            + ", seed "
            + best.seed()
            + (folds == null ? "" : ", of all rows but fold " + best.fold())
            + ", epoch "
            + best.result().bestEpoch();
    return new Winner(
        model,
        title,
        best.seed(),
        null,
        null,
        () -> {
          Map<String, Metrics> metrics = new LinkedHashMap<>();
          if (folds == null) {
            metrics.put("train", model.evaluate(backend, data.train()));
            metrics.put("dev", model.evaluate(backend, dev()));
          } else {
            Dataset train = data.train();
            List<Integer> fold = List.of(best.fold());
            metrics.put("train", model.evaluate(backend, train.select(folds.others(best.fold()))));
            metrics.put("fold", model.evaluate(backend, train.select(folds.rows(fold))));
            addHeldBack(metrics, model);
          }
          return metrics;
        });
  }
}
