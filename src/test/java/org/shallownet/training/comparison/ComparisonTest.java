package org.shallownet.training.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.data.Target;
import org.shallownet.data.features.FloatTable;
import org.shallownet.model.Model;
import org.shallownet.network.Activation;
import org.shallownet.network.Initializer;
import org.shallownet.network.Optimizer;
import org.shallownet.training.EpochReport;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.Planar;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.checkpoint.CheckpointSchedule;
import org.shallownet.training.comparison.ComparisonResult.SeedResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;

class ComparisonTest {
  private static final Split PLANAR = Planar.data().split(0.2, 1);
  private static final TrainingSettings SETTINGS =
      TrainingSettings.defaults().withEpochs(30).withPatience(4).withSeed(7);

  private Backend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private static List<Candidate> grid(Dataset data, double... rates) {
    List<Optimizer> optimizers = new ArrayList<>();
    for (double rate : rates) {
      optimizers.add(Optimizer.Adam.of(rate));
    }
    return Candidate.grid(
        data.network(),
        List.of(List.of(), List.of(5), List.of(9, 4)),
        List.of(Activation.TANH, Activation.RELU, Activation.IDENTITY),
        optimizers,
        1e-3);
  }

  private ComparisonResult compare(List<Candidate> candidates, int seeds) {
    return new Comparison(backend, SETTINGS).run(candidates, seeds, PLANAR.train(), PLANAR.dev());
  }

  /** Without the device, which tells of OpenBLAS only once some network has needed it. */
  private static Map<String, String> provenance(Model model) {
    Map<String, String> provenance = new TreeMap<>(model.provenance());
    provenance.remove("device");
    return provenance;
  }

  private void requireSameAlone(
      ComparisonResult result, TrainingSettings common, Dataset train, Dataset dev) {
    for (Standing standing : result.ranking()) {
      Candidate candidate = standing.candidate();
      for (SeedResult run : standing.runs()) {
        TrainingSettings own =
            common.withOptimizer(candidate.optimizer()).withL2(candidate.l2()).withSeed(run.seed());
        TrainingResult alone = new Trainer(backend, own).fit(candidate.network(), train, dev);
        Model model = run.result().model();
        assertThat(model.weights()).as(candidate + " alone").isEqualTo(alone.model().weights());
        assertThat(model.standardizer()).isEqualTo(alone.model().standardizer());
        assertThat(model.targetScale()).isEqualTo(alone.model().targetScale());
        assertThat(provenance(model)).isEqualTo(provenance(alone.model()));
        assertThat(run.result().history())
            .usingRecursiveFieldByFieldElementComparatorIgnoringFields("seconds")
            .isEqualTo(alone.history());
        assertThat(run.result().bestEpoch()).isEqualTo(alone.bestEpoch());
        assertThat(run.result().ending()).isEqualTo(alone.ending());
        assertThat(run.result().engine()).isEqualTo(alone.engine());
      }
    }
  }

  /** Its weights, provenance, history and early stopping, to the last bit. */
  @Test
  void eachNetworkIsTrainedAsIfAlone() {
    ComparisonResult result = compare(grid(Planar.data(), 0.01, 0.3), 2);
    assertThat(result.ranking()).hasSize(14);
    assertThat(result.ranking().stream().flatMap(standing -> standing.runs().stream()))
        .extracting(run -> run.result().ending())
        .contains(TrainingResult.Ending.STOPPED_EARLY, TrainingResult.Ending.COMPLETED);
    requireSameAlone(result, SETTINGS, PLANAR.train(), PLANAR.dev());
  }

