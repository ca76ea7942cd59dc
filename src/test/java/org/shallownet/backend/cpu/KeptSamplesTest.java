package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.ArraySource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.tiled.KernelChoice;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Samples that the tiled engine alone holds, beside the same in the backend's memory. */
class KeptSamplesTest {
  private static final int INPUTS = 7;

  /** More than the engine reads at a time, and no whole number of blocks. */
  private static final int ROWS = 80_003;

  private static ArraySource source(int rows, int classes, boolean weighted) {
    Random random = new Random(rows);
    float[][] x = new float[rows][INPUTS];
    float[][] y = new float[rows][weighted ? 2 : 1];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < INPUTS; i++) {
        x[row][i] = (float) random.nextGaussian();
      }
      y[row][0] = random.nextInt(classes);
      if (weighted) {
        y[row][1] = random.nextInt(3);
      }
    }
    return new ArraySource(x, y, weighted);
  }

  private static ModelPlan model(NetworkSpec spec) {
    Random random = new Random(7);
    float[] values = new float[spec.parameterCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 3;
    }
    return new ModelPlan(Weights.of(spec, values), Optimizer.Adam.of(0.01), 0.01, 7);
  }

  private static List<ModelPlan> models(Output output, int outputs) {
    NetworkSpec plain = NetworkSpec.of(INPUTS, output, outputs);
    return List.of(
        model(plain),
        model(plain.withHidden(9, Activation.TANH)),
        model(plain.withHidden(6, Activation.RELU).withHidden(4, Activation.TANH)));
  }

  private record Trained(List<Weights> weights, List<List<Progress>> judged) {}

  private static Trained train(
      Backend backend, Samples samples, Samples dev, List<ModelPlan> models) {
    TrainingPlan plan = new TrainingPlan(samples, samples.rows(), models);
    List<Integer> all = IntStream.range(0, models.size()).boxed().toList();
    try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
      assertThat(engine.name()).isEqualTo("tiled");
      engine.advance(4);
      List<List<Progress>> judged = new ArrayList<>();
      for (Samples others : List.of(dev, samples, dev, dev, samples)) {
        judged.add(engine.evaluate(all, others));
      }
      judged.add(engine.progress(all));
      return new Trained(engine.weights(all), judged);
    }
  }

  @Test
  void theBitsAreThoseOfSamplesInMemory() {
    for (KernelChoice kernels : KernelChoice.values()) {
      for (boolean weighted : new boolean[] {false, true}) {
        try (CpuBackend backend = TiledTrainingTest.open(3, kernels);
            Scope scope = backend.newScope()) {
          ArraySource source = source(ROWS, 3, weighted);
          Samples dev = backend.load(scope, source(10_001, 3, weighted), 0);
          List<ModelPlan> models = models(Output.SOFTMAX_CROSS_ENTROPY, 3);
          Trained resident = train(backend, backend.load(scope, source, 0), dev, models);
          long reads = source.reads();
          Trained kept = train(backend, Samples.kept(source), dev, models);
          assertThat(kept).isEqualTo(resident);
          // Each sample once, for all models.
          assertThat(source.reads() - reads).isLessThanOrEqualTo(2);
        }
      }
    }
  }

  /** Rows so long that less than a stretch of them is read at a time. */
  @Test
  void longRowsAreReadInBlocks() {
    int columns = 601;
    Random random = new Random(3);
    float[][] x = new float[3001][columns];
    float[][] y = new float[x.length][1];
    for (int row = 0; row < x.length; row++) {
      for (int i = 0; i < columns; i++) {
        x[row][i] = (float) random.nextGaussian();
      }
      y[row][0] = random.nextInt(2);
    }
    ArraySource source = new ArraySource(x, y);
    List<ModelPlan> models =
        List.of(
            model(NetworkSpec.of(columns, Output.SIGMOID_CROSS_ENTROPY, 1)),
            model(
                NetworkSpec.of(columns, Output.SIGMOID_CROSS_ENTROPY, 1)
                    .withHidden(2, Activation.TANH)));
    try (CpuBackend backend = TiledTrainingTest.open(2, KernelChoice.AUTO);
        Scope scope = backend.newScope()) {
      Samples loaded = backend.load(scope, source, 0);
      assertThat(train(backend, Samples.kept(source), loaded, models))
          .isEqualTo(train(backend, loaded, loaded, models));
    }
  }

  @Test
  void theBackendSaysOfWhichPlans() {
    ArraySource source = source(500, 2, false);
    ModelPlan model = models(Output.SIGMOID_CROSS_ENTROPY, 1).get(1);
    ModelSamples half = new ModelSamples(first(250), SampleRows.NONE, ModelSamples.ALL_INPUTS);
    ModelSamples held = new ModelSamples(first(499), SampleRows.of(499), ModelSamples.ALL_INPUTS);
    try (CpuBackend backend = TiledTrainingTest.open(1, KernelChoice.AUTO)) {
      assertThat(backend.keepsSamples(plan(source, 500, model))).isTrue();
      // Steps over some of the samples read rows, and so do models on some of them.
      for (TrainingPlan plan :
          List.of(
              plan(source, 499, model),
              plan(source, 500, model, seeing(model, half)),
              plan(source, 500, seeing(model, held)))) {
        assertThat(backend.keepsSamples(plan)).isFalse();
        TrainingPlan kept = new TrainingPlan(Samples.kept(source), plan.batchRows(), plan.models());
        assertThatIllegalArgumentException()
            .isThrownBy(() -> backend.newTrainingEngine(kept))
            .withMessage(
                "newTrainingEngine: no engine of the cpu backend keeps the samples of this plan by"
                    + " itself; load or stream them");
      }
      TrainingPlan kept = new TrainingPlan(Samples.kept(source), 500, List.of(model));
      try (TrainingEngine engine = backend.newTrainingEngine(kept)) {
        Samples others = Samples.kept(source(20, 2, false));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> engine.evaluate(0, others))
            .withMessage(
                "evaluate: the engine keeps no samples but its plan's; load or stream these");
      }
    }
  }

  private static ModelPlan seeing(ModelPlan model, ModelSamples samples) {
    return new ModelPlan(
        model.initial(), model.optimizer(), model.l2(), model.seed(), samples, model.frontRate());
  }

  private static SampleRows first(int count) {
    return SampleRows.of(IntStream.range(0, count).toArray());
  }

  private static TrainingPlan plan(ArraySource source, long batch, ModelPlan... models) {
    return new TrainingPlan(Samples.streamed(source), batch, List.of(models));
  }

  @Test
  void whatIsWrongWithASampleIsFoundAsItIsRead() {
    ArraySource source = source(ROWS, 4, false);
    List<ModelPlan> models = models(Output.SOFTMAX_CROSS_ENTROPY, 3);
    TrainingPlan plan = new TrainingPlan(Samples.kept(source), ROWS, models);
    try (CpuBackend backend = TiledTrainingTest.open(2, KernelChoice.AUTO)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.newTrainingEngine(plan))
          .withMessage("newTrainingEngine: a target is 3.0, not one of the classes 0 to 2");
      ArraySource broken = source(ROWS, 3, false);
      TrainingPlan unread = new TrainingPlan(Samples.kept(broken), ROWS, models);
      UncheckedIOException failure = new UncheckedIOException(new IOException("gone"));
      broken.failAt(2, failure);
      assertThatThrownBy(() -> backend.newTrainingEngine(unread)).isSameAs(failure);
      // The backend has taken no harm.
      backend.newTrainingEngine(unread).close();
    }
  }
}
