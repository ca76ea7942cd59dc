package org.shallownet.training.ensemble;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelSamples;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.data.Task;
import org.shallownet.data.features.RowIndex;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.DatasetSource;
import org.shallownet.training.Defaults;
import org.shallownet.training.DivergedException;
import org.shallownet.training.EpochReport;
import org.shallownet.training.ModelRun;
import org.shallownet.training.NetworkStart;
import org.shallownet.training.NetworksObserver;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.Outcomes;
import org.shallownet.training.Preparation;
import org.shallownet.training.TimeLeft;
import org.shallownet.training.Training;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSession;
import org.shallownet.training.TrainingSettings;

/**
 * Trains an ensemble: networks of several families, each of which leaves out one fold of the rows
 * and is stopped by it, all at once. How much each family counts is chosen by what its networks say
 * of the folds that they have not learned from, by {@linkplain GreedyWeights greedy selection}; the
 * same answers give the cross-validated metrics.
 *
 * <p>Medians, scales and intervals of the columns, and the scale of numeric targets, are found from
 * all rows, folds that are left out included.
 */
public final class EnsembleTrainer extends Training<EnsembleListener, EnsembleTrainer> {
  private final EnsembleSettings settings;

  /** A trainer on this backend, which stays the caller's to close. */
  public EnsembleTrainer(Backend backend, EnsembleSettings settings) {
    super(backend);
    this.settings = settings;
  }

  @Override
  protected EnsembleTrainer self() {
    return this;
  }