  @Test
  void numbersInFullBatchesAsIfAlone() {
    Random random = new Random(3);
    float[][] x = new float[5000][3];
    double[] y = new double[x.length];
    for (int i = 0; i < y.length; i++) {
      for (int c = 0; c < 3; c++) {
        x[i][c] = (float) random.nextGaussian();
      }
      y[i] = 100 + 20 * x[i][0] * x[i][1] - x[i][2];
    }
    Split split =
        new Dataset(List.of("a", "b", "c"), FloatTable.of(x), "y", new Target.Numbers(y))
            .split(0.1, 1);
    List<Candidate> candidates = new ArrayList<>(grid(split.train(), 0.03));
    // So wide that it works on fewer samples at a time than the others.
    candidates.add(
        new Candidate(
            split.train().network().withHidden(300, Activation.TANH), Optimizer.Adam.of(0.01), 0));
    TrainingSettings settings = SETTINGS.withEpochs(3).withBatchSize(TrainingSettings.FULL_BATCH);
    ComparisonResult result =
        new Comparison(backend, settings).run(candidates, 1, split.train(), split.dev());
    requireSameAlone(result, settings, split.train(), split.dev());
  }

  @Test
  void ranksByTheMeanOfTheLowestDevCosts() {
    ComparisonResult result = compare(grid(Planar.data(), 0.03), 3);
    assertThat(result.ranking())
        .isSortedAccordingTo((a, b) -> Double.compare(a.devCost().mean(), b.devCost().mean()));
    for (Standing standing : result.ranking()) {
      double sum = 0;
      double lowest = Double.POSITIVE_INFINITY;
      for (SeedResult run : standing.runs()) {
        double own =
            run.result().history().stream().mapToDouble(EpochReport::devCost).min().orElseThrow();
        assertThat(run.devCost()).isEqualTo(own);
        lowest = Math.min(lowest, own);
        sum += own;
      }
      assertThat(standing.devCost().mean()).isCloseTo(sum / 3, within(1e-12));
      assertThat(standing.best().orElseThrow().devCost()).isEqualTo(lowest);
      assertThat(standing.runs()).extracting(SeedResult::seed).containsExactly(7L, 8L, 9L);
    }
    assertThat(result.best()).contains(result.ranking().get(0));
    // A linear model can't tell the flower's petals apart.
    assertThat(result.ranking().get(0).candidate().isLinear()).isFalse();
    assertThat(result.ranking().get(6).candidate().isLinear()).isTrue();
  }

  @Test
  void oneThatDivergesIsLeftBehindAndRankedLast() {
    List<Candidate> candidates =
        Candidate.grid(
            Planar.data().network(),
            List.of(List.of(5)),
            List.of(Activation.RELU),
            List.of(
                new Optimizer.GradientDescent(1e30),
                new Optimizer.GradientDescent(0.1),
                new Optimizer.GradientDescent(0.01)),
            0);
    ComparisonResult result = compare(candidates, 2);
    Standing last = result.ranking().get(2);
    assertThat(last.candidate()).isEqualTo(candidates.get(0));
    assertThat(last.diverged()).isEqualTo(2);
    assertThat(last.best()).isEmpty();
    assertThat(last.devCost().mean()).isNaN();
    assertThat(last.runs())
        .extracting(run -> run.result().ending())
        .containsOnly(TrainingResult.Ending.DIVERGED);
    assertThat(result.ranking().subList(0, 2))
        .allSatisfy(standing -> assertThat(standing.epochs().mean()).isEqualTo(30));
    requireSameAlone(
        new ComparisonResult(result.ranking().subList(0, 2), "", 1, 1),
        SETTINGS,
        PLANAR.train(),
        PLANAR.dev());
  }

  @Test
  void aRequestToStopKeepsTheBestSoFar() {
    AtomicInteger epochs = new AtomicInteger();
    ComparisonResult result =
        new Comparison(backend, SETTINGS.withEpochs(1_000_000).withPatience(1_000_000))
            .listen((progress, leader) -> epochs.set(progress.epochs()))
            .stopWhen(() -> epochs.get() >= 3)
            .run(grid(Planar.data(), 0.01), 1, PLANAR.train(), PLANAR.dev());
    assertThat(result.isInterrupted()).isTrue();
    assertThat(result.best().orElseThrow().best().orElseThrow().result().history()).hasSize(3);
  }

  @Test
  void stoppedBeforeTheFirstEpochThereIsNoBest() {
    ComparisonResult result =
        new Comparison(backend, SETTINGS)
            .stopWhen(() -> true)
            .run(grid(Planar.data(), 0.01), 1, PLANAR.train(), PLANAR.dev());
    assertThat(result.isInterrupted()).isTrue();
    assertThat(result.best()).isEmpty();
    assertThat(result.ranking()).hasSize(7);
  }

