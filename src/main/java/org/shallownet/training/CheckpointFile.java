package org.shallownet.training;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.Version;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.data.DataException;
import org.shallownet.model.AtomicFile;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;
import org.shallownet.training.checkpoint.CheckpointReader;
import org.shallownet.training.checkpoint.CheckpointWriter;

/**
 * What a checkpoint's texts and arrays mean: {@code training.json} says what is trained, and for
 * each network {@code N/network.json} how far it is, with its arrays beside it.
 *
 * <p>Numbers with a fraction are texts in the JSON, as Java writes them: so they come back to the
 * bit, and infinities and not-a-number among them can be written.
 */
final class CheckpointFile {
  /** Changes whenever an older version could not go on from the file. */
  private static final int FORMAT = 1;

  private static final String TRAINING = "training.json";
  private static final int REPORT_NUMBERS = 7;

  private CheckpointFile() {}

  /**
   * What is trained: what must be the same for a training to be gone on with.
   *
   * @param settings of each network, as its model's provenance says them, in the order of the list
   * @param samples the fingerprint of the samples to train on, as the networks see them
   * @param dev that of the samples to judge by; empty without
   */
  record Content(List<Map<String, String>> settings, String samples, String dev) {}

  /** Hands out how far networks are; asked for one after the other, so that memory holds one. */
  interface Networks {
    NetworkState get(int number);
  }

  /**
   * Writes a checkpoint; what was there before stays until it is complete.
   *
   * @param notes what is not needed to go on
   * @throws IOException if it can't be written
   */
  static void write(Path file, Content content, Map<String, String> notes, Networks networks)
      throws IOException {
    AtomicFile.write(
        file,
        out -> {
          CheckpointWriter writer = new CheckpointWriter(out);
          JsonObject training = new JsonObject();
          training.put("format", FORMAT);
          training.put("shallownet", Version.current());
          training.put("networks", content.settings().size());
          training.put("samples", content.samples());
          training.put("dev_samples", content.dev());
          if (!notes.isEmpty()) {
            training.put("notes", new JsonObject(notes));
          }
          writer.text(TRAINING, JsonWriter.string(training));
          for (int i = 0; i < content.settings().size(); i++) {
            write(writer, i + "/", content.settings().get(i), networks.get(i));
          }
          writer.finish();
        });
  }

  private static void write(
      CheckpointWriter writer, String folder, Map<String, String> settings, NetworkState state)
      throws IOException {
    JsonObject json = new JsonObject();
    json.put("settings", new JsonObject(settings));
    if (state instanceof NetworkState.Training training) {
      json.put("stage", "training");
      json.put("engine", training.name());
      json.put("epochs", training.epochs());
      json.put("done", training.done());
      put(json, "seconds", training.seconds());
      write(writer, folder, json, training.run());
      write(writer, folder, json, training.engine());
    } else if (state instanceof NetworkState.Over over) {
      json.put("stage", "over");
      json.put("ending", over.ending().name());
      json.put("epochs", over.epochs());
      json.put("best_epoch", over.bestEpoch());
      json.put("engine", over.engine());
      put(json, "seconds", over.seconds());
      put(json, "samples_per_second", over.samplesPerSecond());
      NetworkState.Divergence divergence = over.divergence();
      if (divergence != null) {
        json.put("divergence", divergence.message());
        json.put("divergence_epoch", divergence.epoch());
      }
      write(writer, folder, json, over.history());
      writer.floats(folder + "weights", over.weights().toArray());
    } else {
      json.put("stage", "waiting");
    }
    writer.text(folder + "network.json", JsonWriter.string(json));
  }

  private static void write(CheckpointWriter writer, String folder, JsonObject json, RunState run)
      throws IOException {
    put(json, "best_cost", run.bestCost());
    json.put("best_epoch", run.bestEpoch());
    json.put("stride", run.stride());
    put(json, "first_cost", run.firstCost());
    json.put("latest_epoch", run.latestEpoch());
    json.put("kept_epoch", run.keptEpoch());
    json.put("samples_seen", run.samplesSeen());
    put(json, "rate_scale", run.rateScale());
    json.put("rate_epoch", run.rateEpoch());
    json.put("seen", progress(run.seen()));
    write(writer, folder, json, run.history());
    write(writer, folder + "latest", run.latest());
    write(writer, folder + "best", run.kept());
  }

  private static void write(CheckpointWriter writer, String name, @Nullable Weights weights)
      throws IOException {
    if (weights != null) {
      writer.floats(name, weights.toArray());
    }
  }

