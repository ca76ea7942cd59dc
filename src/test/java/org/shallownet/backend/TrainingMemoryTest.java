package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.shallownet.backend.layered.TrainingMemory;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** What is planned is what is taken. */
class TrainingMemoryTest {
  private static final int TALLY_BYTES = 24;
  private static final int COUNTER_BYTES = 8;

  private static ModelPlan model(NetworkSpec spec, Optimizer optimizer, double l2) {
    long seed = optimizer instanceof Optimizer.Adam ? 1 : 0;
    return new ModelPlan(Weights.of(spec, new float[spec.parameterCount()]), optimizer, l2, seed);
  }

  private static NetworkSpec spec(int units) {
    return NetworkSpec.of(units, Output.SOFTMAX_CROSS_ENTROPY, units)
        .withHidden(units, Activation.TANH);
  }

  /** Networks that the same rows judge share a copy of them. */
  @Test
  void rowsThatAreHeldBackCount() {
    SampleRows held = SampleRows.of(3, 5, 8);
    try (Backend backend = Backends.open("cpu")) {
      long with = foldBytes(backend, held);
      assertThat(with - foldBytes(backend, SampleRows.NONE)).isEqualTo(3 * (4 + 1) * Float.BYTES);
    }
  }

  private static long foldBytes(Backend backend, SampleRows held) {
    ModelPlan plain = model(spec(4), Optimizer.Adam.of(0.1), 0);
    ModelSamples own = new ModelSamples(SampleRows.of(0, 1, 2), held, ModelSamples.ALL_INPUTS);
    ModelPlan model = new ModelPlan(plain.initial(), plain.optimizer(), 0, 0, own, 0);
    Samples samples = Samples.streamed(new ArraySource(new float[20][4], new float[20][1]));
    return TrainingMemory.of(backend, new TrainingPlan(samples, 2, List.of(model, model))).work();
  }

  /** Layers so wide that no card leaves gaps between their parameters. */
  @ParameterizedTest
  @CsvSource({
    "9000, 9000, false",
    "9000, 300, false",
    "300, 7, false",
    "9000, 9000, true",
    "300, 7, true"
  })
  void thePlanIsExact(int rows, int batch, boolean weighted) {
    NetworkSpec two = spec(64).withHidden(128, Activation.RELU);
    List<ModelPlan> models =
        List.of(
            model(spec(64), Optimizer.Adam.of(0.1), 0.1),
            model(spec(64), new Optimizer.Momentum(0.1, 0.9), 0),
            model(two, new Optimizer.GradientDescent(0.1), 0),
            new ModelPlan(
                model(two, Optimizer.Adam.of(0.1), 0).initial(),
                Optimizer.Adam.of(0.1),
                0.1,
                0,
                ModelSamples.ALL,
                6));
    try (Backend backend = Backends.open("cpu");
        Scope scope = backend.newScope()) {
      ArraySource source =
          new ArraySource(new float[rows][64], new float[rows][weighted ? 2 : 1], weighted);
      Samples resident = backend.load(scope, source, 0);
      long samples = backend.openBytes();
      TrainingMemory memory = TrainingMemory.of(backend, new TrainingPlan(resident, batch, models));
      assertThat(memory.samples()).isEqualTo(samples);
      long tallies = (2L * models.size() + 1) * TALLY_BYTES + COUNTER_BYTES;
      long taken = taken(backend, new TrainingPlan(resident, batch, models));
      assertThat(taken).isEqualTo(memory.work() - memory.stream() + tallies);
      // What is on the host comes on top.
      long streaming = taken(backend, new TrainingPlan(Samples.streamed(source), batch, models));
      assertThat(streaming).isEqualTo(memory.work() + memory.stream() + tallies);
    }
  }

  private static long taken(Backend backend, TrainingPlan plan) {
    long before = backend.openBytes();
    try (TrainingEngine engine = new LayeredTrainingEngine(backend, plan)) {
      engine.advance(1);
      return backend.openBytes() - before;
    }
  }
}
