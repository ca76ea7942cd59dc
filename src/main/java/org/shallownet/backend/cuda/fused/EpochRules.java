package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shallownet.backend.TrainingEngine.Watch;

/**
 * What {@code whole_run_end_epoch} has to know of each model to end its training, and what it says
 * of it: numbers in the order of its Rule.
 */
final class EpochRules {
  /** Numbers of a model, each a double. */
  static final int COUNT = 7;

  private static final int EPOCHS = 4;
  private static final int BEST_EPOCH = 5;
  private static final int IS_OVER = 6;

  private EpochRules() {}

  /** The rules of models, one after the other; of those that nobody watches there are none. */
  static double[] of(List<Watch> watches, int models) {
    double[] rules = new double[models * COUNT];
    for (Watch watch : watches) {
      double[] own = {watch.bestCost(), watch.left(), watch.patience(), watch.mostCostSum()};
      System.arraycopy(own, 0, rules, watch.model() * COUNT, own.length);
    }
    return rules;
  }

  /** What became of models since, from the numbers of these one after the other. */
  static List<Verdict> verdicts(double[] rules) {
    List<Verdict> verdicts = new ArrayList<>();
    for (int at = 0; at < rules.length; at += COUNT) {
      double[] own = Arrays.copyOfRange(rules, at, at + COUNT);
      verdicts.add(new Verdict((int) own[EPOCHS], own[BEST_EPOCH] > 0, own[IS_OVER] != 0));
    }
    return verdicts;
  }

  /**
   * What became of a model.
   *
   * @param epochs how many it took
   * @param best whether one of them was the best so far
   * @param over whether no others are to follow
   */
  record Verdict(int epochs, boolean best, boolean over) {}
}
