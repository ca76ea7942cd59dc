package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;

/** What is added to plain steps is what the {@link StepOracle} makes of it. */
abstract class RefinedEngineContract extends OwnSamplesContract {
  private static final int SAMPLES = 23;
  private static final int BATCH = 11;

  static List<Refinements> refinements() {
    Refinements none = Refinements.NONE;
    return List.of(
        none.withSchedule(new Schedule.Cosine(4)),
        none.withSchedule(new Schedule.Cosine(4)).withWarmup(1.5),
        none.withSchedule(new Schedule.Steps(1, 0.25)),
        none.withWarmup(2),
        none.withL1(0.03),
        none.withClipNorm(0.2),
        none.withClipNorm(1e-3).withL1(0.01),
        none.withClipNorm(1e3).withL1(1),
        none.withLoss(new Loss.Smoothed(0.1)),
        none.withDropout(0.4),
        none.withDropout(0.2)
            .withLoss(new Loss.Smoothed(0.3))
            .withL1(0.01)
            .withClipNorm(0.3)
            .withWarmup(1));
  }

  private static ModelPlan model(Optimizer optimizer, Refinements refinements) {
    return new ModelPlan(Networks.weights(CLASSIFIER, 6), optimizer, 0.05, 77)
        .withRefinements(refinements);
  }

  @ParameterizedTest
  @MethodSource("refinements")
  void everyOptimizerTakesRefinedSteps(Refinements refinements) {
    float[] ones = new float[SAMPLES];
    Arrays.fill(ones, 1);
    for (Optimizer optimizer : optimizers()) {
      checkMiniBatches(model(optimizer, refinements), ones, false);
      checkMiniBatches(model(optimizer, refinements), Networks.sampleWeights(SAMPLES, 9), true);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyNetworkTakesEveryLossThatSuitsIt(NetworkSpec spec) {
    float[] ones = new float[SAMPLES];
    Arrays.fill(ones, 1);
    for (Loss loss : losses(spec)) {
      Refinements refinements = Refinements.NONE.withLoss(loss).withDropout(0.3);
      ModelPlan model =
          new ModelPlan(Networks.weights(spec, 6), new Optimizer.GradientDescent(0.01), 0.05, 77)
              .withRefinements(refinements);
      checkMiniBatches(model, ones, false);
      checkMiniBatches(model, Networks.sampleWeights(SAMPLES, 9), true);
      checkJudging(model);
    }
  }

  /** What a network is tried with: every loss that suits its output. */
  protected List<Loss> losses(NetworkSpec spec) {
    return Stream.of(new Loss.Smoothed(0.2), new Loss.Huber(0.7), new Loss.Quantile(0.8), Loss.OWN)
        .filter(loss -> loss.suits(spec.output()))
        .toList();
  }

  /** By the loss, but for smoothed labels, and with all activations. */
  private void checkJudging(ModelPlan model) {
    NetworkSpec spec = model.spec();
    float[][] x = Networks.features(SAMPLES, 4);
    float[][] y = Networks.targets(spec, SAMPLES, 5);
    Samples samples = Samples.resident(matrix(x), matrix(y));
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(samples, BATCH, List.of(model)))) {
      Loss judging = model.refinements().loss().judging();
      double[] theta = Reference.widen(model.initial().toArray());
      double[] w = new double[SAMPLES];
      Arrays.fill(w, 1);
      Oracle.Result expected =
          new Oracle(spec, 0, judging, (sample, layer, unit) -> 1)
              .run(theta, Networks.widen(x), Networks.widen(y), w);
      TrainingEngine.Progress found = engine.evaluate(0, samples);
      assertThat(found.lossSum())
          .isCloseTo(expected.lossSum, within(2e-6 * (1 + expected.lossSum)));
      assertThat(found.hits()).isCloseTo(expected.hits, within(2e-6 * (1 + expected.hits)));
    }
  }

