package org.shallownet.cli.options;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ClassWeights;
import org.shallownet.data.Columns;
import org.shallownet.data.Dataset;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say how much each row counts. */
public final class WeightOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--weights",
      paramLabel = "COLUMN",
      description =
          "A column of numbers that say how much each row counts, in costs and metrics; no feature.")
  private @Nullable String column;

  @Option(
      names = "--class-weights",
      paramLabel = "balanced|A=1,B=5",
      description =
          "How much rows of each class count in training; balanced: all classes the same together.")
  private @Nullable String classes;

  /** The column with the rows' weights; null for none. */
  public @Nullable String column() {
    return column;
  }

  /** Whether anything is weighted. */
  public boolean isGiven() {
    return column != null || classes != null;
  }

  /** Checks the option before anything is read. */
  public void require() {
    if (classes != null && !classes.equals("balanced")) {
      named(classes);
    }
  }

  /**
   * The parts of the data with the weights of their classes, as training is to see them.
   *
   * @param parts what is learned from decides what is balanced
   */
  public DevOptions.Parts weighed(DevOptions.Parts parts) {
    if (classes == null) {
      return parts;
    }
    Dataset train = parts.train();
    Dataset dev = parts.dev();
    ClassWeights weights =
        classes.equals("balanced") ? ClassWeights.balanced(train) : named(classes);
    return new DevOptions.Parts(weights.on(train), dev == null ? null : weights.on(dev));
  }

  /** What a model is to remember of these options. */
  public Map<String, String> provenance() {
    Map<String, String> entries = new LinkedHashMap<>();
    if (column != null) {
      entries.put("weights", column);
    }
    if (classes != null) {
      entries.put("class_weights", classes);
    }
    return entries;
  }

  private ClassWeights named(String text) {
    Map<String, Double> byClass = new LinkedHashMap<>();
    for (String part : parts(text)) {
      int equals = part.lastIndexOf('=');
      try {
        String name = part.substring(0, Math.max(0, equals));
        if (name.isEmpty()
            || byClass.put(name, Double.valueOf(part.substring(equals + 1))) != null) {
          throw new IllegalArgumentException("'" + part + "'");
        }
      } catch (IllegalArgumentException e) {
        throw refuse(
            "--class-weights must be balanced, or a weight for each class once as in a=1,b=5, not '"
                + text
                + "'");
      }
    }
    try {
      return new ClassWeights(byClass);
    } catch (IllegalArgumentException e) {
      throw refuse("--class-weights: " + e.getMessage());
    }
  }

  private List<String> parts(String text) {
    try {
      return Columns.parseList(text);
    } catch (IllegalArgumentException e) {
      throw refuse("--class-weights: " + e.getMessage());
    }
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