  /**
   * Trains the networks and chooses their weights.
   *
   * @param train the samples to learn from and to judge by, fold by fold
   * @throws org.shallownet.data.DataException if there are too few rows that count
   * @throws DivergedException if the costs of all networks grow beyond all bounds
   * @throws TrainingFaultException if something fails, the training once an epoch has ended or what
   *     follows it, or the device at any time
   */
  public EnsembleResult fit(Dataset train) {
    Folds folds = Folds.stratified(train, settings.folds(), settings.foldSeed(), 0);
    Preparation preparation = preparation(train);
    EnsembleSettings fitting = fitting(preparation.inputs());
    List<EnsembleListener.Member> members = new ArrayList<>();
    List<NetworkStart> starts = new ArrayList<>();
    // Fold by fold: neighbours with the same rows and the same seed share their batches.
    List<ModelSamples> samples = FoldSamples.of(folds, train);
    for (int fold = 0; fold < fitting.members(); fold++) {
      for (Family family : fitting.families()) {
        members.add(new EnsembleListener.Member(family, fold));
        starts.add(start(family, fold, train, preparation.inputs(), samples.get(fold)));
      }
    }
    Reporter reporter = new Reporter(fitting, members, train, preparation.inputs());
    List<Outcomes.Outcome> outcomes = run(starts, train, null, preparation, reporter);
    double seconds = reporter.seconds();
    List<EnsembleResult.MemberResult> runs = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      runs.add(new EnsembleResult.MemberResult(members.get(i), outcomes.get(i).result()));
    }
    return result(new Trained(train, folds, preparation, fitting, runs), outcomes, seconds);
  }

  private Preparation preparation(Dataset train) {
    boolean standardize = settings.training().standardize();
    Preparation plain = Preparation.fit(train, train.network().output(), standardize, this::warn);
    return settings.families().stream().anyMatch(Family::piecewise)
        ? new Preparation(plain.inputs().withPieces(train), plain.targetScale())
        : plain;
  }

  /** The settings with the families that differ where no column has piecewise-linear inputs. */
  private EnsembleSettings fitting(Preprocessing inputs) {
    if (inputs.pieces() != null) {
      return settings;
    }
    return settings.withFamilies(
        settings.families().stream()
            .map(family -> new Family(family.activation(), false))
            .distinct()
            .toList());
  }

  private NetworkStart start(
      Family family, int fold, Dataset train, Preprocessing all, ModelSamples samples) {
    TrainingSettings own = settings.training().withSeed(settings.training().seed() + fold);
    Preprocessing inputs = family.piecewise() ? all : all.withoutPieces();
    NetworkSpec shape = train.network();
    NetworkSpec spec =
        NetworkSpec.of(inputs.inputs(), shape.output(), shape.outputs())
            .withHidden(settings.units(), family.activation());
    return new NetworkStart(
        spec,
        () -> own.initializer().create(spec, own.seed()),
        own.initializer().toString(),
        own,
        // Plain inputs come first, whatever others there are.
        new ModelSamples(samples.rows(), samples.devRows(), 0),
        settings.frontRate(),
        inputs);
  }

  /** What training brought, and what it was trained on. */
  private record Trained(
      Dataset data,
      Folds folds,
      Preparation preparation,
      EnsembleSettings settings,
      List<EnsembleResult.MemberResult> runs) {
    TrainingResult of(int family, int fold) {
      return runs.get(fold * settings.families().size() + family).result();
    }

    /** Whether a network has ended an epoch well. */
    boolean isSound(int family, int fold) {
      return of(family, fold).bestEpoch() > 0;
    }
  }

  /**
   * The networks that an ensemble can be made of.
   *
   * @param families the numbers of the families
   * @param folds the folds that all of them have a sound network for
   */
  private record Choice(List<Integer> families, List<Integer> folds) {}

  private static Choice choice(Trained trained) {
    List<Integer> families =
        IntStream.range(0, trained.settings().families().size()).boxed().toList();
    List<Integer> complete = complete(trained, families);
    for (int f = 0; complete.isEmpty() && f < trained.settings().members(); f++) {
      int fold = f;
      List<Integer> some =
          families.stream().filter(family -> trained.isSound(family, fold)).toList();
      if (!some.isEmpty()) {
        return new Choice(some, complete(trained, some));
      }
    }
    return new Choice(families, complete);
  }

  /** The folds that these families have a sound network for. */
  private static List<Integer> complete(Trained trained, List<Integer> families) {
    return IntStream.range(0, trained.settings().members())
        .filter(fold -> families.stream().allMatch(family -> trained.isSound(family, fold)))
        .boxed()
        .toList();
  }

  private EnsembleResult result(Trained trained, List<Outcomes.Outcome> outcomes, double seconds) {
    Choice choice = choice(trained);
    TrainingFaultException fault = first(outcomes, TrainingFaultException.class);
    if (fault != null) {
      // A device that has failed can't be asked what the networks say of the folds.
      Model best = choice.folds().isEmpty() ? null : ofEqualShares(trained, choice);
      throw new TrainingFaultException(fault.epoch(), best, fault.reason());
    }
    DivergedException diverged = first(outcomes, DivergedException.class);
    if (choice.folds().isEmpty()) {
      if (diverged != null) {
        throw diverged;
      }
      return new EnsembleResult(null, Map.of(), trained.runs(), RowIndex.of(), null, seconds);
    }
    try {
      warnOfThoseLeftOut(trained, choice);
      return weighed(trained, choice, seconds);
    } catch (RuntimeException | Error e) {
      // What the networks have learned must not go with what they were to be asked.
      int epochs = trained.runs().stream().mapToInt(run -> run.result().epochs()).max().orElse(0);
      throw new TrainingFaultException(epochs, ofEqualShares(trained, choice), e);
    }
  }

  private static Model ofEqualShares(Trained trained, Choice choice) {
    double[] shares = new double[choice.families().size()];
    Arrays.fill(shares, 1.0 / shares.length);
    return model(trained, choice, shares);
  }

  private EnsembleResult weighed(Trained trained, Choice choice, double seconds) {
    OutOfFold answers = answers(trained, choice);
    int outputs = trained.of(choice.families().get(0), choice.folds().get(0)).model().outputs();
    LogitCost cost = new LogitCost(trained.data().network().output(), outputs);
    int[] counts =
        new GreedyWeights(cost, outputs)
            .choose(choice.families().size(), Defaults.CHOICES, answers);
    double[] shares = GreedyWeights.shares(counts);
    Map<Family, Double> byFamily = new LinkedHashMap<>();
    trained.settings().families().forEach(family -> byFamily.put(family, 0.0));
    for (int i = 0; i < shares.length; i++) {
      byFamily.put(trained.settings().families().get(choice.families().get(i)), shares[i]);
    }
    return new EnsembleResult(
        model(trained, choice, shares),
        byFamily,
        trained.runs(),
        trained.folds().rows(choice.folds()),
        answers.mean(shares),
        seconds);
  }

  private static <T extends RuntimeException> @Nullable T first(
      List<Outcomes.Outcome> outcomes, Class<T> kind) {
    for (Outcomes.Outcome outcome : outcomes) {
      if (kind.isInstance(outcome.failure())) {
        return kind.cast(outcome.failure());
      }
    }
    return null;
  }

  private void warnOfThoseLeftOut(Trained trained, Choice choice) {
    int used = choice.families().size() * choice.folds().size();
    int all = trained.runs().size();
    boolean interrupted =
        trained.runs().stream()
            .anyMatch(run -> run.result().ending() == TrainingResult.Ending.INTERRUPTED);
    if (used < all) {
      warn(
          (all - used)
              + " of "
              + all
              + " networks are left out, since they or others of their kind "
              + (interrupted ? "had not ended an epoch" : "diverged"));
    }
  }

  private OutOfFold answers(Trained trained, Choice choice) {
    Dataset data = trained.data();
    DatasetSource source =
        new DatasetSource(data, data.network().output(), trained.preparation(), false);
    List<List<Model>> models = new ArrayList<>();
    for (int family : choice.families()) {
      models.add(choice.folds().stream().map(fold -> trained.of(family, fold).model()).toList());
    }
    List<RowIndex> rows = choice.folds().stream().map(trained.folds()::rows).toList();
    return new OutOfFold(backend(), data, source, rows, models);
  }

  private static Model model(Trained trained, Choice choice, double[] shares) {
    Mixture mixture = new Mixture();
    boolean pieces = false;
    StringBuilder told = new StringBuilder();
    for (int i = 0; i < shares.length; i++) {
      int family = choice.families().get(i);
      if (shares[i] == 0) {
        continue;
      }
      for (int fold : choice.folds()) {
        mixture.add(trained.of(family, fold).model().weights(), shares[i] / choice.folds().size());
      }
      Family which = trained.settings().families().get(family);
      pieces |= which.piecewise();
      told.append(told.length() == 0 ? "" : ", ").append(which.id()).append(' ').append(shares[i]);
    }
    Model first = trained.of(choice.families().get(0), choice.folds().get(0)).model();
    Map<String, String> entries = new LinkedHashMap<>(first.provenance());
    entries.put("rows", Long.toString(trained.data().rows()));
    entries.put("dev_rows", "0");
    entries.computeIfPresent(
        "total_weight",
        (key, weight) ->
            trained.data().weights() == null
                ? weight
                : Double.toString(trained.data().weights().total()));
    entries.put("ensemble", told.toString());
    entries.put("folds", Integer.toString(trained.settings().folds()));
    entries.put("fold_seed", Long.toString(trained.settings().foldSeed()));
    entries.put("networks_of_a_family", Integer.toString(choice.folds().size()));
    Preprocessing all = trained.preparation().inputs();
    return new Model(
        mixture.parts(),
        first.task(),
        pieces ? all : all.withoutPieces(),
        first.targetNames(),
        first.classes(),
        first.targetScale(),
        Map.of(),
        entries);
  }

  /** Passes on to the listeners what the networks report. */
  private final class Reporter extends NetworksObserver {
    private final EnsembleSettings fitting;
    private final List<EnsembleListener.Member> members;
    private final Dataset train;
    private final Preprocessing inputs;
    private final double[] lowest;

    private Reporter(
        EnsembleSettings fitting,
        List<EnsembleListener.Member> members,
        Dataset train,
        Preprocessing inputs) {
      super(
          members.size(),
          train.rows() * (1 - 1.0 / fitting.folds()),
          new TimeLeft(
              fitting.training().patience(),
              fitting.training().epochs(),
              train.task() == Task.REGRESSION),
          EnsembleTrainer.this::warn);
      this.fitting = fitting;
      this.members = members;
      this.train = train;
      this.inputs = inputs;
      this.lowest = new double[members.size()];
      Arrays.fill(lowest, Double.NaN);
    }

    @Override
    protected void begin(TrainingSession session) {
      EnsembleListener.Start start =
          new EnsembleListener.Start(
              fitting,
              train.rows(),
              inputs.schema().inputs(),
              inputs.inputs(),
              backend().device(),
              session.engine().name(),
              session.placement());
      EnsembleTrainer.this.tell(listener -> listener.onStart(start));
    }

    @Override
    protected void recall(int number, List<EpochReport> before) {
      before.forEach(report -> note(number, report));
      EnsembleTrainer.this.tell(listener -> listener.onResume(members.get(number), before));
    }

    private void note(int number, EpochReport report) {
      if (report.best()) {
        lowest[number] = report.devCost();
      }
    }

    @Override
    protected void hear(ModelRun model, EpochReport report) {
      int number = model.number();
      note(number, report);
      EnsembleTrainer.this.tell(listener -> listener.onEpoch(members.get(number), report));
    }

    @Override
    protected void tell(NetworksProgress progress) {
      double devCost =
          Arrays.stream(lowest).filter(cost -> !Double.isNaN(cost)).average().orElse(Double.NaN);
      EnsembleTrainer.this.tell(listener -> listener.onProgress(progress, devCost));
    }
  }
}