  private static void write(
      CheckpointWriter writer, String folder, JsonObject json, List<EpochReport> history)
      throws IOException {
    json.put("reports", history.size());
    double[] rows = new double[history.size() * REPORT_NUMBERS];
    int at = 0;
    for (EpochReport report : history) {
      rows[at++] = report.epoch();
      rows[at++] = report.trainCost();
      rows[at++] = report.devCost();
      rows[at++] = report.seconds();
      rows[at++] = report.trainScore();
      rows[at++] = report.devScore();
      rows[at++] = report.best() ? 1 : 0;
    }
    writer.doubles(folder + "history", rows, REPORT_NUMBERS);
  }

  private static void write(
      CheckpointWriter writer, String folder, JsonObject json, ModelState engine)
      throws IOException {
    json.put("steps", engine.steps());
    json.put("sums", progress(Progress.of(engine.sums())));
    json.put("parts", engine.parts().length);
    json.put("groups", engine.groups().size());
    if (engine.parts().length > 0) {
      writer.doubles(folder + "sums", engine.parts(), 1);
    }
    for (int g = 0; g < engine.groups().size(); g++) {
      ModelState.Group group = engine.groups().get(g);
      json.put("group" + g + "_size", group.values().length);
      json.put("group" + g + "_moments", group.moments().size());
      writer.floats(folder + array("weights", g), group.values());
      for (int m = 0; m < group.moments().size(); m++) {
        writer.floats(folder + array("moment" + (m + 1), g), group.moments().get(m));
      }
    }
  }

  /** The name of an array; further groups of parameters have their number behind. */
  private static String array(String name, int group) {
    return group == 0 ? name : name + "-" + group;
  }

  private static JsonObject progress(Progress progress) {
    JsonObject json = new JsonObject();
    json.put("samples", progress.samples());
    put(json, "weight", progress.weight());
    put(json, "loss_sum", progress.lossSum());
    put(json, "penalty_sum", progress.penaltySum());
    put(json, "hits", progress.hits());
    return json;
  }

  private static void put(JsonObject json, String name, double value) {
    json.put(name, Double.toString(value));
  }

  /** A checkpoint that has been opened, to be read network by network. */
  static final class Opened implements AutoCloseable {
    private final CheckpointReader reader;
    private final Content content;
    private final String version;
    private final Map<String, String> notes;
    private final List<JsonObject> networks = new ArrayList<>();

    private Opened(CheckpointReader reader) throws IOException {
      this.reader = reader;
      JsonObject training = json(TRAINING);
      int format = training.getInt("format", 0);
      if (format != FORMAT) {
        throw new DataException(
            reader.file()
                + " is a checkpoint of format "
                + format
                + "; this version of ShallowNet goes on from format "
                + FORMAT
                + ": use the version that wrote it");
      }
      version = training.getString("shallownet", "");
      int count = training.getInt("networks", 0);
      if (count < 1) {
        throw reader.unexpected(TRAINING, "names no networks");
      }
      List<Map<String, String>> settings = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        JsonObject network = json(i + "/network.json");
        networks.add(network);
        settings.add(texts(network, "settings"));
      }
      notes = texts(training, "notes");
      content =
          new Content(
              settings, training.getString("samples", ""), training.getString("dev_samples", ""));
    }

    private static Map<String, String> texts(JsonObject json, String name) {
      Map<String, String> texts = new LinkedHashMap<>();
      json.getObject(name, new JsonObject())
          .forEach((key, value) -> texts.put(key, String.valueOf(value)));
      return texts;
    }

    private JsonObject json(String name) throws IOException {
      try {
        return JsonParser.object().from(reader.text(name));
      } catch (JsonParserException e) {
        throw reader.unexpected(name, "is no JSON");
      }
    }

    /** What is trained. */
    Content content() {
      return content;
    }

    /** What was noted; empty in a file of a version without notes. */
    Map<String, String> notes() {
      return notes;
    }

    /** The version of ShallowNet that wrote it. */
    String version() {
      return version;
    }

