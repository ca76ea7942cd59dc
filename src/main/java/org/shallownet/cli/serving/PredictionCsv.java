package org.shallownet.cli.serving;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.shallownet.model.scoring.Prediction;
import org.shallownet.model.scoring.Scorer;

/**
 * Predictions as CSV, with the header of {@code shallownet predict --probabilities}; of each no
 * more is kept than its line.
 */
final class PredictionCsv {
  private final StringWriter text = new StringWriter();
  private final CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text);
  private int rows;

  /** The header alone. */
  PredictionCsv(Scorer scorer) {
    csv.writeRecord(header(scorer));
  }

  /** Adds what is predicted of a row. */
  void add(Prediction prediction) {
    csv.writeRecord(line(prediction));
    rows++;
  }

  /** How many rows there are. */
  int rows() {
    return rows;
  }

  /** What was written. */
  String text() {
    try {
      csv.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return text.toString();
  }

  private static List<String> header(Scorer scorer) {
    List<String> header = new ArrayList<>();
    switch (scorer.task()) {
      case BINARY, MULTICLASS -> {
        header.add("label");
        for (String name : scorer.classes()) {
          header.add(name.equals("label") ? "probability_label" : name);
        }
      }
      case MULTILABEL -> {
        scorer.targets().forEach(target -> header.add("prediction_" + target));
        scorer.targets().forEach(target -> header.add("probability_" + target));
      }
      case REGRESSION -> {
        boolean one = scorer.targets().size() == 1;
        scorer.targets().forEach(t -> header.add(one ? "prediction" : "prediction_" + t));
      }
    }
    return header;
  }

  private static List<String> line(Prediction prediction) {
    List<String> line = new ArrayList<>();
    if (prediction instanceof Prediction.OfClass one) {
      line.add(one.label());
      one.probabilities().values().forEach(p -> line.add(Float.toString(p.floatValue())));
    } else if (prediction instanceof Prediction.OfAnswers several) {
      line.addAll(several.labels().values());
      several.probabilities().values().forEach(p -> line.add(Float.toString(p.floatValue())));
    } else if (prediction instanceof Prediction.OfNumbers numbers) {
      numbers.values().values().forEach(value -> line.add(value.toString()));
    }
    return line;
  }
}
