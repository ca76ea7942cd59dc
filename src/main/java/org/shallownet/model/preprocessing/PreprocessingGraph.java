package org.shallownet.model.preprocessing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.shallownet.data.Column;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.OnnxValue;

/**
 * The part of a model's graph that makes a network's inputs of the raw columns, before they are
 * standardised: {@code Where(IsNaN(x), median, x)} for numbers, {@code IsNaN(x)} for whether they
 * were missing, and for words {@code (x == words) D + o}, where {@code o} is the encoding of all
 * other words and row k of {@code D} is the encoding of word k less {@code o}.
 */
public final class PreprocessingGraph {
  /** The input where all columns are numbers. */
  public static final String FEATURES = "features";

  public static final String MEDIANS = "feature_median";

  private static final int BOOL_TO_FLOAT = OnnxTensor.FLOAT;
  private static final int INT64 = 7;

  /** Names that the rest of the graph has for values of its own. */
  private static final Pattern TAKEN =
      Pattern.compile(
          "[WbZA]\\d+(_\\d+)?|column\\d+_(words|encoding|other|equal|chosen|inputs)"
              + "|feature_(mean|factor|median|that_misses)|target_(mean|deviation)|classes|centered"
              + "|rescaled|prediction|positive|negative|one|probabilities|best_class|label|numbers"
              + "|raw_numbers|is_missing|was_missing|flags|all_inputs|features|output|half|answers|no|yes"
              + "|piece_\\w+|pieces|plain_and_pieces|sum\\d+");

  private final Preprocessing preprocessing;

  /** What stands for a missing word. */
  private final Set<String> markers;

  private final List<OnnxNode> nodes = new ArrayList<>();
  private final List<OnnxTensor> initializers = new ArrayList<>();
  private final List<OnnxValue> inputs = new ArrayList<>();
  private final List<String> parts = new ArrayList<>();
  private final String result;

  public PreprocessingGraph(Preprocessing preprocessing) {
    this.markers = preprocessing.schema().markers();
    this.preprocessing = preprocessing;
    List<Column> columns = preprocessing.schema().columns();
    if (preprocessing.schema().isNumeric()) {
      inputs.add(table(FEATURES, columns.size()));
      numbers(FEATURES);
    } else {
      List<String> names = inputNames(preprocessing.schema().names());
      List<String> numbers = new ArrayList<>();
      for (int c = 0; c < columns.size(); c++) {
        boolean number = columns.get(c) instanceof Column.Numeric;
        inputs.add(
            new OnnxValue(
                names.get(c),
                number ? OnnxTensor.FLOAT : OnnxTensor.STRING,
                List.of(OnnxValue.ANY, 1L)));
        if (number) {
          numbers.add(names.get(c));
        }
      }
      if (!numbers.isEmpty()) {
        numbers(concat("raw_numbers", numbers));
      }
      for (int c = 0; c < columns.size(); c++) {
        if (columns.get(c) instanceof Column.Category category) {
          words(category, names.get(c), "column" + c);
        }
      }
    }
    result = concat("all_inputs", parts);
  }

  public List<OnnxValue> inputs() {
    return inputs;
  }

  public List<OnnxNode> nodes() {
    return nodes;
  }

  public List<OnnxTensor> initializers() {
    return initializers;
  }

  /** The value that holds the network's inputs. */
  public String result() {
    return result;
  }

  /** A table of float32 with this many columns. */
  public static OnnxValue table(String name, int columns) {
    return new OnnxValue(name, OnnxTensor.FLOAT, List.of(OnnxValue.ANY, (long) columns));
  }

  /**
   * What the inputs of columns are called: as the columns, or where the graph has a value of that
   * name with {@code _input} after it.
   */
  public static List<String> inputNames(List<String> columns) {
    Set<String> names = new HashSet<>(columns);
    List<String> inputs = new ArrayList<>();
    for (String column : columns) {
      String name = column;
      while (TAKEN.matcher(name).matches() || (!name.equals(column) && !names.add(name))) {
        name += "_input";
      }
      inputs.add(name);
    }
    return inputs;
  }

