package org.shallownet.training.ensemble;

import java.util.List;
import java.util.Objects;
import org.shallownet.data.Column;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.PiecewiseLinear;
import org.shallownet.network.Activation;
import org.shallownet.training.Defaults;
import org.shallownet.training.TrainingSettings;

/**
 * Which networks an ensemble is made of, and how they are trained.
 *
 * @param families what networks differ in; each is trained on every way to leave out a fold
 * @param folds how many folds the rows are dealt out to
 * @param members how many of the folds are left out in turn, from the first on: how many networks a
 *     family has. Fewer than folds save time; only those folds are then judged.
 * @param units of the one hidden layer
 * @param frontRate how many times faster than its weights a network learns a factor for each input
 *     (front scale); 0 for no such factors
 * @param training what all networks have in common; a network that leaves out fold m has seed + m
 * @param foldSeed decides which rows are in which fold
 */
public record EnsembleSettings(
    List<Family> families,
    int folds,
    int members,
    int units,
    double frontRate,
    TrainingSettings training,
    long foldSeed) {
  /** Checks the numbers. */
  public EnsembleSettings {
    families = List.copyOf(families);
    Objects.requireNonNull(training, "training");
    if (families.isEmpty()) {
      throw new IllegalArgumentException("an ensemble has at least one family of networks");
    }
    if (folds < 2) {
      throw new IllegalArgumentException("there are at least 2 folds, not " + folds);
    }
    if (members < 1 || members > folds) {
      throw new IllegalArgumentException(
          "of " + folds + " folds 1 to " + folds + " can be left out in turn, not " + members);
    }
    if (units < 1) {
      throw new IllegalArgumentException("a hidden layer has at least 1 unit, not " + units);
    }
    if (!(frontRate >= 0) || !Double.isFinite(frontRate)) {
      throw new IllegalArgumentException(
          "the rate of factors of inputs is 0 or a positive number, not " + frontRate);
    }
  }

  /**
   * What the command line uses where no option says otherwise: tanh and ReLU, each with plain and
   * with piecewise-linear inputs, on five folds; fewer for large tables. {@code
   * benchmarks/defaults} measures it.
   *
   * <p>The work of an epoch is counted in numbers that networks read: rows × inputs, summed up over
   * all of them. So many folds are left out in turn as keep it within {@link
   * Defaults#MOST_NUMBERS}. If one is too many, ReLU with piecewise-linear inputs alone is trained,
   * on two. Tables with more than {@link Defaults#MOST_INPUTS_FOR_A_ROW} such inputs for each row
   * get plain inputs alone.
   */
  public static EnsembleSettings of(Dataset data) {
    return of(data, 1);
  }

  /**
   * What {@code --effort high} uses: the families of {@link #of(Dataset)} with twice the work, on
   * ten folds. Of a table for which that is too much, as many folds are left out in turn as twice
   * {@link Defaults#MOST_NUMBERS} allow, and it is dealt out to just so many, but to five at least.
   *
   * <p>So nothing is less than there: neither the networks, of which there are at least twice as
   * many, nor the rows that each learns from, nor the share of the rows that are judged.
   */
  public static EnsembleSettings high(Dataset data) {
    return of(data, 2);
  }

  /**
   * Settings for some of the usual efforts.
   *
   * @param efforts how much work is to be done: 1 for as much as usual
   */
  private static EnsembleSettings of(Dataset data, int efforts) {
    TrainingSettings training = Defaults.settings(data).withPatience(patience(data));
    Size size = Size.of(data);
    List<Family> families =
        size.isWide()
            ? List.of(new Family(Activation.TANH, false), new Family(Activation.RELU, false))
            : List.of(
                new Family(Activation.TANH, false),
                new Family(Activation.RELU, false),
                new Family(Activation.TANH, true),
                new Family(Activation.RELU, true));
    double work = families.stream().mapToDouble(size::numbers).sum();
    int members = (int) Math.min(efforts * Defaults.FOLDS, efforts * Defaults.MOST_NUMBERS / work);
    if (work > Defaults.MOST_NUMBERS) {
      families = families.subList(families.size() - 1, families.size());
      members = 2 * efforts;
    }
    // Folds that nobody leaves out judge nothing; but fewer would take rows from the networks.
    int folds = Math.max(Defaults.FOLDS, members);
    return new EnsembleSettings(
        families,
        folds,
        members,
        Defaults.HIDDEN_UNITS,
        Defaults.FRONT_RATE,
        training,
        training.seed());
  }

  /** How large a table is for networks. */
  private record Size(long rows, long plain, long all) {
    static Size of(Dataset data) {
      long plain = data.schema().inputs();
      long numbers =
          data.schema().columns().stream().filter(Column.Numeric.class::isInstance).count();
      return new Size(data.rows(), plain, plain + PiecewiseLinear.INTERVALS * numbers);
    }

    boolean isWide() {
      return all > Defaults.MOST_INPUTS_FOR_A_ROW * rows;
    }

    /** How many numbers a network reads in an epoch, at most. */
    double numbers(Family family) {
      return (double) rows * (family.piecewise() ? all : plain);
    }
  }

  /** For numbers fewer epochs the more steps an epoch has. */
  private static int patience(Dataset data) {
    return data.task() == Task.REGRESSION
        ? (int)
            Math.max(
                Defaults.FOLDS_PATIENCE,
                Defaults.NUMBERS_PATIENCE
                    * Math.min(1.0, (double) Defaults.PATIENT_ROWS / data.rows()))
        : Defaults.FOLDS_PATIENCE;
  }

  /**
   * Whether there are enough rows that count, and not too many numbers in all, for networks on
   * several folds; a single network with a dev set is better otherwise.
   */
  public static boolean suits(Dataset data) {
    SampleWeights weights = data.weights();
    long counting = 0;
    for (long row = 0; row < data.rows() && counting < Defaults.FEWEST_ROWS; row++) {
      counting += weights == null || weights.get(row) > 0 ? 1 : 0;
    }
    Size size = Size.of(data);
    Family largest = new Family(Activation.RELU, !size.isWide());
    return counting >= Defaults.FEWEST_ROWS && size.numbers(largest) <= 2 * Defaults.MOST_NUMBERS;
  }

  /** How many networks are trained. */
  public int networks() {
    return families.size() * members;
  }

  /** The same with other families. */
  public EnsembleSettings withFamilies(List<Family> others) {
    return new EnsembleSettings(others, folds, members, units, frontRate, training, foldSeed);
  }

  /** The same with only some of the folds left out in turn. */
  public EnsembleSettings withMembers(int count) {
    return new EnsembleSettings(families, folds, count, units, frontRate, training, foldSeed);
  }

  /** The same with other settings of the networks. */
  public EnsembleSettings withTraining(TrainingSettings other) {
    return new EnsembleSettings(families, folds, members, units, frontRate, other, foldSeed);
  }

  /** The same with other folds. */
  public EnsembleSettings withFoldSeed(long seed) {
    return new EnsembleSettings(families, folds, members, units, frontRate, training, seed);
  }
}
