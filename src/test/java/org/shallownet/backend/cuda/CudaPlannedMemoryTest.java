package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.OwnEngines;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.layered.TrainingMemory;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** What is planned with is what engines take of a card's memory, whichever these are. */
@Tag("cuda")
class CudaPlannedMemoryTest {
  /** Tallies, counters and gaps between parameters, for each model. */
  private static final long SLACK = 4096;

  @BeforeEach
  void emulate() {
    CudaTests.requireEmulation();
    CudaEmulator.reset();
  }

  /** Samples that are all 0. */
  private record Zeros(long rows, int featureColumns) implements SampleSource {
    @Override
    public int targetColumns() {
      return 1;
    }

    @Override
    public void read(long first, int count, float[] features, float[] targets) {
      Arrays.fill(features, 0, count * featureColumns, 0);
      Arrays.fill(targets, 0, count, 0);
    }

    @Override
    public void gather(long[] rows, int offset, int count, float[] features, float[] targets) {
      read(0, count, features, targets);
    }
  }

  private static ModelPlan model(int inputs, int hidden, int outputs) {
    Output output = outputs == 1 ? Output.SIGMOID_CROSS_ENTROPY : Output.SOFTMAX_CROSS_ENTROPY;
    NetworkSpec spec = NetworkSpec.of(inputs, output, outputs).withHidden(hidden, Activation.TANH);
    return new ModelPlan(
        Weights.of(spec, new float[spec.parameterCount()]), Optimizer.Adam.of(0.01), 0.1, 1);
  }

  /** Checks what a plan's engine takes and says its name. */
  private static String check(CudaBackend backend, Zeros source, long batch, ModelPlan... models) {
    try (Scope scope = backend.newScope()) {
      TrainingPlan streamed = new TrainingPlan(Samples.streamed(source), batch, List.of(models));
      TrainingMemory memory = TrainingMemory.of(backend, streamed);
      long planned = memory.work() - memory.stream();
      Samples resident = backend.load(scope, source, memory.work());
      assertThat(resident).isInstanceOf(Samples.Resident.class);
      long before = CudaEmulator.liveBytes();
      try (TrainingEngine engine =
          backend.newTrainingEngine(new TrainingPlan(resident, batch, List.of(models)))) {
        engine.advance(2);
        engine.progress(0);
        long taken = CudaEmulator.liveBytes() - before;
        assertThat(taken)
            .as("%s by %s", memory, engine.name())
            .isBetween(planned, planned + SLACK * models.length);
        return engine.name();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "LAYERED, layered, 28, 64, 1, 3000, 3000",
    "LAYERED, layered, 28, 64, 1, 3000, 700",
    "ONE_PASS, one-pass, 28, 64, 1, 3000, 3000",
    "OUTPUT_PASS, output-pass, 20, 600, 10, 3000, 3000",
    "OUTPUT_PASS, output-pass, 20, 600, 10, 3000, 100",
    "WHOLE_RUN, whole-run, 10, 32, 1, 3000, 300",
    "WHOLE_RUN_WIDE, whole-run, 300, 64, 1, 900, 300"
  })
  void enginesTakeWhatIsPlanned(
      ForcedEngine choice, String name, int inputs, int hidden, int outputs, int rows, int batch) {
    try (CudaBackend backend = CudaTests.open(choice)) {
      Zeros source = new Zeros(rows, inputs);
      ModelPlan model = model(inputs, hidden, outputs);
      assertThat(check(backend, source, batch, model)).isEqualTo(name);
    }
    try (CudaBackend backend = CudaTests.open(choice)) {
      Zeros source = new Zeros(rows, inputs);
      ModelPlan model = model(inputs, hidden, outputs);
      ModelPlan other = model(inputs, hidden - 1, outputs);
      assertThat(check(backend, source, batch, other, model, other)).isEqualTo(name);
    }
  }

  /** Which engine trains a model is a matter of those beside it that are left to that engine. */
  @Test
  void partsOfAPlanArePlannedAsTheyAreTrained() {
    List<ModelPlan> models = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      models.add(model(12, 3 + i, 1));
    }
    models.add(model(12, 3000, 1));
    try (CudaBackend backend = CudaTests.open(ForcedEngine.CHOSEN)) {
      Zeros source = new Zeros(300, 12);
      TrainingPlan plan = new TrainingPlan(Samples.streamed(source), 100, models);
      OwnEngines engines = backend.ownEngines(plan);
      assertThat(engines.layered()).isNotNull();
      assertThat(engines.layered().models()).containsExactly(models.get(10));
      assertThat(check(backend, source, 100, models.toArray(ModelPlan[]::new)))
          .isEqualTo("whole-run and output-pass");
    }
  }

