package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.shallownet.backend.NumericAssert.assertSameBits;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.ElementwiseOperation.GatherBatch;
import org.shallownet.backend.device.ElementwiseOperation.Multiply;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.OutputOperation.OutputProbabilities;
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.backend.device.ProductOperation.StackedGemm;
import org.shallownet.backend.device.Recording;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.SumOperation.AddSquaredNorm;
import org.shallownet.backend.device.SumOperation.Clear;
import org.shallownet.backend.device.SumOperation.DivideByWeight;
import org.shallownet.backend.device.SumOperation.Increment;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UpdateOperation.AdamStep;
import org.shallownet.backend.device.UpdateOperation.GradientDescentStep;
import org.shallownet.backend.device.UpdateOperation.MomentumStep;
import org.shallownet.network.Activation;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/** Recordings and the counters that let them do something else each time. */
abstract class RecordingContract extends OutputContract {
  private static final int SAMPLES = 700;
  private static final int BATCH = 300;

  /** A step of training from every operation that may be recorded, on memory of its own. */
  private final class Step {
    private final BatchOrder order = new BatchOrder(SAMPLES, 3);
    private final Matrix features = matrix(SAMPLES, 7, filled(SAMPLES * 7, 0));
    private final Matrix classes = matrix(SAMPLES, 1, filled(SAMPLES, 0.5f));
    private final Matrix weighted = matrix(SAMPLES, 2, filled(2 * SAMPLES, 0.5f));
    private final Matrix x = backend.allocate(scope, BATCH, 7);
    private final Matrix y = backend.allocate(scope, BATCH, 1);
    private final Matrix weightedY = backend.allocate(scope, BATCH, 2);
    private final Matrix weightSum = backend.allocate(scope, 1, 2);
    private final Matrix weightedDelta = backend.allocate(scope, BATCH, 5);
    private final Matrix weights = matrix(5, 7, filled(35, 0.1f));
    private final Matrix bias = matrix(1, 5, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f);
    private final Matrix z = backend.allocate(scope, BATCH, 5);
    private final Matrix a = backend.allocate(scope, BATCH, 5);
    private final Matrix copy = backend.allocate(scope, BATCH, 5);
    private final Matrix gradient = backend.allocate(scope, 5, 7);
    private final Matrix biasGradient = backend.allocate(scope, 1, 5);
    private final Matrix first = backend.allocate(scope, 5, 7);
    private final Matrix second = backend.allocate(scope, 5, 7);
    private final Matrix velocity = backend.allocate(scope, 1, 5);
    private final Matrix probabilities = backend.allocate(scope, BATCH, 5);
    private final Tally tally = backend.allocateTally(scope);
    private final Tally weightedTally = backend.allocateTally(scope);
    private final Tally cleared = backend.allocateTally(scope);
    private final Counter steps = backend.allocateCounter(scope);

