package org.shallownet.cli.serving;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.JsonText;
import org.shallownet.model.scoring.Prediction;
import org.shallownet.model.scoring.Scorer;

/** Scores the rows of a request's body: JSON or CSV. */
final class PredictRequest {
  /** The most rows of a body. */
  static final int MOST_ROWS = 100_000;

  /** A list of rows. */
  private static final int DEEPEST = 2;

  private final Scorer scorer;

  PredictRequest(Scorer scorer) {
    this.scorer = scorer;
  }

  /**
   * Scores a body.
   *
   * @param type its media type, if the request names one; what is neither JSON's nor CSV's says
   *     nothing, and the body's first character decides
   * @throws RefusedException if it can't be understood, a row can't be scored, or there are too
   *     many
   */
  Answer score(byte[] body, @Nullable String type) throws RefusedException {
    try {
      String text = text(body).strip();
      if (text.isEmpty()) {
        throw refused("the body is empty; GET / shows what to send");
      }
      return isJson(text, type) ? ofJson(text) : ofCsv(text);
    } catch (DataException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  private static RefusedException refused(String sentence) {
    return new RefusedException(400, sentence);
  }

  private static void requireFew(int rows) throws RefusedException {
    if (rows > MOST_ROWS) {
      throw new RefusedException(
          413,
          "the body has more than "
              + MOST_ROWS
              + " rows; send fewer at a time, or use shallownet predict");
    }
  }

  /** Without the mark by which spreadsheets say that it is UTF-8. */
  private static String text(byte[] body) throws RefusedException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw refused("the body is not UTF-8");
    }
  }

  private static boolean isJson(String text, @Nullable String type) {
    String lower = type == null ? "" : type.toLowerCase(Locale.ROOT);
    return lower.contains("json")
        || (!lower.contains("csv") && (text.startsWith("{") || text.startsWith("[")));
  }

  private Answer ofJson(String text) throws RefusedException {
    JsonText.check(text, DEEPEST);
    Object parsed;
    try {
      parsed = JsonParser.any().from(text);
    } catch (JsonParserException e) {
      throw refused("the body is not JSON: " + e.getMessage());
    }
    StringBuilder json = new StringBuilder();
    if (parsed instanceof JsonObject row) {
      PredictionJson.write(ofValues(row), json);
      return new Answer(Answer.JSON, json.append('\n').toString(), 1);
    }
    if (!(parsed instanceof JsonArray rows) || rows.isEmpty()) {
      throw refused("the body is neither a row nor a list of rows; GET / shows what to send");
    }
    if (rows.get(0) instanceof Number) {
      PredictionJson.write(ofNumbers(rows), json);
      return new Answer(Answer.JSON, json.append('\n').toString(), 1);
    }
    requireFew(rows.size());
    for (int r = 0; r < rows.size(); r++) {
      json.append(r == 0 ? "[" : ",\n ");
      PredictionJson.write(ofRow(rows.get(r), r), json);
    }
    return new Answer(Answer.JSON, json.append("]\n").toString(), rows.size());
  }

  private Prediction ofRow(@Nullable Object row, int number) throws RefusedException {
    try {
      if (row instanceof JsonObject values) {
        return ofValues(values);
      } else if (row instanceof JsonArray values) {
        return ofNumbers(values);
      }
      throw refused("it is neither an object nor a list; GET / shows what to send");
    } catch (DataException | RefusedException e) {
      throw refused("row " + (number + 1) + ": " + e.getMessage());
    }
  }

  private Prediction ofValues(Map<String, ?> row) throws RefusedException {
    if (isByPosition()) {
      throw refused(
          "the model knows no columns by name: a row is a list of "
              + scorer.columns()
              + " numbers");
    }
    return scorer.score(row);
  }

  private boolean isByPosition() {
    return scorer.schema().columns().isEmpty();
  }

  private Prediction ofNumbers(JsonArray values) throws RefusedException {
    if (!isByPosition()) {
      throw refused(
          "the model takes columns by name: a row is an object such as {\"name\": value, …}");
    }
    if (values.size() != scorer.columns()) {
      throw refused("the model takes " + scorer.columns() + " numbers, not " + values.size());
    }
    float[] row = new float[values.size()];
    for (int c = 0; c < row.length; c++) {
      if (!(values.get(c) instanceof Number number) || !Float.isFinite(number.floatValue())) {
        throw refused("feature " + c + " (counted from 0) is no number that float32 can hold");
      }
      row[c] = number.floatValue();
    }
    return scorer.predict(row);
  }

  private Answer ofCsv(String text) throws RefusedException {
    if (isByPosition()) {
      throw refused(
          "the model knows no columns by name: send JSON, a list of numbers for each row");
    }
    PredictionCsv predictions = new PredictionCsv(scorer);
    try (CsvReader<NamedCsvRecord> lines = CsvReader.builder().ofNamedCsvRecord(text)) {
      for (NamedCsvRecord line : lines) {
        requireFew(predictions.rows() + 1);
        predictions.add(ofLine(line));
      }
    } catch (CsvParseException e) {
      throw refused("the body is not CSV: " + e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    if (predictions.rows() == 0) {
      throw refused(
          "the body has no row: CSV is a line with the columns' names and a line for each row");
    }
    return new Answer(Answer.CSV, predictions.text(), predictions.rows());
  }

  private Prediction ofLine(NamedCsvRecord line) throws RefusedException {
    List<String> names = line.getHeader();
    if (line.getFieldCount() != names.size()) {
      throw refused(
          "line "
              + line.getStartingLineNumber()
              + " has "
              + line.getFieldCount()
              + " cells, but there are "
              + names.size()
              + " columns");
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int c = 0; c < names.size(); c++) {
      values.put(names.get(c).strip(), line.getField(c));
    }
    try {
      return scorer.score(values);
    } catch (DataException e) {
      throw refused("line " + line.getStartingLineNumber() + ": " + e.getMessage());
    }
  }
}
