package org.shallownet.cli.output;

import java.util.List;
import java.util.stream.Collectors;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.ComparisonResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;

/** Candidates of a comparison in words. */
public final class Candidates {
  private Candidates() {}

  /** What its hidden units apply; a linear model is called one. */
  public static String activation(Candidate candidate) {
    NetworkSpec network = candidate.network();
    if (network.hidden().isEmpty()) {
      return switch (network.output()) {
        case SIGMOID_CROSS_ENTROPY -> "logistic regression";
        case SOFTMAX_CROSS_ENTROPY -> "softmax regression";
        case IDENTITY_SQUARED_ERROR -> "linear regression";
        case EXPONENTIAL_POISSON -> "Poisson regression";
      };
    }
    String name = network.hidden().get(0).activation().id();
    return candidate.isLinear() ? name + " (linear)" : name;
  }

  /** The units of its hidden layers, such as {@code 64x32}. */
  public static String hidden(Candidate candidate) {
    List<Integer> units = units(candidate);
    return units.isEmpty()
        ? "none"
        : units.stream().map(String::valueOf).collect(Collectors.joining("x"));
  }

  /** The units of each hidden layer. */
  public static List<Integer> units(Candidate candidate) {
    return candidate.network().hidden().stream().map(layer -> layer.units()).toList();
  }

  /**
   * A few words that tell it from the others.
   *
   * @param l2 whether L2 tells them apart, too
   */
  public static String name(Candidate candidate, boolean l2) {
    return activation(candidate)
        + (units(candidate).isEmpty() ? "" : " " + hidden(candidate))
        + ", rate "
        + rate(candidate)
        + (l2 ? ", L2 " + Numbers.significant(candidate.l2()) : "");
  }

  /** Whether L2 tells candidates apart. */
  public static boolean differInL2(List<Candidate> candidates) {
    return candidates.stream().mapToDouble(Candidate::l2).distinct().count() > 1;
  }

  /** The same of those that were compared. */
  public static boolean differInL2(ComparisonResult result) {
    return differInL2(result.ranking().stream().map(Standing::candidate).toList());
  }

  /** Its learning rate as it is usually written. */
  public static String rate(Candidate candidate) {
    return Numbers.exact(candidate.optimizer().learningRate());
  }
}