  @Test
  void tellsWhoLeadsAndHowManyAreInTraining() {
    List<ComparisonListener.@Nullable Leader> leaders = new ArrayList<>();
    List<NetworksProgress> heard = new ArrayList<>();
    List<ComparisonListener.Start> starts = new ArrayList<>();
    ComparisonResult result =
        new Comparison(backend, SETTINGS)
            .listen(
                new ComparisonListener() {
                  @Override
                  public void onStart(Start start) {
                    starts.add(start);
                  }

                  @Override
                  public void onProgress(NetworksProgress progress, @Nullable Leader leader) {
                    heard.add(progress);
                    leaders.add(leader);
                  }
                })
            .run(grid(Planar.data(), 0.1), 2, PLANAR.train(), PLANAR.dev());
    assertThat(starts).hasSize(1);
    assertThat(starts.get(0).networks()).isEqualTo(14);
    assertThat(starts.get(0).rows()).isEqualTo(320);
    assertThat(starts.get(0).devRows()).isEqualTo(80);
    assertThat(heard.get(0).training()).isEqualTo(14);
    assertThat(heard).allMatch(progress -> progress.training() + progress.over() == 14);
    assertThat(heard).extracting(NetworksProgress::over).isSorted();
    double lowest =
        result.ranking().stream()
            .flatMap(standing -> standing.runs().stream())
            .mapToDouble(SeedResult::devCost)
            .min()
            .orElseThrow();
    ComparisonListener.Leader leader = leaders.get(leaders.size() - 1);
    assertThat(leader).isNotNull();
    assertThat(leader.devCost()).isEqualTo(lowest);
    Standing led =
        result.ranking().stream()
            .filter(standing -> standing.candidate().equals(leader.candidate()))
            .findAny()
            .orElseThrow();
    assertThat(led.best().orElseThrow().devScore()).isEqualTo(leader.devScore());
  }

  /** One list for all networks of a candidate: nobody looks for them among all others. */
  @Test
  void networksOfACandidateAreKnownTogether() {
    List<Candidate> grid = grid(Planar.data(), 0.01);
    Candidate one = grid.get(0);
    Candidate two = grid.get(1);
    List<List<Integer>> together = Comparison.together(List.of(one, two, one, two, two));
    List<Integer> first = List.of(0, 2);
    List<Integer> second = List.of(1, 3, 4);
    assertThat(together).isEqualTo(List.of(first, second, first, second, second));
    assertThat(together.get(2)).isSameAs(together.get(0));
    assertThat(together.get(4)).isSameAs(together.get(1));
  }

  /** What hears of a call before it is made, and may throw. */
  private interface Call {
    void of(String method, Object[] arguments);
  }

