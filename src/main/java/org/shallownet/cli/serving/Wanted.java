package org.shallownet.cli.serving;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.data.text.Printable;
import org.shallownet.model.Model;

/** What a model wants to be sent, as text for a person, with an example that can be pasted. */
final class Wanted {
  private static final int MOST_LEVELS = 8;
  private static final MathContext DIGITS = new MathContext(4);

  private Wanted() {}

  /**
   * The page.
   *
   * @param name what the model is called
   * @param url where it is served, ending in a slash
   */
  static String page(String name, Model model, String url) {
    StringBuilder text = new StringBuilder(Printable.text(name)).append(": ").append(model.task());
    if (!model.targetName().isEmpty()) {
      text.append(", predicts ").append(Printable.text(model.targetName()));
    }
    if (!model.classNames().isEmpty()) {
      text.append("\nClasses: ").append(ColumnNames.list(model.classNames(), MOST_LEVELS));
    }
    text.append("\n\nColumns:\n");
    if (model.isForeign()) {
      text.append("  ").append(model.spec().inputs()).append(" numbers, by position\n");
    }
    for (Column column : model.preprocessing().schema().columns()) {
      text.append("  ").append(Printable.text(column.name())).append(": ");
      text.append(what(column)).append('\n');
    }
    String example = example(model);
    return text.append("\nA row:\n\n  curl -d ")
        .append(Printable.shellWord(example))
        .append(' ')
        .append(url)
        .append("predict\n\nA list of rows in [ ] gets a list of answers; CSV with a header gets")
        .append(" CSV. Also here: GET /health, GET /metrics\n")
        .toString();
  }

  private static String what(Column column) {
    String missing = column.missing() ? ", may be missing (null)" : "";
    if (column instanceof Column.Category category) {
      return (category.isBoolean() ? "boolean, " : "category, ")
          + ColumnNames.list(category.levels(), MOST_LEVELS)
          + (category.other() ? ", or any other word" : "")
          + missing;
    }
    return "number" + missing;
  }

  /** A row as JSON: of numbers the mean or the median, of words the first. */
  private static String example(Model model) {
    Preprocessing preprocessing = model.preprocessing();
    Standardizer standardizer = preprocessing.standardizer();
    float[] means = standardizer == null ? null : standardizer.mean();
    if (model.isForeign()) {
      List<Float> numbers = new ArrayList<>();
      for (int i = 0; i < model.spec().inputs(); i++) {
        numbers.add(mean(means, i));
      }
      return JsonWriter.string(new JsonArray(numbers));
    }
    JsonObject row = new JsonObject();
    List<Column> columns = preprocessing.schema().columns();
    float[] medians = preprocessing.medians();
    int input = 0;
    for (int c = 0; c < columns.size(); c++) {
      String name = columns.get(c).name();
      if (columns.get(c) instanceof Column.Category category) {
        row.put(name, category.levels().isEmpty() ? null : category.levels().get(0));
      } else {
        // Numbers are the first inputs, in their order.
        float mean = mean(means, input++);
        row.put(name, Float.isNaN(medians[c]) ? mean : medians[c]);
      }
    }
    return JsonWriter.string(row);
  }

  private static float mean(float @Nullable [] means, int input) {
    return means == null ? 0 : rounded(means[input]);
  }

  /** To as many digits as a person would write. */
  private static float rounded(float mean) {
    return new BigDecimal(mean).round(DIGITS).floatValue();
  }
}
