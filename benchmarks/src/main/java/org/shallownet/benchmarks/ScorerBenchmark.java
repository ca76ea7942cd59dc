package org.shallownet.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.Model;
import org.shallownet.model.scoring.Prediction;
import org.shallownet.model.scoring.Scorer;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;
import org.shallownet.training.ensemble.EnsembleSettings;
import org.shallownet.training.ensemble.Family;

/** A row of 30 numbers scored without a backend, by one network and by a default ensemble. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
public class ScorerBenchmark {
  private static final int COLUMNS = 30;
  private static final int ROWS = 1_000;

  /** {@code 30-32-1} with tanh, or what {@code train} makes by default. */
  @Param({"30-32-1", "ensemble"})
  public String model = "";

  private Scorer scorer;

  private float[][] rows;

  /** What one thread asks. */
  @State(Scope.Thread)
  public static class Asked {
    private final float[] out = new float[2];
    private int next;
  }

  @Setup(Level.Trial)
  public void prepare() {
    Random random = new Random(3);
    rows = new float[ROWS][COLUMNS];
    for (float[] row : rows) {
      for (int c = 0; c < COLUMNS; c++) {
        row[c] = (float) random.nextGaussian();
      }
    }
    List<String> names = IntStream.range(0, COLUMNS).mapToObj(c -> "column " + c).toList();
    Target target =
        new Target.Classes(
            List.of("no", "yes"), IntStream.range(0, ROWS).map(r -> r % 2).toArray());
    Dataset data = Dataset.of(names, rows, "target", target);
    Preprocessing plain = Preprocessing.fit(data, true, warning -> {});
    List<Weights> networks = new ArrayList<>();
    Preprocessing preprocessing = plain;
    if (model.equals("ensemble")) {
      preprocessing = plain.withPieces(data);
      EnsembleSettings settings = EnsembleSettings.of(data);
      for (Family family : settings.families()) {
        int inputs = family.piecewise() ? preprocessing.inputs() : COLUMNS;
        for (int member = 0; member < settings.members(); member++) {
          networks.add(network(inputs, settings.units(), family.activation(), random));
        }
      }
    } else {
      networks.add(network(COLUMNS, 32, Activation.TANH, random));
    }
    scorer =
        new Model(
                networks,
                Task.BINARY,
                preprocessing,
                List.of("target"),
                List.of("no", "yes"),
                null,
                Map.of(),
                Map.of())
            .scorer();
  }

  private static Weights network(int inputs, int units, Activation activation, Random random) {
    NetworkSpec spec =
        NetworkSpec.of(inputs, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(units, activation);
    float[] values = new float[spec.parameterCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.2f * (float) random.nextGaussian();
    }
    return Weights.of(spec, values);
  }

  /** From an array to an array. */
  @Benchmark
  public float array(Asked asked) {
    asked.next = (asked.next + 1) % ROWS;
    scorer.score(rows[asked.next], asked.out);
    return asked.out[1];
  }

  /** With the answer by name. */
  @Benchmark
  public Prediction named(Asked asked) {
    asked.next = (asked.next + 1) % ROWS;
    return scorer.predict(rows[asked.next]);
  }
}