  /** Where models have rows of their own, copies of what they see count, whoever trains them. */
  @ParameterizedTest
  @CsvSource({"CHOSEN, whole-run", "LAYERED, layered", "ONE_PASS, one-pass"})
  void copiesOfRowsCount(ForcedEngine choice, String name) {
    List<ModelPlan> models = new ArrayList<>();
    for (int fold = 0; fold < 2; fold++) {
      int begin = 150 * fold;
      SampleRows trained = SampleRows.of(IntStream.range(begin, begin + 100).toArray());
      SampleRows judging = SampleRows.of(IntStream.range(begin + 100, begin + 150).toArray());
      ModelPlan plain = model(12, 20, 1);
      ModelSamples own = new ModelSamples(trained, judging, ModelSamples.ALL_INPUTS);
      models.add(new ModelPlan(plain.initial(), plain.optimizer(), 0.1, 1, own, 0));
    }
    try (CudaBackend backend = CudaTests.open(choice)) {
      ModelPlan[] both = models.toArray(ModelPlan[]::new);
      assertThat(check(backend, new Zeros(300, 12), 40, both)).isEqualTo(name);
    }
  }

  /** Two engines that need the same rows have copies of their own. */
  @Test
  void copiesOfRowsCountForEachEngine() {
    SampleRows trained = SampleRows.of(IntStream.range(0, 200).toArray());
    SampleRows judging = SampleRows.of(IntStream.range(200, 300).toArray());
    ModelSamples own = new ModelSamples(trained, judging, ModelSamples.ALL_INPUTS);
    ModelPlan[] models =
        IntStream.of(20, 3000, 3000)
            .mapToObj(hidden -> model(12, hidden, 1))
            .map(plain -> new ModelPlan(plain.initial(), plain.optimizer(), 0.1, 1, own, 0))
            .toArray(ModelPlan[]::new);
    models[2] = model(12, 3000, 1);
    try (CudaBackend backend = CudaTests.open(ForcedEngine.CHOSEN)) {
      assertThat(check(backend, new Zeros(300, 12), 40, models)).contains("whole-run and ");
    }
  }

  /** What a card would train as a whole goes layer by layer where samples are streamed. */
  @Test
  void streamedSamplesArePlannedLayerByLayer() {
    try (CudaBackend backend = CudaTests.open(ForcedEngine.CHOSEN)) {
      Samples samples = Samples.streamed(new Zeros(3000, 10));
      TrainingPlan plan = new TrainingPlan(samples, 300, List.of(model(10, 32, 1)));
      assertThat(TrainingMemory.of(backend, plan).activations()).isZero();
      TrainingMemory memory = TrainingMemory.streamed(backend, plan);
      assertThat(memory.activations()).isPositive();
      long before = CudaEmulator.liveBytes();
      try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
        engine.advance(2);
        engine.progress(0);
        // The emulation counts the host's memory that the stream copies from, too.
        long planned = memory.work() + memory.stream();
        assertThat(CudaEmulator.liveBytes() - before)
            .as("%s by %s", memory, engine.name())
            .isBetween(planned, planned + SLACK);
      }
    }
  }

  /** An output pass that leaves nearly as much as any. */
  @Test
  void sumsOfOutputPassesCount() {
    assertThat(passBytes(ForcedEngine.LAYERED)).isZero();
    assertThat(passBytes(ForcedEngine.OUTPUT_PASS)).isBetween(120L << 20, 140L << 20);
  }

  private static long passBytes(ForcedEngine choice) {
    try (CudaBackend backend = CudaTests.open(choice)) {
      Samples samples = Samples.streamed(new Zeros(20_000, 2));
      TrainingPlan plan = new TrainingPlan(samples, 20_000, List.of(model(2, 60_000, 1)));
      return TrainingMemory.of(backend, plan).passes();
    }
  }
}
