package org.shallownet.training.ensemble;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Dataset;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.features.RowIndex;
import org.shallownet.model.Model;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.TrainingResult;

/** What the training of an ensemble gave. */
public final class EnsembleResult {
  private final @Nullable Model model;
  private final Map<Family, Double> shares;
  private final List<MemberResult> runs;
  private final RowIndex judged;
  private final @Nullable FeatureTable logits;
  private final double seconds;

  /**
   * A result.
   *
   * @param model the ensemble; null if no network has ended an epoch
   * @param shares how much each family counts, which sums up to 1
   * @param judged the rows that networks answer for that have not learned from them
   * @param logits what these say of them, summed up by the shares; null if there is no model
   * @param seconds how long training took, loading excluded
   */
  EnsembleResult(
      @Nullable Model model,
      Map<Family, Double> shares,
      List<MemberResult> runs,
      RowIndex judged,
      @Nullable FeatureTable logits,
      double seconds) {
    this.model = model;
    this.shares = new LinkedHashMap<>(shares);
    this.runs = List.copyOf(runs);
    this.judged = judged;
    this.logits = logits;
    this.seconds = seconds;
  }

  /**
   * One network's training.
   *
   * @param member which one
   * @param result exactly what training it alone gives, but for the seconds
   */
  public record MemberResult(EnsembleListener.Member member, TrainingResult result) {}

  /** The ensemble; none if training was interrupted before any network had ended an epoch. */
  public Optional<Model> model() {
    return Optional.ofNullable(model);
  }

  /** How much each family counts, which sums up to 1; families that count nothing are 0. */
  public Map<Family, Double> shares() {
    return new LinkedHashMap<>(shares);
  }

  /** Each network's training, those of a fold one after the other. */
  public List<MemberResult> runs() {
    return runs;
  }

  /** How long training took, loading excluded. */
  public double seconds() {
    return seconds;
  }

  /** How many training samples were processed in a second, each once for every network. */
  public double samplesPerSecond() {
    double samples =
        runs.stream()
            .mapToDouble(run -> run.result().samplesPerSecond() * run.result().seconds())
            .sum();
    return samples / seconds;
  }

  /** How many epochs the networks were trained, the longest of them. */
  public int epochs() {
    return runs.stream().mapToInt(run -> run.result().epochs()).max().orElse(0);
  }

  /** The engines that trained. */
  public String engine() {
    return String.join(
        ", ",
        runs.stream()
            .map(run -> run.result().engine())
            .filter(name -> !name.isEmpty())
            .distinct()
            .toList());
  }

  /** Whether it was asked to stop before all networks had ended. */
  public boolean isInterrupted() {
    return runs.stream()
        .anyMatch(run -> run.result().ending() == TrainingResult.Ending.INTERRUPTED);
  }

  /** How many rows {@link #crossValidation} is over: those of all folds that were left out. */
  public long judgedRows() {
    return judged.size();
  }

  /**
   * The cross-validated metrics: each row is answered by the networks that have not learned from
   * it. They are a little too good, since these rows have decided when to stop and how much each
   * family counts; and a little too bad, since each row is answered by one network of a family
   * instead of all.
   *
   * @param data the rows that were trained on, perhaps with other weights
   * @throws IllegalStateException if there is no model
   */
  public Metrics crossValidation(Dataset data) {
    if (model == null || logits == null) {
      throw new IllegalStateException("no network has ended an epoch");
    }
    return model.evaluate(logits, data.select(judged));
  }

  /**
   * What networks say of rows that they have not learned from: the logits, for numbers the
   * standardised outputs, of the rows {@link #judgedRow} in this order.
   *
   * @throws IllegalStateException if there is no model
   */
  public FeatureTable outOfFoldLogits() {
    if (logits == null) {
      throw new IllegalStateException("no network has ended an epoch");
    }
    return logits;
  }

  /** The number in the data of a row of {@link #outOfFoldLogits}. */
  public long judgedRow(long place) {
    return judged.get(place);
  }
}
