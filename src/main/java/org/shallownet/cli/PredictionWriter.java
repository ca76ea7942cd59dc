package org.shallownet.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.shallownet.backend.Backend;
import org.shallownet.data.FeatureTable;
import org.shallownet.data.Task;
import org.shallownet.model.Model;
import org.shallownet.model.Predictor;

/**
 * Writes predictions as CSV: a header, then a line for each row of the data. Numbers are written so
 * that reading them gives the same float32.
 */
final class PredictionWriter {
  private static final int BUFFER = 1 << 16;

  private final Model model;
  private final boolean probabilities;
  private final BooleanSupplier stop;

  /** Writing was asked to stop before its end. */
  static final class InterruptedWritingException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * A writer.
   *
   * @param probabilities whether to add the probability of each class
   * @param stop when true, writing ends with an exception
   */
  PredictionWriter(Model model, boolean probabilities, BooleanSupplier stop) {
    this.model = model;
    this.probabilities = probabilities;
    this.stop = stop;
  }

  /**
   * Scores every row and writes what the model says of it.
   *
   * @throws InterruptedWritingException if it was asked to stop
   */
  void write(Backend backend, FeatureTable features, OutputStream destination) throws IOException {
    Writer utf8 = new OutputStreamWriter(destination, StandardCharsets.UTF_8);
    try (Predictor predictor = new Predictor(backend, model)) {
      CsvWriter csv =
          CsvWriter.builder().bufferSize(BUFFER).lineDelimiter(LineDelimiter.LF).build(utf8);
      csv.writeRecord(header(predictor.columns()));
      predictor.score(features, (first, rows, values) -> lines(csv, rows, values));
      csv.flush();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private List<String> header(int columns) {
    List<String> header = new ArrayList<>();
    if (model.task() == Task.REGRESSION) {
      for (int i = 0; i < columns; i++) {
        header.add(columns == 1 ? "prediction" : "prediction_" + i);
      }
    } else {
      header.add("label");
      if (probabilities) {
        header.addAll(model.classNames());
      }
    }
    return header;
  }

  private void lines(CsvWriter csv, int rows, float[] values) {
    if (stop.getAsBoolean()) {
      throw new InterruptedWritingException();
    }
    boolean regression = model.task() == Task.REGRESSION;
    List<String> classes = regression ? List.of() : model.classNames();
    int columns = regression ? model.spec().outputs() : classes.size();
    List<String> line = new ArrayList<>();
    for (int r = 0; r < rows; r++) {
      line.clear();
      int offset = r * columns;
      if (!regression) {
        line.add(classes.get(Predictor.bestClass(values, offset, columns)));
      }
      if (regression || probabilities) {
        for (int c = 0; c < columns; c++) {
          line.add(Float.toString(values[offset + c]));
        }
      }
      csv.writeRecord(line);
    }
  }
}
