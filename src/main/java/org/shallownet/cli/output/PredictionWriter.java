package org.shallownet.cli.output;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.data.KeptCells;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.model.Model;
import org.shallownet.model.Predictions;
import org.shallownet.model.Predictor;
import org.shallownet.model.TargetScale;

/**
 * Writes predictions as CSV: a header, then a line for each row of the data. Numbers are written so
 * that reading them gives the same float32.
 */
public final class PredictionWriter {
  private static final int BUFFER = 1 << 16;

  /** From this many deviations on, float32 would lose digits that the network has found. */
  private static final double FAR_FROM_ZERO = 100;

  /** Digits of the deviation that are written then. */
  private static final int DIGITS = 6;

  private final Model model;
  private final boolean probabilities;
  private final @Nullable KeptCells kept;
  private final BooleanSupplier stop;

  /** Writing was asked to stop before its end. */
  public static final class InterruptedWritingException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * A writer.
   *
   * @param probabilities whether to add the probability of each class
   * @param kept reads the cells to write before each prediction; null for none
   * @param stop when true, writing ends with an exception
   */
  public PredictionWriter(
      Model model, boolean probabilities, @Nullable KeptCells kept, BooleanSupplier stop) {
    this.model = model;
    this.probabilities = probabilities;
    this.kept = kept;
    this.stop = stop;
  }

  /**
   * Scores every row and writes what the model says of it.
   *
   * @throws InterruptedWritingException if it was asked to stop
   */
  public void write(Backend backend, FeatureTable features, OutputStream destination)
      throws IOException {
    Writer utf8 = new OutputStreamWriter(destination, StandardCharsets.UTF_8);
    try (Predictor predictor = new Predictor(backend, model)) {
      CsvWriter csv =
          CsvWriter.builder().bufferSize(BUFFER).lineDelimiter(LineDelimiter.LF).build(utf8);
      csv.writeRecord(header(predictor.columns()));
      switch (model.task()) {
        case REGRESSION ->
            predictor.predict(features, (first, rows, values) -> numbers(csv, rows, values));
        case MULTILABEL ->
            predictor.score(features, (first, rows, values) -> answers(csv, rows, values));
        case BINARY, MULTICLASS ->
            predictor.score(features, (first, rows, values) -> classes(csv, rows, values));
      }
      csv.flush();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private List<String> header(int columns) {
    List<String> predicted = new ArrayList<>();
    if (model.task() == Task.REGRESSION || model.task() == Task.MULTILABEL) {
      for (int i = 0; i < columns; i++) {
        predicted.add(columns == 1 ? "prediction" : "prediction_" + target(i));
      }
      for (int i = 0; probabilities && model.task() == Task.MULTILABEL && i < columns; i++) {
        predicted.add("probability_" + target(i));
      }
    } else {
      predicted.add("label");
      if (probabilities) {
        predicted.addAll(model.classNames());
      }
    }
    // A class may be called label, and a column of the data as either.
    List<String> header = new ArrayList<>(kept == null ? List.of() : kept.names());
    for (int i = 0; i < predicted.size(); i++) {
      String name = predicted.get(i);
      while (header.contains(name)) {
        name = (i == 0 ? "predicted_" : "probability_") + name;
      }
      header.add(name);
    }
    return header;
  }

  /** A target's name, or its number where the model does not know it. */
  private String target(int k) {
    return model.targetNames().isEmpty() ? Integer.toString(k) : model.targetNames().get(k);
  }

  private void begin(List<String> line) {
    line.clear();
    if (kept != null) {
      line.addAll(kept.next());
    }
  }

  private void requireGoingOn() {
    if (stop.getAsBoolean()) {
      throw new InterruptedWritingException();
    }
  }

  private void numbers(CsvWriter csv, int rows, double[] values) {
    requireGoingOn();
    int columns = model.outputs();
    List<String> line = new ArrayList<>();
    for (int r = 0; r < rows; r++) {
      begin(line);
      for (int c = 0; c < columns; c++) {
        line.add(number(c, values[r * columns + c]));
      }
      csv.writeRecord(line);
    }
  }

  /** As float32, or with more digits where the target lies so far from 0 that these count. */
  private String number(int target, double value) {
    TargetScale scale = model.targetScale();
    double deviation = scale == null ? 1 : scale.deviations().get(target);
    if (scale == null || Math.abs(scale.means().get(target)) < FAR_FROM_ZERO * deviation) {
      return Float.toString((float) value);
    }
    int decimals = DIGITS - (int) Math.floor(Math.log10(deviation));
    return BigDecimal.valueOf(value)
        .setScale(Math.max(0, decimals), RoundingMode.HALF_EVEN)
        .stripTrailingZeros()
        .toPlainString();
  }

  /** The answer to each yes/no question, and how probable yes is. */
  private void answers(CsvWriter csv, int rows, float[] values) {
    requireGoingOn();
    List<List<String>> classes = model.classesByTarget();
    int targets = classes.size();
    List<String> line = new ArrayList<>();
    for (int r = 0; r < rows; r++) {
      begin(line);
      for (int k = 0; k < targets; k++) {
        line.add(classes.get(k).get(Predictions.isYes(values[r * targets + k]) ? 1 : 0));
      }
      for (int k = 0; probabilities && k < targets; k++) {
        line.add(Float.toString(values[r * targets + k]));
      }
      csv.writeRecord(line);
    }
  }

  private void classes(CsvWriter csv, int rows, float[] values) {
    requireGoingOn();
    List<String> classes = model.classNames();
    int columns = classes.size();
    List<String> line = new ArrayList<>();
    for (int r = 0; r < rows; r++) {
      begin(line);
      int offset = r * columns;
      line.add(classes.get(Predictor.bestClass(values, offset, columns)));
      if (probabilities) {
        for (int c = 0; c < columns; c++) {
          line.add(Float.toString(values[offset + c]));
        }
      }
      csv.writeRecord(line);
    }
  }
}
