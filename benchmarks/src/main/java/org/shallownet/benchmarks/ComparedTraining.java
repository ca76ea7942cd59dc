package org.shallownet.benchmarks;

import com.grack.nanojson.JsonWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.shallownet.Version;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Scope;

/**
 * Our side of the comparison with other tools: trains a work again and again, as often as it is
 * told to on standard input, and answers each line with a JSON object. {@code load} reads the data,
 * {@code train N} takes N steps from the first weights and says how long they took, without making
 * the engine, which is said too; {@code cost} says what the trained networks' cost is over all
 * samples, on average if there are several.
 */
final class ComparedTraining implements AutoCloseable {
  private final WorkFiles files;
  private final Backend backend = BackendBenchmark.open("cpu", "fp32");
  private final Scope scope = backend.newScope();
  private @Nullable Samples samples;
  private @Nullable TrainingEngine engine;

  private ComparedTraining(WorkFiles files) {
    this.files = files;
  }

  /**
   * Answers until the input ends.
   *
   * @param arguments as those of {@link WorkFiles#main}, which wrote the files
   */
  public static void main(String[] arguments) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (ComparedTraining training = new ComparedTraining(WorkFiles.of(arguments))) {
      answer(
          JsonWriter.string()
              .object()
              .value("shallownet", Version.current())
              .value("jdk", Runtime.version().toString())
              .value("device", training.backend.device())
              .end()
              .done());
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        String[] words = line.split(" ", -1);
        answer(
            switch (words[0]) {
              case "load" -> training.load();
              case "train" -> training.train(Long.parseLong(words[1]));
              case "cost" -> training.cost();
              default -> throw new IllegalArgumentException("unknown command " + line);
            });
      }
    }
  }

  private static void answer(String json) {
    System.out.println(json);
    System.out.flush();
  }

  private String load() throws IOException {
    Work work = files.work();
    try (TableFile file = TableFile.open(files.data(), work.table(files.rows()))) {
      samples = backend.load(scope, file, BackendBenchmark.ENGINE_BYTES);
    }
    return JsonWriter.string().object().end().done();
  }

  private String train(long steps) {
    if (engine != null) {
      engine.close();
    }
    TrainingPlan plan = files.work().plan(loaded(), files.hidden());
    long started = System.nanoTime();
    TrainingEngine fresh = backend.newTrainingEngine(plan);
    backend.synchronize();
    long made = System.nanoTime();
    fresh.advance(steps);
    backend.synchronize();
    long trained = System.nanoTime();
    engine = fresh;
    return JsonWriter.string()
        .object()
        .value("seconds", (trained - made) * 1e-9)
        .value("preparing", (made - started) * 1e-9)
        .value("engine", fresh.name())
        .end()
        .done();
  }

  private String cost() {
    TrainingEngine trained = engine;
    if (trained == null) {
      throw new IllegalStateException("nothing is trained yet");
    }
    double sum = 0;
    int models = files.work().models(files.hidden()).size();
    for (int model = 0; model < models; model++) {
      sum += trained.evaluate(model, loaded()).cost();
    }
    return JsonWriter.string().object().value("cost", sum / models).end().done();
  }

  private Samples loaded() {
    if (samples == null) {
      throw new IllegalStateException("nothing is loaded yet");
    }
    return samples;
  }

  @Override
  public void close() {
    if (engine != null) {
      engine.close();
    }
    scope.close();
    backend.close();
  }
}
