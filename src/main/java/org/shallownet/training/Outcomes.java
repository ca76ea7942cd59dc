package org.shallownet.training;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of a job's networks, by their numbers; of some nothing yet. */
public final class Outcomes {
  private final List<@Nullable Outcome> outcomes = new ArrayList<>();

  /**
   * How a network's training ended.
   *
   * @param failure what ended it before its time, a {@link DivergedException} or a {@link
   *     TrainingFaultException}; null if nothing did
   */
  public record Outcome(TrainingResult result, @Nullable RuntimeException failure) {}

  /** Nothing came of any network yet. */
  Outcomes(int networks) {
    for (int i = 0; i < networks; i++) {
      outcomes.add(null);
    }
  }

  /** How many networks the job has. */
  int networks() {
    return outcomes.size();
  }

  void put(int number, Outcome outcome) {
    outcomes.set(number, outcome);
  }

  /** What came of a network; null if nothing yet. */
  @Nullable Outcome get(int number) {
    return outcomes.get(number);
  }

  /** A failure after which no other network is to be tried; null if there was none. */
  @Nullable TrainingFaultException faultThatEndsAll() {
    for (Outcome outcome : outcomes) {
      if (outcome != null
          && outcome.failure() instanceof TrainingFaultException fault
          && !fault.isOutOfMemory()) {
        return fault;
      }
    }
    return null;
  }

  /** What came of all networks, in their order. */
  List<Outcome> all() {
    List<Outcome> all = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      if (outcome == null) {
        throw new IllegalStateException("a network has no outcome");
      }
      all.add(outcome);
    }
    return all;
  }
}
