package org.shallownet.backend;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Weights;

/**
 * Runs the steps of a {@link TrainingPlan} on a backend.
 *
 * <p>How it does so, from primitives or in a pass of its own, nobody above knows. Models of the
 * plan are numbered from 0. Each behaves as if it were trained alone on what it sees of the
 * samples, on a card up to rounding.
 */
public interface TrainingEngine extends AutoCloseable {
  /** The engine's name, for the log and for tests. */
  String name();

  /** The name of the engine that a model would have alone: this one's, unless it is combined. */
  default String name(int model) {
    return name();
  }

  /**
   * Takes this many steps with every model that is not retired, going on where the last call ended:
   * step after step, epoch after epoch. A model whose own epoch has fewer steps than the plan's
   * rests for the last ones of it.
   *
   * <p>What a source of streamed samples throws is thrown here; a step then stays unfinished, and
   * the engine is of no more use.
   */
  void advance(long steps);

  /**
   * Multiplies the model's learning rate, which its {@linkplain ModelPlan#refinements schedule} may
   * change as well, by this factor from the next step on; until then by 1. For models only whose
   * {@linkplain org.shallownet.network.Refinements#changesRate rate changes}.
   */
  void scaleRate(int model, double factor);

  /** Leaves a model as it is from now on; {@link #advance} no longer touches it. */
  void retire(int model);

  /**
   * The model's cost over the samples seen since the last {@link #takeProgress}: the sum over the
   * samples of the batch's cost before its update, L1 and L2 included; and those predicted right.
   * Waits.
   *
   * <p>The sums go on from step to step, so that how often they are looked at changes no bit.
   */
  default Progress progress(int model) {
    return progress(List.of(model)).get(0);
  }

  /** The model's {@link #progress}, which begins anew. Waits. */
  default Progress takeProgress(int model) {
    return takeProgress(List.of(model)).get(0);
  }

  /** {@link #progress(int)} of each of these models, in their order, all in one go. */
  List<Progress> progress(List<Integer> models);

  /** {@link #takeProgress(int)} of each of these models, in their order, all in one go. */
  List<Progress> takeProgress(List<Integer> models);

  /**
   * The model's cost without L1 and L2 and its hits on other samples of the same form, with what
   * {@link org.shallownet.network.Loss#judging} says and without dropout. Waits.
   *
   * <p>Resident samples have to stay as they are while the engine is open: what judges by the same
   * ones again and again may keep a copy of them in a form of its own.
   */
  default Progress evaluate(int model, Samples samples) {
    return evaluate(List.of(model), samples).get(0);
  }

  /** {@link #evaluate(int, Samples)} of each of these models, in their order, all in one go. */
  List<Progress> evaluate(List<Integer> models, Samples samples);

  /**
   * The cost without L2 and the hits of each of these models on the rows of the plan's samples that
   * are held back for it, {@link ModelSamples#devRows}; {@link Progress#NONE} where there are none.
   * They are the same as if the model were judged by a table of just those rows. Waits.
   *
   * <p>Engines for plans whose models see all of every sample need not do anything.
   */
  default List<Progress> judge(List<Integer> models) {
    return Collections.nCopies(models.size(), Progress.NONE);
  }

  /**
   * Whether the engine {@linkplain #takeEpochs takes epochs} by itself, judging the models by these
   * samples.
   *
   * @param dev null for the rows of the plan's samples that are held back for each model, if any
   *     are
   */
  default boolean takesEpochs(@Nullable Samples dev) {
    return false;
  }

  /**
   * Takes the steps of whole epochs with every model that is not retired, and judges each after
   * each of its epochs: with the same bits as {@link #advance}, {@link #takeProgress} and {@link
   * #evaluate} or {@link #judge} by turns. A model takes no more steps after an epoch by which it
   * {@linkplain Watch is over}. Waits.
   *
   * <p>To be called between two epochs, the progress of the one before having been taken; only of
   * an engine that {@link #takesEpochs}.
   *
   * @param most how many epochs a model takes that is not over before
   * @param watches of all models that are not retired
   * @param dev as {@link #takesEpochs} was asked
   * @return what became of these models, in their order
   * @throws IllegalArgumentException if no epoch is asked for, or the engine does not take epochs
   *     with these dev samples
   * @throws IllegalStateException if an epoch is under way, or the engine is closed
   */
  default List<Epochs> takeEpochs(int most, List<Watch> watches, @Nullable Samples dev) {
    throw new UnsupportedOperationException(name() + " takes steps only");
  }

