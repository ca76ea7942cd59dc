package org.shallownet.model.preprocessing;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.shallownet.data.Column;
import org.shallownet.data.DataException;
import org.shallownet.data.JsonText;
import org.shallownet.data.Schema;
import org.shallownet.data.text.Printable;

/** A model's columns as JSON: an array with an object for each. */
public final class SchemaJson {
  /** Levels in columns in an array. */
  private static final int DEEPEST = 3;

  private static final String NUMBER = "number";
  private static final String CATEGORY = "category";
  private static final String BOOLEAN = "boolean";

  private SchemaJson() {}

  public static String write(Schema schema) {
    JsonArray array = new JsonArray();
    for (Column column : schema.columns()) {
      JsonObject object = new JsonObject();
      object.put("name", column.name());
      if (column instanceof Column.Category category) {
        object.put("kind", category.isBoolean() ? BOOLEAN : CATEGORY);
        object.put("levels", new JsonArray(category.levels()));
        object.put("other", category.other());
      } else {
        object.put("kind", NUMBER);
      }
      object.put("missing", column.missing());
      array.add(object);
    }
    return JsonWriter.string(array);
  }

  /**
   * The columns.
   *
   * @param markers what stands for a missing cell
   * @throws DataException if that is not what the text says
   */
  public static Schema read(String json, Set<String> markers) {
    try {
      JsonText.check(json, DEEPEST);
      JsonArray array = JsonParser.array().from(json);
      List<Column> columns = new ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        columns.add(column(array.getObject(i, new JsonObject())));
      }
      return new Schema(columns, markers);
    } catch (JsonParserException e) {
      throw new DataException("its columns are not a JSON array", e);
    }
  }

  private static Column column(JsonObject object) {
    String name = object.getString("name", "");
    boolean missing = object.getBoolean("missing", false);
    String kind = object.getString("kind", "");
    if (kind.equals(NUMBER)) {
      return new Column.Numeric(name, missing);
    }
    if (!kind.equals(CATEGORY) && !kind.equals(BOOLEAN)) {
      throw new DataException(
          "its column "
              + Printable.quoted(name)
              + " is of the unknown kind "
              + Printable.quoted(kind));
    }
    JsonArray words = object.getArray("levels", new JsonArray());
    List<String> levels = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      levels.add(words.getString(i, ""));
    }
    return new Column.Category(
        name, levels, object.getBoolean("other", false), missing, kind.equals(BOOLEAN));
  }
}
