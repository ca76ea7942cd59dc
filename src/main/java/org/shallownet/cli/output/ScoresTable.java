package org.shallownet.cli.output;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.shallownet.training.ensemble.CrossValidation;

/** Prints cross-validated metrics: a row each, with its mean and the standard error of that. */
public final class ScoresTable {
  private ScoresTable() {}

  /** Prints a table. */
  public static void print(Terminal terminal, Map<String, CrossValidation.Score> scores) {
    terminal.out().println(terminal.bold(row("", "mean", "± error")));
    scores.forEach(
        (name, score) ->
            terminal.out().println(row(name, text(score.mean()), text(score.error()))));
  }

  private static String text(double value) {
    return Double.isNaN(value) ? "–" : Numbers.significant(value);
  }

  private static String row(String name, String mean, String error) {
    return String.format(Locale.ROOT, "%-12s%10s%10s", name, mean, error);
  }

  /** Adds the same as two objects of numbers, {@code mean} and {@code standard_error}. */
  public static void json(Json object, Map<String, CrossValidation.Score> scores) {
    Map<String, Double> means = new LinkedHashMap<>();
    Map<String, Double> errors = new LinkedHashMap<>();
    scores.forEach(
        (name, score) -> {
          means.put(name, score.mean());
          errors.put(name, score.error());
        });
    object.putNumbers("mean", means).putNumbers("standard_error", errors);
  }
}