  /** Places in the batch decide which activations are left out: not how it is cut. */
  @Test
  void manySamplesAreTakenInChunks() {
    int samples = 20_011;
    float[][] x = Networks.features(samples, 1);
    float[][] y = Networks.targets(CLASSIFIER, samples, 2);
    ModelPlan model =
        new ModelPlan(Networks.weights(CLASSIFIER, 3), new Optimizer.GradientDescent(1), 0, 7)
            .withRefinements(Refinements.NONE.withDropout(0.5));
    double[] w = new double[samples];
    Arrays.fill(w, 1);
    StepOracle oracle = new StepOracle(model, 1);
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(matrix(x), matrix(y), samples, List.of(model)))) {
      for (int step = 0; step < 3; step++) {
        oracle.step(Networks.widen(x), Networks.widen(y), w);
      }
      engine.advance(3);
      assertClose("weights", oracle.theta, engine.weights(0).toArray(), 5e-6, 1, 1);
    }
  }

  private TrainingPlan plan(List<ModelPlan> models, int batch) {
    return new TrainingPlan(
        matrix(Networks.features(SAMPLES, 4)),
        matrix(Networks.targets(CLASSIFIER, SAMPLES, 5)),
        batch,
        models);
  }

  /** Whoever judges has a say in the rate, whatever the engine has recorded. */
  @Test
  void theRateIsScaledBetweenSteps() {
    Refinements plateau = Refinements.NONE.withSchedule(new Schedule.Plateau(3, 0.5));
    double[][] x = Networks.widen(Networks.features(SAMPLES, 4));
    double[][] y = Networks.widen(Networks.targets(CLASSIFIER, SAMPLES, 5));
    double[] w = new double[SAMPLES];
    Arrays.fill(w, 1);
    for (Optimizer optimizer : optimizers()) {
      ModelPlan model = model(optimizer, plateau);
      ModelPlan constant = model(optimizer, Refinements.NONE);
      StepOracle oracle = new StepOracle(model, 1);
      StepOracle beside = new StepOracle(constant, 1);
      try (TrainingEngine engine = newEngine(backend, plan(List.of(model, constant), SAMPLES))) {
        for (double scale : new double[] {1, 0.5, 0.125, 0}) {
          oracle.scale = scale;
          engine.scaleRate(0, scale);
          engine.advance(4);
          for (int step = 0; step < 4; step++) {
            oracle.step(x, y, w);
            beside.step(x, y, w);
          }
          String label = optimizer + " times " + scale;
          assertClose(label, oracle.theta, engine.weights(0).toArray(), 2e-5, 1, 1);
          assertClose(label, beside.theta, engine.weights(1).toArray(), 2e-5, 1, 1);
        }
      }
    }
  }

  @Test
  void aRateThatWasPlannedToBeConstantIs() {
    ModelPlan model = model(Optimizer.Adam.of(0.01), Refinements.NONE);
    ModelPlan changing = model.withRefinements(Refinements.NONE.withWarmup(1));
    try (TrainingEngine engine =
        backend.newTrainingEngine(plan(List.of(model, changing), SAMPLES))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.scaleRate(0, 0.5))
          .withMessage("scaleRate: model 0 is planned with a constant rate");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.scaleRate(1, Double.NaN))
          .withMessage("scaleRate: a rate can't be multiplied by NaN");
    }
  }

  @ParameterizedTest
  @MethodSource("refinements")
  void goesOnWithRefinementsToTheSameBits(Refinements refinements) {
    List<ModelPlan> models = new ArrayList<>();
    for (Optimizer optimizer : optimizers()) {
      models.add(model(optimizer, refinements));
    }
    TrainingPlan plan = plan(models, BATCH);
    for (int before : new int[] {1, 4}) {
      try (TrainingEngine whole = newEngine(backend, plan);
          TrainingEngine broken = newEngine(backend, plan);
          TrainingEngine resumed = newEngine(backend, plan)) {
        broken.advance(before);
        List<ModelState> states = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
          states.add(broken.state(i));
        }
        resumed.resume(states);
        whole.advance(before + 6);
        resumed.advance(6);
        for (int i = 0; i < models.size(); i++) {
          assertThat(resumed.weights(i)).isEqualTo(whole.weights(i));
          assertThat(resumed.progress(i)).isEqualTo(whole.progress(i));
        }
      }
    }
  }
}
