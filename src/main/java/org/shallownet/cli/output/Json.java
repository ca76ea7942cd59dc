package org.shallownet.cli.output;

import com.grack.nanojson.JsonWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds the one JSON object that a command prints with {@code --json}. */
public final class Json {
  private final Map<String, @Nullable Object> members = new LinkedHashMap<>();

  /** Adds a member; numbers that JSON can't write (not-a-number, infinities) become null. */
  public Json put(String name, @Nullable Object value) {
    members.put(name, finite(value));
    return this;
  }

  /** Adds an object of numbers; null stays null. */
  public Json putNumbers(String name, @Nullable Map<String, Double> numbers) {
    if (numbers == null) {
      return put(name, null);
    }
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    numbers.forEach((key, value) -> object.put(key, finite(value)));
    return put(name, object);
  }

  /** Adds a list of objects. */
  public Json putObjects(String name, List<Json> objects) {
    return put(name, objects.stream().map(object -> object.members).toList());
  }

  /** Adds all members of another object. */
  public Json putAll(Json other) {
    members.putAll(other.members);
    return this;
  }

  private static @Nullable Object finite(@Nullable Object value) {
    return value instanceof Double number && !Double.isFinite(number) ? null : value;
  }

  @Override
  public String toString() {
    return JsonWriter.string(members);
  }
}
