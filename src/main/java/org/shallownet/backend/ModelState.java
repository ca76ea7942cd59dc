package org.shallownet.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;

/**
 * All that decides how the training of a model goes on: its parameters, what its optimizer
 * remembers, how many steps were taken, and what was added up since its progress was last taken.
 *
 * <p>An engine that begins from it does what the one that it is from would have done next. If that
 * is the same engine on the same kind of machine, it does so to the bit. The form of a state is the
 * same for all engines, so that another one goes on as well, up to rounding.
 */
public final class ModelState {
  private final List<Group> groups;
  private final long steps;
  private final Sums sums;
  private final double[] parts;

  /**
   * A state.
   *
   * @param groups the parameters: the network's own, and behind them the factors of a front scale
   * @param steps how many steps of its own the model has taken
   * @param sums what was added up since the progress was last taken
   * @param parts what the engine adds up the sums from, where it keeps more than them; of use to
   *     the same engine only; not copied
   */
  public ModelState(List<Group> groups, long steps, Sums sums, double... parts) {
    this.groups = List.copyOf(groups);
    this.steps = steps;
    this.sums = Objects.requireNonNull(sums, "sums");
    this.parts = parts;
    if (this.groups.isEmpty()) {
      throw new IllegalArgumentException("a state needs the network's parameters at least");
    }
    if (steps < 0) {
      throw new IllegalArgumentException(steps + " steps can't have been taken");
    }
  }

  /**
   * What a training's progress is made of.
   *
   * @param samples how many samples were seen
   * @param weight the sum of their weights
   * @param lossSum the sum of their costs
   * @param penaltySum the part of L1 and L2 in the cost
   * @param hits the sum of the weights of those predicted right
   */
  public record Sums(long samples, double weight, double lossSum, double penaltySum, double hits) {}

  /** Parameters that an optimizer changes together. The arrays are nobody's to change. */
  public static final class Group {
    private final float[] values;
    private final List<float[]> moments;

    /**
     * A group.
     *
     * @param values the parameters; not copied
     * @param moments what the optimizer remembers, each as long as the parameters: momentum's
     *     velocity, or Adam's two moments; not copied
     */
    public Group(float[] values, List<float[]> moments) {
      this.values = values;
      this.moments = List.copyOf(moments);
      for (float[] moment : this.moments) {
        if (moment.length != values.length) {
          throw new IllegalArgumentException(
              "a moment has " + moment.length + " values for " + values.length + " parameters");
        }
      }
    }

    /** A network's parameters, with what the optimizer remembers of them. */
    public static Group of(Weights weights, List<Weights> moments) {
      return new Group(weights.toArray(), moments.stream().map(Weights::toArray).toList());
    }

    /** The parameters; of the network in the order that {@link NetworkSpec} states. */
    public float[] values() {
      return values;
    }

    /** What the optimizer remembers, in the order of its formula. */
    public List<float[]> moments() {
      return moments;
    }
  }

  /** How many values an optimizer remembers for each parameter. */
  public static int moments(Optimizer optimizer) {
    if (optimizer instanceof Optimizer.Adam) {
      return 2;
    }
    return optimizer instanceof Optimizer.GradientDescent ? 0 : 1;
  }

  /** All groups: the network's own parameters, without the factors of a front scale, first. */
  public List<Group> groups() {
    return groups;
  }

  /** How many steps of its own the model has taken. */
  public long steps() {
    return steps;
  }

  /** What was added up since the progress was last taken. */
  public Sums sums() {
    return sums;
  }

  /** What the engine adds up the sums from; empty if it keeps nothing but them. */
  public double[] parts() {
    return parts;
  }

  /** The network's parameters as weights of this shape. */
  public Weights weights(NetworkSpec spec) {
    return Weights.of(spec, groups.get(0).values());
  }

  /** What the optimizer remembers of the network's parameters, as weights of this shape. */
  public List<Weights> moments(NetworkSpec spec) {
    List<Weights> moments = new ArrayList<>();
    for (float[] moment : groups.get(0).moments()) {
      moments.add(Weights.of(spec, moment));
    }
    return moments;
  }

  /** The state of a network whose parameters are one group. */
  public static ModelState of(Weights weights, List<Weights> moments, long steps, Sums sums) {
    return new ModelState(List.of(Group.of(weights, moments)), steps, sums);
  }

  /**
   * Checks that a model can go on from this state.
   *
   * @throws IllegalArgumentException if it is of another network or of another kind of optimizer
   */
  void checkFits(ModelPlan plan) {
    boolean fits = groups.size() == (plan.hasFrontScale() ? 2 : 1);
    for (int g = 0; g < groups.size() && fits; g++) {
      int size = g == 0 ? plan.spec().parameterCount() : plan.spec().inputs();
      fits =
          groups.get(g).values().length == size
              && groups.get(g).moments().size() == moments(plan.optimizer());
    }
    if (!fits) {
      Group network = groups.get(0);
      throw new IllegalArgumentException(
          "a state of "
              + network.values().length
              + " parameters with "
              + network.moments().size()
              + " moments"
              + (groups.size() > 1 ? " and a front scale" : "")
              + " does not fit a "
              + plan.spec().sizes()
              + " network by "
              + plan.optimizer().id()
              + (plan.hasFrontScale() ? " with a front scale" : ""));
    }
  }
}
