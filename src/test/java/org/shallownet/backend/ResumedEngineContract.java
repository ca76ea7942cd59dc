package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/** An engine that begins from another one's state does, to the bit, what that would have done. */
abstract class ResumedEngineContract extends EngineKit {
  private static final int SAMPLES = 23;

  /** Two batches of 11 and one of a single sample make an epoch. */
  private static final int BATCH = 11;

  private List<ModelPlan> models(Optimizer optimizer) {
    NetworkSpec wider =
        NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
            .withHidden(9, Activation.RELU);
    NetworkSpec plain = NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3);
    return List.of(
        new ModelPlan(Networks.weights(CLASSIFIER, 1), optimizer, 0.05, 77),
        new ModelPlan(Networks.weights(wider, 2), optimizer, 0, 77),
        new ModelPlan(Networks.weights(CLASSIFIER, 3), optimizer, 0.1, 5),
        new ModelPlan(Networks.weights(plain, 4), optimizer, 0, 5));
  }

  private TrainingPlan plan(List<ModelPlan> models, boolean weighted, int batch) {
    float[][] x = Networks.features(SAMPLES, 4);
    float[][] y = Networks.targets(CLASSIFIER, SAMPLES, 5);
    Samples samples =
        weighted
            ? weighted(x, y, Networks.sampleWeights(SAMPLES, 6))
            : Samples.resident(matrix(x), matrix(y));
    return new TrainingPlan(samples, batch, models);
  }

  private static List<ModelState> states(TrainingEngine engine, int count) {
    List<ModelState> states = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      states.add(engine.state(i));
    }
    return states;
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void goesOnFromAnyStep(Optimizer optimizer) {
    for (int before : new int[] {1, 3, 4, 6}) {
      goesOn(optimizer, before, false, BATCH);
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void goesOnWithWeightedSamplesAndWithFullBatches(Optimizer optimizer) {
    goesOn(optimizer, 4, true, BATCH);
    goesOn(optimizer, 2, false, SAMPLES);
  }

  private void goesOn(Optimizer optimizer, int before, boolean weighted, int batch) {
    List<ModelPlan> models = models(optimizer);
    TrainingPlan plan = plan(models, weighted, batch);
    int count = models.size();
    try (TrainingEngine whole = newEngine(backend, plan);
        TrainingEngine broken = newEngine(backend, plan);
        TrainingEngine resumed = newEngine(backend, plan)) {
      broken.advance(before);
      resumed.resume(states(broken, count));
      for (int i = 0; i < count; i++) {
        assertThat(resumed.progress(i)).isEqualTo(broken.progress(i));
        assertThat(resumed.weights(i)).isEqualTo(broken.weights(i));
      }
      // Further than one recording of steps, and over the ends of epochs.
      whole.advance(before);
      whole.advance(7);
      resumed.advance(7);
      for (int i = 0; i < count; i++) {
        String label = optimizer + ", model " + i + " after " + before + " steps";
        assertThat(resumed.weights(i)).as(label).isEqualTo(whole.weights(i));
        assertThat(resumed.takeProgress(i)).as(label).isEqualTo(whole.takeProgress(i));
        requireEqual(resumed.state(i), whole.state(i));
      }
    }
  }

  private static void requireEqual(ModelState one, ModelState other) {
    assertThat(one.steps()).isEqualTo(other.steps());
    assertThat(one.sums()).isEqualTo(other.sums());
    assertThat(one.groups()).hasSameSizeAs(other.groups());
    for (int g = 0; g < one.groups().size(); g++) {
      assertThat(one.groups().get(g).values()).isEqualTo(other.groups().get(g).values());
      assertThat(one.groups().get(g).moments()).hasSameSizeAs(other.groups().get(g).moments());
      for (int m = 0; m < one.groups().get(g).moments().size(); m++) {
        assertThat(one.groups().get(g).moments().get(m))
            .isEqualTo(other.groups().get(g).moments().get(m));
      }
    }
  }

  /** Those that have ended stay behind: the others go on as they would have beside them. */
  @Test
  void goesOnWithSomeOfTheModels() {
    List<ModelPlan> models = models(Optimizer.Adam.of(0.01));
    TrainingPlan plan = plan(models, false, BATCH);
    TrainingPlan fewer =
        new TrainingPlan(plan.samples(), BATCH, List.of(models.get(1), models.get(2)));
    try (TrainingEngine whole = newEngine(backend, plan);
        TrainingEngine resumed = newEngine(backend, fewer)) {
      whole.advance(3);
      whole.retire(0);
      whole.retire(3);
      resumed.resume(List.of(whole.state(1), whole.state(2)));
      whole.advance(5);
      resumed.advance(5);
      assertThat(resumed.weights(0)).isEqualTo(whole.weights(1));
      assertThat(resumed.weights(1)).isEqualTo(whole.weights(2));
    }
  }

  @Test
  void aStateDoesNotChangeWhenTrainingGoesOn() {
    List<ModelPlan> models = models(Optimizer.Adam.of(0.01)).subList(0, 1);
    try (TrainingEngine engine = newEngine(backend, plan(models, false, BATCH))) {
      engine.advance(3);
      ModelState state = engine.state(0);
      float[] weights = state.groups().get(0).values().clone();
      float[] moment = state.groups().get(0).moments().get(1).clone();
      engine.advance(3);
      assertThat(state.groups().get(0).values()).isEqualTo(weights);
      assertThat(state.groups().get(0).moments().get(1)).isEqualTo(moment);
      assertThat(engine.weights(0).toArray()).isNotEqualTo(weights);
    }
  }

  /** Another engine has no use for what this one adds up the sums from. */
  @Test
  void theSumsGoOnWithoutTheirParts() {
    List<ModelPlan> models = models(Optimizer.Adam.of(0.01)).subList(0, 1);
    TrainingPlan plan = plan(models, true, BATCH);
    try (TrainingEngine whole = newEngine(backend, plan);
        TrainingEngine resumed = newEngine(backend, plan)) {
      whole.advance(2);
      ModelState state = whole.state(0);
      resumed.resume(List.of(new ModelState(state.groups(), state.steps(), state.sums())));
      whole.advance(1);
      resumed.advance(1);
      Progress expected = whole.progress(0);
      Progress found = resumed.progress(0);
      assertThat(found.samples()).isEqualTo(expected.samples());
      assertThat(found.lossSum()).isCloseTo(expected.lossSum(), within(1e-9));
      assertThat(found.weight()).isCloseTo(expected.weight(), within(1e-9));
      assertThat(found.penaltySum()).isCloseTo(expected.penaltySum(), within(1e-9));
      assertThat(found.hits()).isCloseTo(expected.hits(), within(1e-9));
    }
  }

  @Test
  void whatCanNotGoOnIsRefused() {
    List<ModelPlan> models = models(Optimizer.Adam.of(0.01)).subList(0, 2);
    TrainingPlan plan = plan(models, false, BATCH);
    try (TrainingEngine from = backend.newTrainingEngine(plan);
        TrainingEngine engine = backend.newTrainingEngine(plan)) {
      ModelState first = from.state(0);
      ModelState second = from.state(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.resume(List.of(first)))
          .withMessage("resume: 1 states for 2 models");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.resume(List.of(second, first)))
          .withMessageStartingWith("a state of 84 parameters with 2 moments does not fit a 5-6-3");
      from.advance(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.resume(List.of(from.state(0), second)))
          .withMessage(
              "resume: model 1 has taken 0 steps, 1 are needed to go on beside the others");
      engine.resume(List.of(from.state(0), from.state(1)));
      engine.advance(1);
      assertThatIllegalStateException()
          .isThrownBy(() -> engine.resume(List.of(from.state(0), from.state(1))))
          .withMessage("resume: the engine has taken steps of its own");
    }
  }
}
