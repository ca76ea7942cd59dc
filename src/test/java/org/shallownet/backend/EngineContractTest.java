package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * What every training engine must do, compared with the {@link Oracle}. An engine's test extends
 * this class and says how to open its backend and the engine.
 */
public abstract class EngineContractTest extends EpochsEngineContract {
  /** How long another thread may take to close a backend. */
  private static final long MOST_NANOS = 60_000_000_000L;

  /** A step of gradient descent with rate 1 shows the gradient: it is the difference of weights. */
  @ParameterizedTest
  @MethodSource("networks")
  void gradientsCostsAndHits(NetworkSpec spec) {
    for (int samples : new int[] {1, 7, 257}) {
      checkGradient(spec, samples, 0);
      checkGradient(spec, samples, 0.1);
    }
  }

  /** More samples than a chunk holds. */
  @Test
  void gradientsOfManySamples() {
    checkGradient(CLASSIFIER, 40_001, 0.1);
  }

  private void checkGradient(NetworkSpec spec, int samples, double l2) {
    float[][] x = Networks.features(samples, 1);
    float[][] y = Networks.targets(spec, samples, 2);
    Weights initial = Networks.weights(spec, 3);
    double[] theta = Reference.widen(initial.toArray());
    Oracle.Result expected = new Oracle(spec, l2).run(theta, Networks.widen(x), Networks.widen(y));
    ModelPlan model = new ModelPlan(initial, new Optimizer.GradientDescent(1), l2, 0);
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(matrix(x), matrix(y), samples, List.of(model)))) {
      engine.advance(1);
      double[] moved = new double[theta.length];
      for (int i = 0; i < theta.length; i++) {
        moved[i] = theta[i] - expected.gradient[i];
      }
      assertClose(spec.toString(), moved, engine.weights(0).toArray(), 2e-6, 1, 1);
      checkProgress(engine.takeProgress(0), samples, expected, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void severalEpochsOfMiniBatches(Optimizer optimizer) {
    float[] ones = new float[23];
    Arrays.fill(ones, 1);
    checkMiniBatches(CLASSIFIER, optimizer, ones, false);
    checkMiniBatches(CLASSIFIER, optimizer, ones, true);
  }

  /** Of as many hidden units as fill vectors, or leave some of them empty. */
  @ParameterizedTest
  @EnumSource
  void severalEpochsOfMiniBatchesOfWiderNetworks(Output output) {
    float[] ones = new float[23];
    Arrays.fill(ones, 1);
    float[] weights = Networks.sampleWeights(23, 9);
    List<Activation> activations = List.of(Activation.values());
    int next = 2 * List.of(Output.values()).indexOf(output);
    for (int outputs : new int[] {output == Output.SOFTMAX_CROSS_ENTROPY ? 2 : 1, 5}) {
      Activation f = activations.get(next % activations.size());
      int units = new int[] {8, 21, 64, 70}[next % 4];
      NetworkSpec spec = NetworkSpec.of(Networks.INPUTS, output, outputs).withHidden(units, f);
      Optimizer optimizer = new Optimizer.GradientDescent(0.01);
      checkMiniBatches(spec, optimizer, ones, false);
      checkMiniBatches(spec, optimizer, weights, true);
      next++;
    }
  }

  @Test
  void advancingInPartsIsAdvancingAtOnce() {
    ModelPlan model = new ModelPlan(Networks.weights(CLASSIFIER, 6), Optimizer.Adam.of(0.01), 0, 5);
    assertThat(train(List.of(model), 23, 11, 1, 4, 2)).isEqualTo(train(List.of(model), 23, 11, 7));
  }

  @Test
  void lookingAtTheProgressChangesNoBitOfIt() {
    ModelPlan model =
        new ModelPlan(Networks.weights(CLASSIFIER, 6), Optimizer.Adam.of(0.01), 0.1, 5);
    TrainingPlan plan =
        new TrainingPlan(
            matrix(Networks.features(257, 4)),
            matrix(Networks.targets(CLASSIFIER, 257, 5)),
            2,
            List.of(model));
    try (TrainingEngine watched = newEngine(backend, plan);
        TrainingEngine left = newEngine(backend, plan)) {
      for (int step = 1; step <= 129; step++) {
        watched.advance(1);
        assertThat(watched.progress(0).samples()).isEqualTo(Math.min(2 * step, 257));
      }
      left.advance(129);
      assertThat(watched.progress(0)).isEqualTo(left.progress(0));
      assertThat(watched.takeProgress(0)).isEqualTo(left.takeProgress(0));
      assertThat(watched.progress(0)).isEqualTo(Progress.NONE);
    }
  }

  @Test
  void modelsOfAPlanTrainAsIfAlone() {
    NetworkSpec wider =
        NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
            .withHidden(9, Activation.RELU);
    List<ModelPlan> models = new ArrayList<>();
    models.add(new ModelPlan(Networks.weights(CLASSIFIER, 1), Optimizer.Adam.of(0.01), 0, 5));
    models.add(new ModelPlan(Networks.weights(wider, 2), optimizers().get(0), 0.1, 5));
    models.add(new ModelPlan(Networks.weights(CLASSIFIER, 3), optimizers().get(1), 0, 6));
    for (int batch : new int[] {11, 23}) {
      requireSameAlone(models, 23, batch, 7);
    }
    // More samples than wide networks work on at a time.
    NetworkSpec wide =
        NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
            .withHidden(200, Activation.TANH);
    models.add(new ModelPlan(Networks.weights(wide, 4), optimizers().get(0), 0.1, 5));
    for (int batch : new int[] {4567, 5003}) {
      requireSameAlone(models, 5003, batch, 3);
    }
  }

  private void requireSameAlone(List<ModelPlan> models, int samples, int batch, int steps) {
    List<Weights> together = train(models, samples, batch, steps);
    for (int i = 0; i < models.size(); i++) {
      Weights alone = train(List.of(models.get(i)), samples, batch, steps).get(0);
      checkSame("model " + i + ", batch " + batch, alone, together.get(i));
    }
  }

  /**
   * Models of equal layer sizes, which an engine may send through a batch together, though
   * everything else differs; one of them stops in the middle.
   */
  @Test
  void modelsOfEqualSizesTrainAsIfAlone() {
    List<ModelPlan> models = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      NetworkSpec spec =
          NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
              .withHidden(6, activation)
              .withHidden(5, Activation.TANH);
      for (Optimizer optimizer : optimizers()) {
        int i = models.size();
        double l2 = i % 2 == 0 ? 0 : 0.1;
        models.add(new ModelPlan(Networks.weights(spec, i), optimizer, l2, i % 4 == 3 ? 6 : 5));
      }
    }
    int retired = 4;
    Matrix x = matrix(Networks.features(300, 4));
    Matrix y = matrix(Networks.targets(CLASSIFIER, 300, 5));
    for (int batch : new int[] {70, 300}) {
      try (TrainingEngine engine = newEngine(backend, new TrainingPlan(x, y, batch, models))) {
        engine.advance(7);
        engine.retire(retired);
        engine.advance(4);
        for (int i = 0; i < models.size(); i++) {
          TrainingPlan alone = new TrainingPlan(x, y, batch, List.of(models.get(i)));
          try (TrainingEngine other = newEngine(backend, alone)) {
            other.advance(i == retired ? 7 : 11);
            checkSame("model " + i, other.weights(0), engine.weights(i));
            if (modelsKeepBits()) {
              assertThat(engine.evaluate(i, Samples.resident(x, y)))
                  .isEqualTo(other.evaluate(0, Samples.resident(x, y)));
              assertThat(engine.takeProgress(i)).isEqualTo(other.takeProgress(0));
            }
          }
        }
      }
    }
  }

  private void checkSame(String description, Weights alone, Weights together) {
    if (modelsKeepBits()) {
      assertThat(together).as(description).isEqualTo(alone);
    } else {
      assertThat(together.toArray())
          .as(description)
          .containsExactly(alone.toArray(), within(1e-3f));
    }
  }

  private List<Weights> train(List<ModelPlan> models, int samples, int batch, int... steps) {
    Matrix x = matrix(Networks.features(samples, 4));
    Matrix y = matrix(Networks.targets(CLASSIFIER, samples, 5));
    List<Weights> weights = new ArrayList<>();
    try (TrainingEngine engine = newEngine(backend, new TrainingPlan(x, y, batch, models))) {
      for (int count : steps) {
        engine.advance(count);
      }
      for (int i = 0; i < models.size(); i++) {
        weights.add(engine.weights(i));
      }
    }
    return weights;
  }

  /** Again and again by the same samples, with others in between. */
  @Test
  void modelsJudgedInOneGoGetWhatEachGetsAlone() {
    NetworkSpec wider =
        NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
            .withHidden(40, Activation.RELU);
    List<ModelPlan> models =
        List.of(
            new ModelPlan(Networks.weights(CLASSIFIER, 1), Optimizer.Adam.of(0.01), 0, 5),
            new ModelPlan(Networks.weights(wider, 2), Optimizer.Adam.of(0.01), 0.1, 5),
            new ModelPlan(Networks.weights(CLASSIFIER, 3), Optimizer.Adam.of(0.01), 0, 6));
    Matrix x = matrix(Networks.features(50, 4));
    Matrix y = matrix(Networks.targets(CLASSIFIER, 50, 5));
    Samples dev =
        Samples.resident(
            matrix(Networks.features(5003, 6)), matrix(Networks.targets(CLASSIFIER, 5003, 7)));
    try (TrainingEngine engine = newEngine(backend, new TrainingPlan(x, y, 50, models))) {
      for (int round = 0; round < 3; round++) {
        List<Progress> alone =
            List.of(engine.evaluate(2, dev), engine.evaluate(0, dev), engine.evaluate(1, dev));
        assertThat(engine.evaluate(List.of(2, 0, 1), dev)).isEqualTo(alone);
        assertThat(engine.evaluate(List.of(0), dev)).isEqualTo(alone.subList(1, 2));
        assertThat(engine.evaluate(List.of(0, 1, 2), Samples.resident(x, y)))
            .extracting(Progress::samples)
            .containsExactly(50L, 50L, 50L);
        assertThat(engine.evaluate(List.of(2, 0, 1), dev)).isEqualTo(alone);
        engine.advance(2);
        assertThat(engine.evaluate(List.of(2, 0, 1), dev)).isNotEqualTo(alone);
      }
      assertThat(engine.evaluate(List.of(), dev)).isEmpty();
    }
  }

  @Test
  void aRetiredModelStaysAsItIs() {
    ModelPlan model = new ModelPlan(Networks.weights(CLASSIFIER, 6), Optimizer.Adam.of(0.01), 0, 5);
    Matrix x = matrix(Networks.features(23, 4));
    Matrix y = matrix(Networks.targets(CLASSIFIER, 23, 5));
    try (TrainingEngine engine =
        newEngine(backend, new TrainingPlan(x, y, 11, List.of(model, model)))) {
      engine.advance(2);
      Weights before = engine.weights(0);
      engine.retire(0);
      engine.advance(2);
      assertThat(engine.weights(0)).isEqualTo(before);
      assertThat(engine.weights(1)).isNotEqualTo(before);
      assertThat(engine.takeProgress(0).samples()).isEqualTo(22);
      // The epoch of 23 samples ends with a batch of one.
      assertThat(engine.takeProgress(1).samples()).isEqualTo(34);
      assertThat(engine.takeProgress(1)).isEqualTo(Progress.NONE);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void evaluatesOtherSamplesWithoutPenalty(NetworkSpec spec) {
    float[][] x = Networks.features(101, 8);
    float[][] y = Networks.targets(spec, 101, 9);
    Weights initial = Networks.weights(spec, 3);
    ModelPlan model = new ModelPlan(initial, new Optimizer.GradientDescent(1), 0.1, 0);
    Oracle.Result expected =
        new Oracle(spec, 0)
            .run(Reference.widen(initial.toArray()), Networks.widen(x), Networks.widen(y));
    TrainingPlan plan =
        new TrainingPlan(
            matrix(Networks.features(7, 1)),
            matrix(Networks.targets(spec, 7, 2)),
            7,
            List.of(model));
    try (TrainingEngine engine = newEngine(backend, plan)) {
      checkProgress(engine.evaluate(0, Samples.resident(matrix(x), matrix(y))), 101, expected, 1);
      assertThat(engine.weights(0)).isEqualTo(initial);
      assertThat(engine.takeProgress(0)).isEqualTo(Progress.NONE);
    }
  }

  /** However often they are judged by; other samples can be judged by between and afterwards. */
  @Test
  void targetsThatAreNoClassAreRefusedAgainAndAgain() {
    TrainingPlan plan = plan();
    float[][] wrong = Networks.targets(CLASSIFIER, 23, 5);
    wrong[20][0] = 3;
    Samples samples = Samples.resident(plan.features(), matrix(wrong));
    try (TrainingEngine engine = newEngine(backend, plan)) {
      Progress right = engine.evaluate(0, plan.samples());
      for (int round = 0; round < 2; round++) {
        for (int again = 0; again < 2; again++) {
          assertThatIllegalArgumentException()
              .isThrownBy(() -> engine.evaluate(0, samples))
              .withMessageContaining("a target is 3.0, not one of the classes 0 to 2");
        }
        assertThat(engine.evaluate(0, plan.samples())).isEqualTo(right);
      }
    }
  }

  @Test
  void samplesOfAnotherBackendOrFormAreRefused() {
    TrainingPlan plan = plan();
    try (TrainingEngine engine = newEngine(backend, plan);
        Backend other = openBackend();
        Scope otherScope = other.newScope()) {
      Matrix x = other.allocate(otherScope, 5, Networks.INPUTS);
      Matrix y = other.allocate(otherScope, 5, 1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.evaluate(0, Samples.resident(x, y)))
          .withMessageContaining("belongs to another backend");
      Matrix narrow = backend.allocate(scope, 23, 2);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.evaluate(0, Samples.resident(narrow, plan.targets())))
          .withMessage(
              "evaluate: samples with 2 features and 1 targets are not of the plan's form");
    }
  }

  /** Samples that were freed, an engine or a backend that was closed. */
  @Test
  void whatIsClosedCanNotBeUsed() {
    Backend other = openBackend();
    Scope samples = other.newScope();
    Matrix x = other.allocate(samples, 5, Networks.INPUTS);
    Matrix y = other.allocate(samples, 5, 1);
    TrainingPlan plan = new TrainingPlan(x, y, 5, plan().models());
    TrainingEngine engine = newEngine(other, plan);
    engine.advance(1);
    samples.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.advance(1))
        .withMessageContaining("is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.evaluate(0, Samples.resident(x, y)))
        .withMessageContaining("is closed");
    engine.close();
    for (ThrowingCallable use : uses(engine)) {
      assertThatIllegalStateException().isThrownBy(use).withMessageContaining("closed");
    }
    TrainingEngine last;
    try (Backend closing = openBackend()) {
      Scope left = closing.newScope();
      last =
          newEngine(
              closing,
              new TrainingPlan(
                  closing.allocate(left, 5, Networks.INPUTS),
                  closing.allocate(left, 5, 1),
                  5,
                  plan().models()));
    }
    for (ThrowingCallable use : uses(last)) {
      assertThatIllegalStateException()
          .isThrownBy(use)
          .withMessage("the " + backend.name() + " backend is closed");
    }
    other.close();
  }

  /** The steps under way are taken first. */
  @Test
  void anyThreadMayCloseTheBackend() throws InterruptedException {
    Backend other = openBackend();
    Scope samples = other.newScope();
    TrainingPlan plan =
        new TrainingPlan(
            other.allocate(samples, 5, Networks.INPUTS),
            other.allocate(samples, 5, 1),
            5,
            plan().models());
    TrainingEngine engine = newEngine(other, plan);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread closer = new Thread(other::close, "closer");
    closer.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
    long begin = System.nanoTime();
    assertThatIllegalStateException()
        .isThrownBy(
            () -> {
              closer.start();
              while (System.nanoTime() - begin < MOST_NANOS) {
                engine.advance(3);
                engine.progress(0);
              }
            })
        .withMessage("the " + other.name() + " backend is closed");
    closer.join();
    assertThat(thrown.get()).isNull();
    engine.close();
    samples.close();
    assertThat(other.openAllocations()).isZero();
  }

  private static List<ThrowingCallable> uses(TrainingEngine engine) {
    return List.of(
        () -> engine.advance(1),
        () -> engine.progress(0),
        () -> engine.takeProgress(0),
        () -> engine.weights(0),
        () -> engine.state(0));
  }
}