    /**
     * How far a network is.
     *
     * @param spec its shape
     * @throws DataException if the file says something that can't be
     */
    NetworkState network(int number, NetworkSpec spec) throws IOException {
      String folder = number + "/";
      JsonObject json = networks.get(number);
      try {
        return switch (json.getString("stage", "")) {
          case "waiting" -> new NetworkState.Waiting();
          case "training" ->
              new NetworkState.Training(
                  run(folder, json, spec),
                  engine(folder, json),
                  json.getString("engine", ""),
                  atLeast(0, json, "epochs"),
                  json.getLong("done"),
                  number(json, "seconds"));
          case "over" -> over(folder, json, spec);
          default -> throw reader.unexpected(folder + "network.json", "has no known stage");
        };
      } catch (IllegalArgumentException | ClassCastException | NullPointerException e) {
        throw reader.unexpected(folder + "network.json", "does not fit: " + e.getMessage());
      }
    }

    private NetworkState.Over over(String folder, JsonObject json, NetworkSpec spec)
        throws IOException {
      String message = json.getString("divergence");
      return new NetworkState.Over(
          Weights.of(spec, reader.floats(folder + "weights", spec.parameterCount())),
          history(folder, json),
          json.getInt("epochs"),
          json.getInt("best_epoch"),
          TrainingResult.Ending.valueOf(json.getString("ending", "")),
          json.getString("engine", ""),
          number(json, "seconds"),
          number(json, "samples_per_second"),
          message == null
              ? null
              : new NetworkState.Divergence(message, json.getInt("divergence_epoch")));
    }

    private RunState run(String folder, JsonObject json, NetworkSpec spec) throws IOException {
      return new RunState(
          number(json, "best_cost"),
          json.getInt("best_epoch"),
          history(folder, json),
          atLeast(1, json, "stride"),
          progress(json.getObject("seen", new JsonObject())),
          number(json, "first_cost"),
          weights(folder + "latest", spec),
          json.getInt("latest_epoch"),
          weights(folder + "best", spec),
          json.getInt("kept_epoch"),
          json.getLong("samples_seen"),
          // Versions without schedules have written none.
          Double.parseDouble(json.getString("rate_scale", "1")),
          json.getInt("rate_epoch", 0));
    }

    private @Nullable Weights weights(String name, NetworkSpec spec) throws IOException {
      return reader.has(name) ? Weights.of(spec, reader.floats(name, spec.parameterCount())) : null;
    }

    private List<EpochReport> history(String folder, JsonObject json) throws IOException {
      int count = atLeast(0, json, "reports");
      double[] rows = reader.doubles(folder + "history", count, REPORT_NUMBERS);
      List<EpochReport> history = new ArrayList<>();
      for (int at = 0; at < rows.length; at += REPORT_NUMBERS) {
        history.add(
            new EpochReport(
                (int) rows[at],
                rows[at + 1],
                rows[at + 2],
                rows[at + 3],
                rows[at + 4],
                rows[at + 5],
                rows[at + 6] == 1));
      }
      return history;
    }

    private ModelState engine(String folder, JsonObject json) throws IOException {
      List<ModelState.Group> groups = new ArrayList<>();
      for (int g = 0; g < atLeast(1, json, "groups"); g++) {
        int size = atLeast(1, json, "group" + g + "_size");
        List<float[]> moments = new ArrayList<>();
        for (int m = 0; m < atLeast(0, json, "group" + g + "_moments"); m++) {
          moments.add(reader.floats(folder + array("moment" + (m + 1), g), size));
        }
        groups.add(
            new ModelState.Group(reader.floats(folder + array("weights", g), size), moments));
      }
      int parts = atLeast(0, json, "parts");
      return new ModelState(
          groups,
          json.getLong("steps"),
          progress(json.getObject("sums", new JsonObject())).sums(),
          parts == 0 ? new double[0] : reader.doubles(folder + "sums", parts, 1));
    }

    private static int atLeast(int least, JsonObject json, String name) {
      int value = json.getInt(name, -1);
      if (value < least) {
        throw new IllegalArgumentException(name + " is " + value);
      }
      return value;
    }

    private static Progress progress(JsonObject json) {
      return new Progress(
          json.getLong("samples"),
          number(json, "weight"),
          number(json, "loss_sum"),
          number(json, "penalty_sum"),
          number(json, "hits"));
    }

    private static double number(JsonObject json, String name) {
      return Double.parseDouble(json.getString(name, ""));
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  /**
   * Opens a checkpoint and checks all of it.
   *
   * @throws IOException if it can't be read
   * @throws DataException if it is damaged, or of another version
   */
  static Opened open(Path file) throws IOException {
    CheckpointReader reader = CheckpointReader.open(file);
    try {
      return new Opened(reader);
    } catch (IOException | RuntimeException | Error e) {
      reader.close();
      throw e;
    }
  }
}