  private String concat(String name, List<String> values) {
    if (values.size() == 1) {
      return values.get(0);
    }
    nodes.add(OnnxNode.of("Concat", name, values, name, OnnxAttribute.integer("axis", 1)));
    return name;
  }

  private String add(String operator, String name, List<String> from, OnnxAttribute... attributes) {
    nodes.add(OnnxNode.of(operator, name, from, name, attributes));
    return name;
  }

  private void numbers(String raw) {
    List<Float> medians = new ArrayList<>();
    List<Long> missing = new ArrayList<>();
    float[] all = preprocessing.medians();
    List<Column> columns = preprocessing.schema().columns();
    for (int c = 0; c < columns.size(); c++) {
      if (columns.get(c) instanceof Column.Numeric number) {
        if (number.missing()) {
          missing.add((long) medians.size());
        }
        medians.add(all[c]);
      }
    }
    if (missing.isEmpty()) {
      parts.add(raw);
      return;
    }
    float[] values = new float[medians.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = medians.get(i);
    }
    initializers.add(OnnxTensor.ofFloats(MEDIANS, values, values.length));
    String isMissing = add("IsNaN", "is_missing", List.of(raw));
    parts.add(add("Where", "numbers", List.of(isMissing, MEDIANS, raw)));
    String flags = add("Cast", "was_missing", List.of(isMissing), castToFloat());
    initializers.add(longs("feature_that_misses", missing));
    parts.add(
        add(
            "Gather",
            "flags",
            List.of(flags, "feature_that_misses"),
            OnnxAttribute.integer("axis", 1)));
  }

  private static OnnxAttribute castToFloat() {
    return OnnxAttribute.integer("to", BOOL_TO_FLOAT);
  }

  private static OnnxTensor longs(String name, List<Long> values) {
    ByteBuffer data =
        ByteBuffer.allocate(values.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    values.forEach(data::putLong);
    return new OnnxTensor(name, List.of((long) values.size()), INT64, data.flip(), List.of(), null);
  }

  private void words(Column.Category category, String input, String name) {
    int width = category.inputs();
    float[] encoding = category.encoding();
    int otherRow = category.otherCode() * width;
    Map<String, Integer> rows = rows(category);
    float[] difference = new float[rows.size() * width];
    int at = 0;
    for (int row : rows.values()) {
      for (int i = 0; i < width; i++) {
        difference[at++] = encoding[row * width + i] - encoding[otherRow + i];
      }
    }
    float[] other = new float[width];
    System.arraycopy(encoding, otherRow, other, 0, width);
    initializers.add(OnnxTensor.ofStrings(name + "_words", List.copyOf(rows.keySet())));
    initializers.add(OnnxTensor.ofFloats(name + "_encoding", difference, rows.size(), width));
    initializers.add(OnnxTensor.ofFloats(name + "_other", other, width));
    String equal = add("Equal", name + "_equal", List.of(input, name + "_words"));
    String chosen = add("Cast", name + "_chosen", List.of(equal), castToFloat());
    parts.add(add("Gemm", name + "_inputs", List.of(chosen, name + "_encoding", name + "_other")));
  }

  /**
   * For each word its row of the encoding. What usually stands for a missing cell is a missing one
   * here, too.
   */
  private Map<String, Integer> rows(Column.Category category) {
    Map<String, Integer> rows = category.spellings();
    rows.keySet().removeIf(word -> markers.contains(word) && !category.levels().contains(word));
    if (category.missing()) {
      int missing = category.otherCode() + 1;
      rows.putIfAbsent("", missing);
      markers.stream().sorted().forEach(word -> rows.putIfAbsent(word, missing));
    }
    return rows;
  }
}
