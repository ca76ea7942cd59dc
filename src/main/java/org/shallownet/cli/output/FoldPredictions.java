package org.shallownet.cli.output;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.data.Task;
import org.shallownet.model.AtomicFile;
import org.shallownet.model.Model;
import org.shallownet.model.Predictions;
import org.shallownet.training.ensemble.CrossValidation;

/**
 * Writes what models say of the folds that they don't know: a line for each row and repeat with the
 * row's number in the data (from 0, rows that were left out not counted), repeat, fold, the answer
 * for each target, and for classes the probabilities.
 */
public final class FoldPredictions {
  private FoldPredictions() {}

  /**
   * Writes a file, or replaces it when the new one is complete.
   *
   * @throws IOException if it can't be written
   */
  public static void write(
      Backend backend, Dataset data, List<CrossValidation.Part> parts, Path file)
      throws IOException {
    AtomicFile.write(
        file,
        stream -> {
          CsvWriter csv =
              CsvWriter.builder()
                  .lineDelimiter(LineDelimiter.LF)
                  .build(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
          csv.writeRecord(header(parts.get(0).model()));
          for (CrossValidation.Part part : parts) {
            write(csv, backend, data, part);
          }
          csv.flush();
        });
  }

  private static List<String> header(Model model) {
    List<String> header = new ArrayList<>(List.of("row", "repeat", "fold"));
    switch (model.task()) {
      case REGRESSION -> model.targetNames().forEach(name -> header.add("prediction_" + name));
      case MULTILABEL -> {
        model.targetNames().forEach(name -> header.add("prediction_" + name));
        model.targetNames().forEach(name -> header.add("probability_" + name));
      }
      case BINARY, MULTICLASS -> {
        header.add("label");
        model.classNames().forEach(name -> header.add("probability_" + name));
      }
    }
    return header;
  }

  private static void write(
      CsvWriter csv, Backend backend, Dataset data, CrossValidation.Part part) {
    Model model = part.model();
    Predictions predictions = model.predict(backend, data.select(part.rows()));
    boolean numbers = model.task() == Task.REGRESSION;
    List<String> line = new ArrayList<>();
    for (long r = 0; r < part.rows().size(); r++) {
      line.clear();
      line.add(Long.toString(part.rows().get(r)));
      line.add(Integer.toString(part.repeat()));
      line.add(Integer.toString(part.fold()));
      for (int k = 0; k < model.targetNames().size(); k++) {
        line.add(
            numbers
                ? Float.toString((float) predictions.value(r, k))
                : model.task() == Task.MULTILABEL ? predictions.label(r, k) : predictions.label(r));
      }
      if (!numbers) {
        for (float probability : predictions.probabilities(r)) {
          line.add(Float.toString(probability));
        }
      }
      csv.writeRecord(line);
    }
  }
}
