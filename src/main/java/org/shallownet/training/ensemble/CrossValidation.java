package org.shallownet.training.ensemble;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.data.features.RowIndex;
import org.shallownet.model.Model;
import org.shallownet.model.metrics.Metrics;

/**
 * Says how good a way to train is: the rows are dealt out to folds, and each fold is answered by a
 * model that was trained on all others and knows nothing of it, not even for the scales of columns.
 *
 * <p>Only the thread that opened the backend may use it.
 */
public final class CrossValidation {
  private final Backend backend;
  private final int folds;
  private final int repeats;
  private final long seed;

  /**
   * A cross-validation on this backend, which stays the caller's to close.
   *
   * @param folds how many parts the rows are dealt out to, at least 2; see {@link Folds}
   * @param repeats how often they are dealt out anew, at least once
   * @param seed decides which rows are in which fold
   */
  public CrossValidation(Backend backend, int folds, int repeats, long seed) {
    if (repeats < 1) {
      throw new IllegalArgumentException("there is at least 1 repeat, not " + repeats);
    }
    this.backend = backend;
    this.folds = folds;
    this.repeats = repeats;
    this.seed = seed;
  }

  /** A way to train. */
  @FunctionalInterface
  public interface Recipe {
    /**
     * Trains a model.
     *
     * @param train the rows to learn from, those that early stopping may be judged by included
     * @param number tells trainings apart, from 0: repeat × folds + fold
     */
    Model train(Dataset train, int number);
  }

  /**
   * What a model says of the fold that it does not know.
   *
   * @param rows the fold's rows in the data
   * @param model the model
   * @param metrics how good it is on the fold
   */
  public record Part(int repeat, int fold, RowIndex rows, Model model, Metrics metrics) {}

  /** Hears of each part when it is done. */
  @FunctionalInterface
  public interface Listener {
    /** A fold has been answered. */
    void onPart(Part part);
  }

  /**
   * Trains and judges.
   *
   * @param judged the same rows with the weights that metrics are to have; mostly the data itself
   * @return the parts, those of a repeat one after the other
   * @throws org.shallownet.data.DataException if there are too few rows
   */
  public List<Part> run(Dataset data, Dataset judged, Recipe recipe, Listener listener) {
    List<Part> parts = new ArrayList<>();
    for (int repeat = 0; repeat < repeats; repeat++) {
      Folds dealt = Folds.stratified(data, folds, seed, repeat);
      for (int fold = 0; fold < folds; fold++) {
        Model model = recipe.train(data.select(dealt.others(fold)), repeat * folds + fold);
        RowIndex rows = dealt.rows(fold);
        Metrics metrics = model.evaluate(backend, judged.select(rows));
        Part part = new Part(repeat, fold, rows, model, metrics);
        parts.add(part);
        listener.onPart(part);
      }
    }
    return parts;
  }

  /**
   * The mean of each metric over the folds.
   *
   * @param mean over those folds where it is defined; not a number if there are none
   * @param error the standard error of the mean, {@code s / √n}, which takes folds as if they were
   *     independent of each other; not a number for fewer than two
   */
  public record Score(double mean, double error) {}

  /** Each metric by its name, over the folds of all repeats. */
  public static Map<String, Score> scores(List<Part> parts) {
    Map<String, Score> scores = new LinkedHashMap<>();
    for (String name : parts.get(0).metrics().asMap().keySet()) {
      double[] values =
          parts.stream()
              .mapToDouble(part -> part.metrics().asMap().getOrDefault(name, Double.NaN))
              .filter(value -> !Double.isNaN(value))
              .toArray();
      Spread spread = Spread.of(values);
      scores.put(name, new Score(spread.mean(), spread.error()));
    }
    return scores;
  }
}