  /** A snapshot of the model's parameters, with the front scale in the weights. Waits. */
  default Weights weights(int model) {
    return weights(List.of(model)).get(0);
  }

  /** {@link #weights(int)} of each of these models, in their order, all in one go. */
  List<Weights> weights(List<Integer> models);

  /**
   * All that decides how the model's training goes on, between two steps. Waits. Looking at it
   * changes nothing.
   */
  ModelState state(int model);

  /**
   * Begins where other engines, or this one, have been: every model of the plan goes on from its
   * state. To be called before the first step.
   *
   * @param states of all models, in the plan's order; after equally many steps of the plan
   */
  void resume(List<ModelState> states);

  /** Frees the engine's memory; a second call does nothing. */
  @Override
  void close();

  /**
   * What an engine that takes epochs by itself has to know of a model. The model is over when the
   * cost of an epoch, or that on the dev samples, is not finite; when the sum of the costs is above
   * the bound; or when patience has run out. One that nothing judges has no patience.
   *
   * @param model its number in the plan
   * @param bestCost its lowest mean cost on the dev samples so far; infinite before there is one
   * @param left after how many epochs in a row without a lower one it is over now, at least 1
   * @param patience the same after an epoch that brings a lower one
   * @param mostCostSum the highest {@link Progress#costSum} of an epoch that has not diverged
   */
  record Watch(int model, double bestCost, int left, int patience, double mostCostSum) {
    /** The same of the model with another number, in another plan. */
    public Watch of(int other) {
      return new Watch(other, bestCost, left, patience, mostCostSum);
    }
  }

  /**
   * Epochs that an engine took by itself with a model.
   *
   * @param epochs what each brought, at least one
   * @param best the model's weights after the best of them; null if none was better than the best
   *     before. Of a model that nothing judges those that the last of them began from that has not
   *     diverged; null if the first has.
   */
  record Epochs(List<Epoch> epochs, @Nullable Weights best) {
    /** Copies the list. */
    public Epochs {
      epochs = List.copyOf(epochs);
    }
  }

  /**
   * What an epoch brought.
   *
   * @param seen the costs and hits of the samples that it was trained on
   * @param onDev those on the dev samples; sums that are not-a-number if the cost has diverged;
   *     {@link Progress#NONE} if there are none
   */
  record Epoch(Progress seen, Progress onDev) {}

  /**
   * Costs and hits summed over samples. Means are weighted ones, not-a-number if nothing that was
   * seen has a weight.
   *
   * @param samples how many samples were seen
   * @param weight the sum of their weights; of samples without weights their number
   * @param lossSum the sum of their costs, each multiplied by its weight, without L2
   * @param penaltySum the part of L1 and L2 in the cost, counted once for each sample whatever it
   *     weighs
   * @param hits the sum of the weights of those predicted right; without weights their number. Of
   *     costs for numbers other than squared error the sum of half their squared errors.
   */
  record Progress(long samples, double weight, double lossSum, double penaltySum, double hits) {
    /** Nothing seen. */
    public static final Progress NONE = new Progress(0, 0, 0, 0, 0);

    /** What a state was added up to. */
    public static Progress of(ModelState.Sums sums) {
      return new Progress(
          sums.samples(), sums.weight(), sums.lossSum(), sums.penaltySum(), sums.hits());
    }

    /** As a part of a state. */
    public ModelState.Sums sums() {
      return new ModelState.Sums(samples, weight, lossSum, penaltySum, hits);
    }

    /** The sum of the costs, L1 and L2 included, each multiplied by its sample's weight. */
    public double costSum() {
      // The penalty is the batch's, no sample's own: its mean is over steps, not over weights.
      return weight == 0 ? 0 : lossSum + penaltySum * (weight / samples);
    }

    /** The mean cost, L1 and L2 included. */
    public double cost() {
      return costSum() / weight;
    }

    /** The mean cost without L2. */
    public double loss() {
      return lossSum / weight;
    }

    /** The fraction predicted right. */
    public double accuracy() {
      return hits / weight;
    }
  }
}
