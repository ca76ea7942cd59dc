package org.shallownet.cli.serving;

import com.grack.nanojson.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.shallownet.model.scoring.Prediction;

/** Predictions as JSON objects. */
final class PredictionJson {
  private PredictionJson() {}

  /**
   * Writes an object: {@code label} and {@code probabilities}, or {@code prediction}; of several
   * targets {@code labels} and {@code probabilities} or {@code predictions}, by their names.
   */
  static void write(Prediction said, StringBuilder json) {
    Map<String, Object> members = new LinkedHashMap<>();
    if (said instanceof Prediction.OfClass one) {
      members.put("label", one.label());
      members.put("probabilities", floats(one.probabilities()));
    } else if (said instanceof Prediction.OfAnswers several) {
      members.put("labels", several.labels());
      members.put("probabilities", floats(several.probabilities()));
    } else if (said instanceof Prediction.OfNumbers numbers) {
      if (numbers.values().size() == 1) {
        members.put("prediction", finite(numbers.values().values().iterator().next()));
      } else {
        Map<String, Object> values = new LinkedHashMap<>();
        numbers.values().forEach((name, value) -> values.put(name, finite(value)));
        members.put("predictions", values);
      }
    }
    json.append(JsonWriter.string(members));
  }

  /** Probabilities are floats and need no more digits. */
  private static Map<String, Object> floats(Map<String, Double> probabilities) {
    Map<String, Object> floats = new LinkedHashMap<>();
    probabilities.forEach((name, value) -> floats.put(name, finite(value.floatValue())));
    return floats;
  }

  /** JSON has no numbers that are not finite; they are texts. */
  private static Object finite(Number number) {
    return Double.isFinite(number.doubleValue()) ? number : number.toString();
  }
}
