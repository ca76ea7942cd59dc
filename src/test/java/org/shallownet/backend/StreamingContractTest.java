package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.UploadBuffer;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.shallownet.backend.layered.TrainingMemory;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Weights;

/**
 * Samples that stay on the host and come to the device piece by piece: what every backend must do,
 * where a matrix of these tests' size lies in one piece of memory.
 */
public abstract class StreamingContractTest extends BackendKit {
  private static final NetworkSpec SPEC =
      NetworkSpec.of(Networks.INPUTS, Output.SOFTMAX_CROSS_ENTROPY, 3)
          .withHidden(6, Activation.TANH);

  // Upload buffers

  private static void fill(UploadBuffer buffer, float first, int count) {
    for (int i = 0; i < count; i++) {
      buffer.host().put(i, first + i);
    }
  }

  /** Sums of what was sent, kept on the device until the end, with nothing waited for. */
  @Test
  void aBufferIsUsedAgainAndAgain() {
    UploadBuffer buffer = backend.allocateUploadBuffer(scope, 100, 3);
    List<Matrix> sums = new ArrayList<>();
    for (int round = 0; round < 20; round++) {
      int rows = 100 - round;
      buffer.awaitSent();
      fill(buffer, 1000 * round, 3 * rows);
      Matrix sent = buffer.send(rows);
      assertThat(sent.shape()).isEqualTo(rows + "×3");
      Matrix sum = backend.allocate(scope, 1, 3);
      backend.run(new SumRows(sent, 0, sum));
      buffer.release();
      sums.add(sum);
    }
    for (int round = 0; round < 20; round++) {
      int rows = 100 - round;
      float last = 3 * rows - 3;
      float first = rows * (1000f * round + last / 2);
      assertThat(values(sums.get(round))).containsExactly(first, first + rows, first + 2 * rows);
    }
  }