  /** What it stands before, and what it returns if that is an engine, calls this first. */
  private static <T> T calling(Call call, Class<T> type, T target) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          call.of(method.getName(), arguments);
          try {
            Object result = method.invoke(target, arguments);
            return result instanceof TrainingEngine engine
                ? calling(call, TrainingEngine.class, engine)
                : result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** A backend that has memory for so many networks at a time. */
  private Backend withMemoryFor(int networks, Map<Integer, Integer> plans) {
    return withMemoryFor(networks, plans, (method, arguments) -> {});
  }

  private Backend withMemoryFor(int networks, Map<Integer, Integer> plans, Call next) {
    return calling(
        (method, arguments) -> {
          if (method.equals("newTrainingEngine")) {
            int asked = ((TrainingPlan) arguments[0]).models().size();
            if (asked > networks) {
              throw new DeviceMemoryException("engine", 1000, 10, "use fewer", null);
            }
            plans.merge(asked, 1, Integer::sum);
          }
          next.of(method, arguments);
        },
        Backend.class,
        backend);
  }

  @Test
  void whatDoesNotFitTheMemoryAtOnceIsTrainedInGroups() {
    List<Candidate> candidates = grid(Planar.data(), 0.03);
    ComparisonResult expected = compare(candidates, 2);
    Map<Integer, Integer> plans = new TreeMap<>();
    List<String> warnings = new ArrayList<>();
    List<NetworksProgress> heard = new ArrayList<>();
    ComparisonResult result =
        new Comparison(withMemoryFor(4, plans), SETTINGS)
            .listen(
                new ComparisonListener() {
                  @Override
                  public void onProgress(NetworksProgress progress, @Nullable Leader leader) {
                    heard.add(progress);
                  }

                  @Override
                  public void onWarning(String warning) {
                    warnings.add(warning);
                  }
                })
            .run(candidates, 2, PLANAR.train(), PLANAR.dev());
    assertThat(plans).isEqualTo(Map.of(3, 2, 4, 2));
    assertThat(warnings).hasSize(1).first().asString().contains("does not hold all networks");
    assertThat(heard.get(0).training()).isEqualTo(3);
    for (int i = 0; i < candidates.size(); i++) {
      Standing one = expected.ranking().get(i);
      Standing other = result.ranking().get(i);
      assertThat(other.candidate()).isEqualTo(one.candidate());
      assertThat(other.devCost()).isEqualTo(one.devCost());
      assertThat(other.best().orElseThrow().result().model())
          .isEqualTo(one.best().orElseThrow().result().model());
    }
    Backend tooSmall = withMemoryFor(0, plans);
    assertThatThrownBy(
            () ->
                new Comparison(tooSmall, SETTINGS).run(candidates, 1, PLANAR.train(), PLANAR.dev()))
        .isInstanceOf(DeviceMemoryException.class);
  }

  /** What {@link #broken} was warned of. */
  private final List<String> warned = new ArrayList<>();

  /** Goes on from a checkpoint until the networks together have ended so many epochs. */
  private ComparisonResult broken(
      Backend on, @Nullable Path from, Path to, int epochs, List<Double> heard) {
    AtomicInteger ended = new AtomicInteger();
    Comparison comparison =
        new Comparison(on, SETTINGS.withEpochs(20).withPatience(100))
            .checkpoint(to, CheckpointSchedule.everyEpochs(1))
            .listen(
                new ComparisonListener() {
                  @Override
                  public void onProgress(NetworksProgress progress, @Nullable Leader leader) {
                    heard.add(progress.seconds());
                    sleep();
                    ended.set(progress.epochs());
                  }

                  @Override
                  public void onWarning(String warning) {
                    warned.add(warning);
                  }
                })
            .stopWhen(() -> ended.get() >= epochs);
    if (from != null) {
      comparison.resume(from);
    }
    return comparison.run(widths(3, 4, 5, 6), 1, PLANAR.train(), PLANAR.dev());
  }

  private static void sleep() {
    try {
      Thread.sleep(40);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Some have gone on from a checkpoint while others had to wait for memory. */
  @Test
  void networksThatHaveComeDifferentlyFarAreResumed(@TempDir Path folder) {
    ComparisonResult whole = broken(backend, null, folder.resolve("whole"), 99, new ArrayList<>());
    Path first = folder.resolve("first");
    broken(backend, null, first, 5, new ArrayList<>());
    Path second = folder.resolve("second");
    broken(withMemoryFor(2, new TreeMap<>()), first, second, 9, new ArrayList<>());
    assertThat(warned).hasSize(1).first().asString().contains("does not hold all networks");
    warned.clear();
    Map<Integer, Integer> plans = new TreeMap<>();
    List<Double> heard = new ArrayList<>();
    ComparisonResult resumed =
        broken(withMemoryFor(9, plans), second, folder.resolve("third"), 99, heard);
    assertThat(plans).isEqualTo(Map.of(2, 2));
    assertThat(warned).as("two groups, for another reason than memory").isEmpty();
    // What came before the checkpoint counts: five epochs of four networks that sleep.
    assertThat(heard.get(0)).isGreaterThan(0.7);
    assertThat(resumed.seconds()).isGreaterThanOrEqualTo(heard.get(heard.size() - 1));
    for (int i = 0; i < whole.ranking().size(); i++) {
      SeedResult one = whole.ranking().get(i).runs().get(0);
      SeedResult other = resumed.ranking().get(i).runs().get(0);
      assertThat(other.result().model()).isEqualTo(one.result().model());
      assertThat(other.result().history()).hasSize(20);
    }
  }

  /** A backend whose memory holds no network with so many hidden units. */
  private Backend withoutMemoryForUnits(int units, Call next) {
    return calling(
        (method, arguments) -> {
          if (method.equals("newTrainingEngine")
              && ((TrainingPlan) arguments[0])
                  .models().stream().anyMatch(model -> model.spec().units(1) == units)) {
            throw new DeviceMemoryException("a memory", 1000, 10, "use fewer", null);
          }
          next.of(method, arguments);
        },
        Backend.class,
        backend);
  }

  private static List<Candidate> widths(int... widths) {
    return Candidate.grid(
        Planar.data().network(),
        Arrays.stream(widths).mapToObj(List::of).toList(),
        List.of(Activation.TANH),
        List.of(Optimizer.Adam.of(0.03)),
        0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void oneThatTheMemoryDoesNotHoldFailsAlone(int place) {
    int[] units = {4, 5, 6};
    units[place] = 30;
    List<NetworksProgress> heard = new ArrayList<>();
    List<ComparisonListener.Start> starts = new ArrayList<>();
    ComparisonFaultException fault =
        catchThrowableOfType(
            ComparisonFaultException.class,
            () ->
                new Comparison(withoutMemoryForUnits(30, (method, arguments) -> {}), SETTINGS)
                    .listen(
                        new ComparisonListener() {
                          @Override
                          public void onStart(Start start) {
                            starts.add(start);
                          }

                          @Override
                          public void onProgress(
                              NetworksProgress progress, @Nullable Leader leader) {
                            heard.add(progress);
                          }
                        })
                    .run(widths(units), 2, PLANAR.train(), PLANAR.dev()));
    assertThat(fault.isOutOfMemory()).isTrue();
    assertThat(fault.reason())
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageContaining("a memory");
    List<Standing> ranking = fault.result().ranking();
    assertThat(ranking.get(2).candidate().network().units(1)).isEqualTo(30);
    assertThat(ranking.get(2).failed()).isEqualTo(2);
    assertThat(ranking.get(2).best()).isEmpty();
    requireSameAlone(
        new ComparisonResult(ranking.subList(0, 2), "", 1, 1),
        SETTINGS,
        PLANAR.train(),
        PLANAR.dev());
    assertThat(starts).hasSize(1);
    NetworksProgress last = heard.get(heard.size() - 1);
    // What comes last of all is left out when nobody trains any more.
    assertThat(last.over() + last.training()).isEqualTo(place == 2 ? 5 : 6);
  }

  /** Java's memory need not hold even its first weights: then it is as if the device's did not. */
  @Test
  void oneWhoseFirstWeightsDoNotFitFailsAlone() {
    long most = Runtime.getRuntime().maxMemory() / Float.BYTES;
    int units = (int) Math.min(500_000_000, most / 3);
    assumeTrue(4L * units > most, "this Java has more memory than a network can have weights");
    ComparisonFaultException fault =
        catchThrowableOfType(
            ComparisonFaultException.class,
            () ->
                new Comparison(backend, SETTINGS)
                    .run(widths(4, units, 5), 1, PLANAR.train(), PLANAR.dev()));
    assertThat(fault.isOutOfMemory()).isTrue();
    assertThat(fault.reason()).hasMessageContaining("Java's heap");
    assertThat(fault.result().ranking().get(2).candidate().network().units(1)).isEqualTo(units);
    assertThat(fault.result().ranking().get(2).failed()).isEqualTo(1);
    assertThat(fault.result().ranking().get(0).best()).isPresent();
    assertThat(fault.result().ranking().get(1).best()).isPresent();
  }

  /** The fault is told, and a network that needs less memory is not tried any more. */
  @Test
  void afterAFaultOfTheDeviceNoOtherBegins() {
    AtomicInteger engines = new AtomicInteger();
    Call broken =
        (method, arguments) -> {
          if (method.equals("newTrainingEngine") && engines.incrementAndGet() == 2) {
            throw new BackendException("the device is gone");
          }
        };
    ComparisonFaultException fault =
        catchThrowableOfType(
            ComparisonFaultException.class,
            () ->
                new Comparison(withoutMemoryForUnits(30, broken), SETTINGS)
                    .run(widths(4, 30, 5, 6), 2, PLANAR.train(), PLANAR.dev()));
    assertThat(fault.isOutOfMemory()).isFalse();
    assertThat(fault.reason()).hasMessage("the device is gone");
    assertThat(engines).hasValue(2);
    assertThat(fault.result().ranking().stream().mapToInt(Standing::failed).sum()).isEqualTo(7);
  }

  /** A device that fails in the second of three groups, or while that is being opened. */
  @ParameterizedTest
  @CsvSource({"advance,training ended in epoch 3", "newTrainingEngine,training could not begin"})
  void aFaultLosesNothingOfThoseBefore(String method, String message) {
    List<Candidate> candidates = grid(Planar.data(), 0.03);
    TrainingSettings settings = SETTINGS.withEpochs(6).withBatchSize(TrainingSettings.FULL_BATCH);
    ComparisonResult whole =
        new Comparison(backend, settings).run(candidates, 1, PLANAR.train(), PLANAR.dev());
    Map<Integer, Integer> plans = new TreeMap<>();
    AtomicInteger calls = new AtomicInteger();
    Call broken =
        (called, arguments) -> {
          int last = method.equals("advance") ? 6 + 2 : 1;
          if (called.equals(method) && calls.getAndIncrement() == last) {
            throw new BackendException("the device is gone");
          }
        };
    ComparisonFaultException fault =
        catchThrowableOfType(
            ComparisonFaultException.class,
            () ->
                new Comparison(withMemoryFor(2, plans, broken), settings)
                    .run(candidates, 1, PLANAR.train(), PLANAR.dev()));
    assertThat(fault).hasMessage(message + ": the device is gone");
    // One of seven networks, then two, and none after the fault.
    assertThat(plans).isEqualTo(Map.of(1, 1, 2, 1));
    Map<Candidate, SeedResult> kept = new HashMap<>();
    for (Standing standing : fault.result().ranking()) {
      kept.put(standing.candidate(), standing.runs().get(0));
    }
    assertThat(kept).hasSize(7);
    for (Standing standing : whole.ranking()) {
      SeedResult run = kept.get(standing.candidate());
      int place = candidates.indexOf(standing.candidate());
      TrainingResult.Ending ending = run.result().ending();
      if (place == 0) {
        assertThat(ending).isEqualTo(TrainingResult.Ending.COMPLETED);
        assertThat(run.result().model()).isEqualTo(standing.runs().get(0).result().model());
      } else {
        assertThat(ending).isEqualTo(TrainingResult.Ending.FAILED);
        boolean begun = method.equals("advance") && place <= 2;
        assertThat(run.result().history()).hasSize(begun ? 2 : 0);
        assertThat(run.isSound()).isEqualTo(begun);
      }
    }
    assertThat(fault.result().ranking().stream().mapToInt(Standing::failed).sum()).isEqualTo(6);
    assertThat(fault.result().best().orElseThrow().best()).isPresent();
  }

  /** No fault of the device: a file that was cut, as the second of three groups begins. */
  @ParameterizedTest
  @ValueSource(strings = {"newTrainingEngine", "name"})
  void whateverFailsAsAGroupBeginsLosesNothingOfThoseBefore(String method) {
    InternalError cut = new InternalError("cut");
    AtomicInteger engines = new AtomicInteger();
    Call broken =
        (called, arguments) -> {
          if (called.equals("newTrainingEngine")) {
            engines.incrementAndGet();
          }
          if (engines.get() == 2 && called.equals(method)) {
            throw cut;
          }
        };
    ComparisonFaultException fault =
        catchThrowableOfType(
            ComparisonFaultException.class,
            () ->
                new Comparison(withMemoryFor(2, new TreeMap<>(), broken), SETTINGS)
                    .run(widths(3, 4, 5, 6, 7), 1, PLANAR.train(), PLANAR.dev()));
    assertThat(fault.reason()).isSameAs(cut);
    assertThat(fault).hasMessage("training could not begin: java.lang.InternalError: cut");
    // Two of five networks, and none after the fault.
    assertThat(engines).hasValue(2);
    assertThat(fault.result().ranking().stream().mapToInt(Standing::failed).sum()).isEqualTo(3);
    for (Standing standing : fault.result().ranking().subList(0, 2)) {
      assertThat(standing.candidate().network().units(1)).isLessThan(5);
      assertThat(standing.best()).isPresent();
    }
  }

  /** Java's memory need not hold what a group goes on from, where it has held that of others. */
  @Test
  void aGroupThatCanNotBeGoneOnWithLosesNothingOfThoseBefore(@TempDir Path folder) {
    Path checkpoint = folder.resolve("a.checkpoint");
    TrainingSettings settings = SETTINGS.withEpochs(20).withPatience(100);
    AtomicInteger ended = new AtomicInteger();
    new Comparison(backend, settings)
        .checkpoint(checkpoint, CheckpointSchedule.everyEpochs(1))
        .listen((progress, leader) -> ended.set(progress.epochs()))
        .stopWhen(() -> ended.get() >= 5)
        .run(widths(3, 4, 5, 6), 1, PLANAR.train(), PLANAR.dev());
    AtomicInteger resumed = new AtomicInteger();
    Call broken =
        (called, arguments) -> {
          if (called.equals("resume") && resumed.incrementAndGet() == 2) {
            throw new OutOfMemoryError("Java heap space");
          }
        };
    ComparisonFaultException fault =
        catchThrowableOfType(
            ComparisonFaultException.class,
            () ->
                new Comparison(withMemoryFor(2, new TreeMap<>(), broken), settings)
                    .resume(checkpoint)
                    .run(widths(3, 4, 5, 6), 1, PLANAR.train(), PLANAR.dev()));
    assertThat(fault.isOutOfMemory()).isTrue();
    for (Standing standing : fault.result().ranking()) {
      SeedResult run = standing.runs().get(0);
      boolean before = standing.candidate().network().units(1) < 5;
      assertThat(run.result().history()).hasSize(before ? 20 : 5);
      assertThat(run.isSound()).isTrue();
      assertThat(run.result().ending())
          .isEqualTo(before ? TrainingResult.Ending.COMPLETED : TrainingResult.Ending.FAILED);
    }
  }

  @Test
  void warnsOnceOfZerosAsFirstWeights() {
    List<String> warnings = new ArrayList<>();
    new Comparison(backend, SETTINGS.withEpochs(1).withInitializer(new Initializer.Zeros()))
        .listen(
            new ComparisonListener() {
              @Override
              public void onProgress(NetworksProgress progress, @Nullable Leader leader) {}

              @Override
              public void onWarning(String warning) {
                warnings.add(warning);
              }
            })
        .run(grid(Planar.data(), 0.01), 2, PLANAR.train(), PLANAR.dev());
    assertThat(warnings).hasSize(1).first().asString().startsWith("with zeros as first weights");
  }

  @Test
  void provenanceIsGivenToEveryModel() {
    ComparisonResult result =
        new Comparison(backend, SETTINGS.withEpochs(1))
            .provenance("data", "here")
            .run(grid(Planar.data(), 0.01), 1, PLANAR.train(), PLANAR.dev());
    assertThat(result.ranking())
        .allSatisfy(
            standing ->
                assertThat(standing.best().orElseThrow().result().model().provenance())
                    .containsEntry("data", "here")
                    .containsEntry("seed", "7"));
  }

  @Test
  void refusesWhatCanNotBeCompared() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> compare(List.of(), 1))
        .withMessage("there is no network to compare");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> compare(grid(Planar.data(), 0.01), 0))
        .withMessage("there must be at least 1 seed, not 0");
  }
}
