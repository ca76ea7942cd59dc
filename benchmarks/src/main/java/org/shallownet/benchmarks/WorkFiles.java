package org.shallownet.benchmarks;

import com.grack.nanojson.JsonStringWriter;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.network.NetworkSpec;

/**
 * The files through which other tools get the very same work: data, first weights, the order of the
 * samples, and a description of all that.
 *
 * @param work the work
 * @param rows how many samples
 * @param hidden how many hidden units
 * @param folder where the files are
 */
record WorkFiles(Work work, long rows, int hidden, Path folder) {
  /**
   * Writes what is missing and prints where the description is.
   *
   * @param arguments the work, the folder, and for trials of other sizes the number of samples and
   *     of hidden units
   */
  public static void main(String[] arguments) throws IOException {
    System.out.println(of(arguments).write());
  }

  /** The files that arguments as those of {@link #main} name. */
  static WorkFiles of(String... arguments) {
    Work work = Work.of(arguments[0]);
    long rows = arguments.length > 2 ? Long.parseLong(arguments[2]) : work.rows();
    int hidden = arguments.length > 3 ? Integer.parseInt(arguments[3]) : work.hidden();
    return new WorkFiles(work, rows, hidden, Path.of(arguments[1]));
  }

  /** The file with the samples, which works of the same shape share. */
  Path data() {
    Table table = work.table(rows);
    return folder.resolve(
        table.featureColumns() == 2
            ? "planar.npy"
            : "gaussian-" + table.rows() + "x" + table.featureColumns() + ".npy");
  }

  /** Writes the files that are not there yet and returns the description's. */
  Path write() throws IOException {
    Files.createDirectories(folder);
    Table table = work.table(rows);
    TableFile.write(table, data());
    String name = work.id() + "-" + rows + "-" + hidden;
    Path weights = folder.resolve(name + ".weights.npy");
    List<ModelPlan> models = work.models(hidden);
    float[][] initial = new float[models.size()][];
    for (int i = 0; i < initial.length; i++) {
      initial[i] = models.get(i).initial().toArray();
    }
    TableFile.write(initial, weights);
    long batch = work.batchRows(rows);
    Path order = folder.resolve("order-" + rows + ".npy");
    boolean ordered = batch < rows && work.folds() == 0;
    if (ordered) {
      long[] indices = new long[Math.toIntExact(rows)];
      new BatchOrder(rows, Work.SEED).fill(0, 0, indices.length, indices);
      TableFile.write(indices, order);
    }
    Path description = folder.resolve(name + ".json");
    Files.writeString(description, describe(table, models, weights, ordered ? order : null));
    return description;
  }

  private String describe(Table table, List<ModelPlan> models, Path weights, @Nullable Path order) {
    JsonStringWriter json =
        JsonWriter.indent(" ")
            .string()
            .object()
            .value("work", work.id())
            .value("rows", rows)
            .value("features", table.featureColumns())
            .value("hidden", hidden)
            .value("batch", work.batchRows(rows))
            .value("folds", work.folds())
            .value("data", data().toString())
            .value("weights", weights.toString())
            .value("order", order == null ? null : order.toString())
            .array("models");
    for (ModelPlan model : models) {
      NetworkSpec spec = model.spec();
      json.object()
          .value(
              "activation", spec.hidden().isEmpty() ? null : spec.hidden().get(0).activation().id())
          .value("optimizer", model.optimizer().id())
          .value("rate", model.optimizer().learningRate())
          .end();
    }
    return json.end().end().done() + "\n";
  }
}
