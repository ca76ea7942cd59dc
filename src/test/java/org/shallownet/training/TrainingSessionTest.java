package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Where samples are put, by how many there are. */
class TrainingSessionTest {
  private record Endless(long rows) implements SampleSource {
    @Override
    public int featureColumns() {
      return 1;
    }

    @Override
    public int targetColumns() {
      return 1;
    }

    @Override
    public void read(long first, int count, float[] features, float[] targets) {}

    @Override
    public void gather(long[] rows, int offset, int count, float[] features, float[] targets) {}
  }

  private static TrainingSession open(Backend backend, long rows, long devRows) {
    return open(backend, rows, devRows, 10);
  }

  private static TrainingSession open(Backend backend, long rows, long devRows, long batch) {
    NetworkSpec spec =
        NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(2, Activation.TANH);
    Weights initial = Weights.of(spec, new float[spec.parameterCount()]);
    ModelPlan model = new ModelPlan(initial, Optimizer.Adam.of(0.1), 0, 1);
    return TrainingSession.open(
        backend, new Endless(rows), new Endless(devRows), batch, List.of(model));
  }

  /** More than any heap holds is read as it is needed. */
  @Test
  void whatDoesNotFitIsStreamed() {
    try (Backend backend = Backends.open("cpu")) {
      try (TrainingSession session = open(backend, 1L << 45, 1L << 40)) {
        assertThat(session.placement()).isEqualTo("rows streamed");
        assertThat(session.plan().samples()).isInstanceOf(Samples.Streamed.class);
        session.engine().advance(100);
        assertThat(session.engine().takeProgress(0).samples()).isEqualTo(1000);
      }
      assertThat(backend.openAllocations()).isZero();
      try (TrainingSession session = open(backend, 1000, 1000)) {
        assertThat(session.placement()).isEqualTo("rows resident");
        assertThat(session.dev()).isInstanceOf(Samples.Resident.class);
      }
      assertThat(backend.openAllocations()).isZero();
    }
  }

  /** An engine that reads all samples in each step keeps them, unless there is no room for that. */
  @Test
  void whatAnEngineKeepsIsNotLoadedFirst() {
    try (Backend backend = Backends.open("cpu")) {
      try (TrainingSession session = open(backend, 1000, 500, 1000)) {
        assertThat(session.placement()).isEqualTo("rows resident");
        assertThat(session.plan().samples()).isInstanceOf(Samples.Kept.class);
        assertThat(session.dev()).isInstanceOf(Samples.Resident.class);
        session.engine().advance(3);
        assertThat(session.engine().evaluate(0, session.plan().samples()).samples())
            .isEqualTo(1000);
      }
      try (TrainingSession session = open(backend, 1L << 40, 1L << 40, 1L << 40)) {
        assertThat(session.placement()).isEqualTo("rows streamed");
        assertThat(session.plan().samples()).isInstanceOf(Samples.Streamed.class);
      }
      assertThat(backend.openAllocations()).isZero();
    }
  }
}