    private Step(float[] features, float[] classes) {
      backend.upload(features, 0, this.features);
      backend.upload(classes, 0, this.classes);
      backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, this.classes, 5);
      float[] rows = new float[2 * SAMPLES];
      for (int i = 0; i < SAMPLES; i++) {
        rows[2 * i] = classes[i];
        rows[2 * i + 1] = 0.3f * (i % 4);
      }
      backend.upload(rows, 0, weighted);
      backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, weighted, 5);
    }

    private void run() {
      backend.run(new GatherBatch(features, order, steps, BATCH, 0, x));
      backend.run(new GatherBatch(classes, order, steps, BATCH, 0, y));
      backend.run(new Gemm(false, true, 1, x, weights, 0, z));
      backend.run(new StackedGemm(false, true, 1, List.of(x), List.of(weights), 0, List.of(a)));
      backend.run(new BiasActivate(Activation.TANH, bias, a));
      backend.run(new Copy(a, copy));
      backend.run(new OutputProbabilities(Output.SOFTMAX_CROSS_ENTROPY, a, probabilities));
      backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, a, y, 1.0 / BATCH, a, tally));
      backend.run(new GatherBatch(weighted, order, steps, BATCH, 0, weightedY));
      backend.run(
          new OutputDelta(
              Output.SOFTMAX_CROSS_ENTROPY, z, weightedY, 1, weightedDelta, weightedTally));
      backend.run(new SumRows(weightedY, 0, weightSum));
      backend.run(new DivideByWeight(weightSum, weightedDelta));
      backend.run(new Multiply(weightedDelta, bias, weightedDelta));
      backend.run(new ActivationBackward(Activation.TANH, copy, a));
      backend.run(new Gemm(true, false, 1, a, x, 0, gradient));
      backend.run(new SumRows(a, 0, biasGradient));
      backend.run(new AddSquaredNorm(weights, 0.5, tally));
      backend.run(new Clear(cleared));
      backend.run(new AddSquaredNorm(bias, 1, cleared));
      backend.run(
          new AdamStep(gradient, null, first, second, Optimizer.Adam.of(0.01), steps, weights));
      backend.run(new MomentumStep(biasGradient, null, velocity, 0.1f, 0.9f, bias));
      backend.run(new GradientDescentStep(biasGradient, null, 0.1f, bias));
      backend.run(new Increment(steps));
    }

    private List<float[]> results() {
      List<float[]> results = new ArrayList<>();
      for (Matrix matrix :
          List.of(
              x,
              y,
              z,
              weights,
              bias,
              a,
              probabilities,
              first,
              velocity,
              weightSum,
              weightedDelta)) {
        results.add(values(matrix));
      }
      for (Tally sum : List.of(tally, cleared, weightedTally)) {
        Tally.Values values = backend.read(sum);
        results.add(
            new float[] {
              (float) values.cost(),
              (float) (values.cost() * 1e7 % 1),
              (float) values.hits(),
              (float) values.weight()
            });
      }
      return results;
    }
  }

  private static float[] classes() {
    float[] classes = new float[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      classes[i] = i % 5;
    }
    return classes;
  }

  @Test
  void replayingGivesTheBitsOfDirectCalls() {
    float[] features = normals(7 * SAMPLES);
    Step direct = new Step(features, classes());
    Step replayed = new Step(features, classes());
    Recording recording = backend.record(scope, replayed::run);
    for (int step = 0; step < 7; step++) {
      direct.run();
      // The fourth directly, between replays.
      if (step == 3) {
        replayed.run();
      } else {
        backend.replay(recording);
      }
      List<float[]> expected = direct.results();
      List<float[]> results = replayed.results();
      for (int i = 0; i < expected.size(); i++) {
        assertSameBits("result " + i + " of step " + step, expected.get(i), results.get(i));
      }
    }
  }

  @Test
  void recordingPerformsNothing() {
    Matrix from = matrix(1, 2, 1, 2);
    Matrix to = matrix(1, 2, 8, 9);
    Recording recording = backend.record(scope, () -> backend.run(new Copy(from, to)));
    Recording empty = backend.record(scope, () -> {});
    backend.replay(empty);
    assertThat(values(to)).containsExactly(8, 9);
    backend.replay(recording);
    assertThat(values(to)).containsExactly(1, 2);
    backend.upload(new float[] {3, 4}, 0, from);
    backend.replay(recording);
    assertThat(values(to)).containsExactly(3, 4);
  }

  @Test
  void whatTransfersAllocatesOrWaitsCannotBeRecorded() {
    Matrix matrix = matrix(1, 2, 1, 2);
    Tally tally = backend.allocateTally(scope);
    Recording other = backend.record(scope, () -> {});
    Map<String, Runnable> operations = new LinkedHashMap<>();
    operations.put("allocate", () -> backend.allocate(scope, 1, 1));
    operations.put("allocateGroup", () -> backend.allocateGroup(scope, new Shape(1, 1)));
    operations.put("allocateGroups", () -> backend.allocateGroups(scope, 2, new Shape(1, 1)));
    operations.put("allocateTally", () -> backend.allocateTally(scope));
    operations.put("allocateCounter", () -> backend.allocateCounter(scope));
    operations.put("upload", () -> backend.upload(new float[2], 0, matrix));
    operations.put("download", () -> backend.download(matrix, new float[2], 0));
    operations.put("read", () -> backend.read(tally));
    operations.put("set", () -> backend.set(tally, new Tally.Values(1, 2, 3)));
    operations.put("synchronize", backend::synchronize);
    operations.put("record", () -> backend.record(scope, () -> {}));
    operations.put("replay", () -> backend.replay(other));
    operations.put(
        "checkTargets", () -> backend.checkTargets(Output.SIGMOID_CROSS_ENTROPY, matrix, 2));
    int before = backend.openAllocations();
    operations.forEach(
        (name, operation) ->
            assertThatIllegalStateException()
                .isThrownBy(() -> backend.record(scope, operation))
                .withMessage(name + ": this can't be part of a recording"));
    operations.remove("record");
    operations.remove("allocate");
    operations.values().forEach(Runnable::run);
    assertThat(backend.openAllocations()).isGreaterThan(before);
    assertThat(values(matrix)).containsExactly(0, 0);
  }

  @Test
  void argumentsAreCheckedWhileRecording() {
    Matrix two = matrix(1, 2, 1, 2);
    Matrix three = matrix(1, 3, 1, 2, 3);
    int before = backend.openAllocations();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.record(scope, () -> backend.run(new Copy(two, three))))
        .withMessage("copy: the source 1×2 and the destination 1×3 differ in shape");
    assertThat(backend.openAllocations()).isEqualTo(before);
    backend.run(new SumRows(two, 0, matrix(1, 2, 0, 0)));
  }

  @Test
  void aRecordingEndsWithTheMemoryThatItWorksOn() {
    Scope inner = backend.newScope();
    Matrix from = backend.allocate(inner, 1, 2);
    Matrix to = matrix(1, 2, 8, 9);
    Recording recording = backend.record(scope, () -> backend.run(new Copy(from, to)));
    Tally tally = backend.allocateTally(scope);
    Recording owned = backend.record(inner, () -> backend.run(new Clear(tally)));
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                backend.record(
                    scope,
                    () -> {
                      backend.run(new Copy(from, to));
                      inner.close();
                    }))
        .withMessage("record: the scope of a recorded operand is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> backend.replay(recording))
        .withMessage("replay: the scope of a recorded operand is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> backend.replay(owned))
        .withMessage("replay: the scope of the recording is closed");
    assertThat(values(to)).containsExactly(8, 9);
  }
}