  @Test
  void misuseOfABufferIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.allocateUploadBuffer(scope, 1 << 29, 1))
        .withMessage(
            "allocateUploadBuffer: a buffer holds at most 536870911 elements, not 536870912×1");
    Scope own = backend.newScope();
    UploadBuffer buffer = backend.allocateUploadBuffer(own, 2, 2);
    assertThatThrownBy(() -> buffer.send(3)).isInstanceOf(IndexOutOfBoundsException.class);
    buffer.awaitSent();
    buffer.release();
    buffer.send(1);
    assertThatIllegalStateException()
        .isThrownBy(() -> buffer.send(1))
        .withMessage("send: what was sent before has not been released");
    buffer.release();
    own.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> buffer.send(1))
        .withMessage("send: the scope of the matrix is closed");
  }

  // Training

  private static ArraySource source(int samples, long seed) {
    return new ArraySource(
        Networks.features(samples, seed), Networks.targets(SPEC, samples, seed + 1));
  }

  private static ArraySource weightedSource(int samples, long seed) {
    float[][] targets = Networks.targets(SPEC, samples, seed + 1);
    float[] weights = Networks.sampleWeights(samples, seed + 2);
    return new ArraySource(
        Networks.features(samples, seed), Networks.withWeights(targets, weights), true);
  }

  /** Two orders of mini-batches, three shapes, with refinements and without. */
  private static List<ModelPlan> models() {
    NetworkSpec wide = SPEC.withHidden(40, Activation.RELU);
    Optimizer adam = Optimizer.Adam.of(0.01);
    Refinements refinements = Refinements.NONE.withWarmup(1).withDropout(0.3).withL1(0.01);
    return List.of(
        new ModelPlan(Networks.weights(SPEC, 1), adam, 0.1, 5),
        new ModelPlan(Networks.weights(wide, 2), new Optimizer.Momentum(0.01, 0.9), 0, 6),
        new ModelPlan(Networks.weights(SPEC, 3), adam, 0, 5),
        new ModelPlan(Networks.weights(SPEC, 4), adam, 0, 5).withRefinements(refinements));
  }

  private record Result(List<Weights> weights, List<Progress> progress) {}

  private Result train(List<ModelPlan> models, Samples samples, Samples dev, int batch) {
    List<Progress> progress = new ArrayList<>();
    List<Weights> weights = new ArrayList<>();
    TrainingPlan plan = new TrainingPlan(samples, batch, models);
    try (TrainingEngine engine =
        OwnSamplesEngine.open(backend, plan, plain -> new LayeredTrainingEngine(backend, plain))) {
      for (int round = 0; round < 3; round++) {
        engine.advance(round == 0 ? 1 : Math.max(2, plan.stepsPerEpoch() - 1));
        for (int i = 0; i < models.size(); i++) {
          progress.add(engine.takeProgress(i));
          progress.add(engine.evaluate(i, dev));
        }
        progress.addAll(engine.judge(List.of(0, 1)));
        if (round == 1) {
          engine.retire(0);
        }
      }
      for (int i = 0; i < models.size(); i++) {
        weights.add(engine.weights(i));
      }
    }
    return new Result(weights, progress);
  }

  /** Full batches, batches larger than a chunk, and many to a piece; short last ones. */
  @ParameterizedTest
  @CsvSource({"1,1", "257,257", "601,601", "601,300", "601,64", "300,11"})
  protected void streamingGivesTheSameBitsAsResidence(int rows, int batch) {
    requireSameBits(source(rows, 1), source(rows / 2 + 1, 7), batch);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "257,257", "601,300", "601,64", "300,11"})
  protected void weightedStreamingGivesTheSameBitsAsResidence(int rows, int batch) {
    requireSameBits(weightedSource(rows, 1), weightedSource(rows / 2 + 1, 7), batch);
  }

  /** Of a fold and of the others' fold, one of them on inputs of its own; with a front scale. */
  @ParameterizedTest
  @CsvSource({"601,601", "601,64"})
  protected void streamingOwnRowsGivesTheSameBitsAsResidence(int rows, int batch) {
    SampleRows fold = SampleRows.of(IntStream.range(0, rows).filter(i -> i % 3 == 1).toArray());
    SampleRows others = fold.others(rows);
    NetworkSpec narrow =
        NetworkSpec.of(2, SPEC.output(), SPEC.outputs()).withHidden(6, Activation.TANH);
    Optimizer adam = Optimizer.Adam.of(0.01);
    ModelSamples all = new ModelSamples(others, fold, ModelSamples.ALL_INPUTS);
    List<ModelPlan> models =
        List.of(
            new ModelPlan(Networks.weights(SPEC, 1), adam, 0.1, 5, all, 6),
            new ModelPlan(
                Networks.weights(narrow, 2), adam, 0, 6, new ModelSamples(fold, others, 3), 2),
            new ModelPlan(Networks.weights(SPEC, 3), adam, 0, 5));
    ArraySource train = weightedSource(rows, 1);
    ArraySource dev = weightedSource(99, 7);
    Samples resident = backend.load(scope, train, 0);
    Result expected = train(models, resident, backend.load(scope, dev, 0), batch);
    assertThat(expected.progress().get(6).samples()).isEqualTo(fold.count(rows));
    assertThat(train(models, Samples.streamed(train), Samples.streamed(dev), batch))
        .isEqualTo(expected);
  }

  private void requireSameBits(ArraySource train, ArraySource dev, int batch) {
    Samples resident = backend.load(scope, train, 0);
    Samples residentDev = backend.load(scope, dev, 0);
    assertThat(resident).isInstanceOf(Samples.Resident.class);
    assertThat(resident.weighted()).isEqualTo(train.weighted());
    for (List<ModelPlan> models : List.of(models(), models().subList(1, 2))) {
      Result expected = train(models, resident, residentDev, batch);
      Samples streamed = Samples.streamed(train);
      assertThat(train(models, streamed, Samples.streamed(dev), batch)).isEqualTo(expected);
      assertThat(train(models, streamed, residentDev, batch)).isEqualTo(expected);
      assertThat(train(models, resident, Samples.streamed(dev), batch)).isEqualTo(expected);
    }
  }

  @Test
  void evaluationNeedsSamplesOfThePlansForm() {
    Samples samples = Samples.streamed(source(9, 1));
    ArraySource narrow = new ArraySource(new float[9][2], new float[9][1]);
    TrainingPlan plan = new TrainingPlan(samples, 9, models());
    try (TrainingEngine engine = new LayeredTrainingEngine(backend, plan)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.evaluate(0, Samples.streamed(narrow)))
          .withMessage(
              "evaluate: samples with 2 features and 1 targets are not of the plan's form");
    }
    assertThatIllegalStateException()
        .isThrownBy(plan::features)
        .withMessage("the plan's samples are not in the device's memory");
  }

  /** They are seen when they are there. */
  @Test
  void weightsThatAreNoneAreRefused() {
    float[] weights = Networks.sampleWeights(701, 3);
    weights[650] = -2;
    ArraySource source =
        new ArraySource(
            Networks.features(701, 1),
            Networks.withWeights(Networks.targets(SPEC, 701, 2), weights),
            true);
    TrainingPlan plan = new TrainingPlan(Samples.streamed(source), 64, models());
    try (TrainingEngine engine = new LayeredTrainingEngine(backend, plan)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.advance(20))
          .withMessage("read: a weight is -2.0; weights are finite and not negative");
    }
    requireNoReader();
  }

  /** Whatever is thrown while reading, and whenever: it is what the caller gets. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7})
  void whatASourceThrowsReachesTheCaller(int nthRead) {
    for (Throwable thrown :
        List.of(new UncheckedIOException(new IOException("gone")), new AssertionError())) {
      ArraySource source = source(701, 1);
      source.failAt(nthRead, thrown);
      TrainingPlan plan = new TrainingPlan(Samples.streamed(source), 64, models());
      try (TrainingEngine engine = new LayeredTrainingEngine(backend, plan)) {
        assertThatThrownBy(() -> engine.advance(20)).isSameAs(thrown);
      }
    }
    requireNoReader();
  }

  /** An interruption is somebody else's business and stays pending. */
  @Test
  void interruptionIsLeftPending() {
    ArraySource source = source(701, 1);
    TrainingPlan plan = new TrainingPlan(Samples.streamed(source), 64, models());
    try (TrainingEngine engine = new LayeredTrainingEngine(backend, plan)) {
      Thread.currentThread().interrupt();
      engine.advance(20);
      assertThat(Thread.interrupted()).isTrue();
    }
    requireNoReader();
  }

  /** Memory that a reader fills is not freed before the reader has ended. */
  @Test
  void closingTheBackendEndsReading() {
    try (Backend other = open()) {
      Samples samples = Samples.streamed(source(5001, 1));
      new LayeredTrainingEngine(other, new TrainingPlan(samples, 11, models())).advance(1);
    }
    requireNoReader();
  }

  @Test
  void anotherThreadThatClosesTheBackendEndsReading() throws InterruptedException {
    Backend other = open();
    Samples samples = Samples.streamed(source(5001, 1));
    TrainingEngine engine =
        new LayeredTrainingEngine(other, new TrainingPlan(samples, 11, models()));
    engine.advance(1);
    Thread closer = new Thread(other::close, "closer");
    closer.start();
    closer.join();
    requireNoReader();
    engine.close();
    assertThat(other.openAllocations()).isZero();
  }

  /** A thread whose work has ended takes a moment to end itself. */
  private static void requireNoReader() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("shallownet-reader")) {
        assertThatNoException().isThrownBy(() -> thread.join(5000));
        assertThat(thread.isAlive()).isFalse();
      }
    }
  }

  @Test
  void whatDoesNotFitBesideTheReserveIsStreamed() {
    ArraySource source = source(9, 1);
    long free = backend.freeBytes();
    assertThat(backend.load(scope, source, free)).isEqualTo(Samples.streamed(source));
    assertThat(backend.load(scope, source, Long.MAX_VALUE)).isEqualTo(Samples.streamed(source));
    long bytes = TrainingMemory.bytesOf(Samples.streamed(source));
    assertThat(bytes).isEqualTo(9 * 6 * 4);
    assertThat(backend.load(scope, source, free - bytes + 1)).isEqualTo(Samples.streamed(source));
    assertThat(backend.load(scope, source, free - bytes)).isInstanceOf(Samples.Resident.class);
  }
}
