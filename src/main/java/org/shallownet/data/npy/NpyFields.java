package org.shallownet.data.npy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Numeric;

/** The types and fields in {@code .npy} headers. */
final class NpyFields {
  private static final Pattern TYPE = Pattern.compile("[<>|=]?([A-Za-z])(\\d{0,9})(\\[[^]]*])?");
  private final String file;

  NpyFields(String file) {
    this.file = file;
  }

  /** The columns of a structured type; fields without a name are padding. */
  List<NpyColumn> columns(List<?> fields) {
    List<NpyColumn> columns = new ArrayList<>();
    Set<String> names = new HashSet<>();
    long offset = 0;
    for (Object element : fields) {
      List<?> field = field(file, element);
      // A field with a title has the pair of title and name.
      Object named =
          field.get(0) instanceof List<?> pair && pair.size() == 2 ? pair.get(1) : field.get(0);
      if (!(named instanceof String name)) {
        throw NpyHeader.corrupt(file, "a field has no name");
      }
      if (!name.isEmpty()) {
        if (!names.add(name)) {
          throw NpyHeader.corrupt(file, "the field " + Numeric.quote(name) + " is there twice");
        }
        boolean single = field.size() == 2 && field.get(1) instanceof String;
        columns.add(
            single
                ? column(name, (String) field.get(1), Math.toIntExact(offset))
                : new NpyColumn(name, "several numbers", null, false, Math.toIntExact(offset)));
      }
      offset += fieldBytes(file, field);
      requireInt(file, offset);
    }
    if (columns.isEmpty()) {
      throw new DataException(file + " has no columns; save it with some");
    }
    return columns;
  }

  /** A column of this type. */
  static NpyColumn column(String name, String description, int offset) {
    String code = description.isEmpty() ? "" : description.substring(1);
    return new NpyColumn(name, description, NpyType.of(code), description.startsWith(">"), offset);
  }

  /** The bytes of a structured type. */
  static int bytes(String file, List<?> fields) {
    long bytes = 0;
    for (Object field : fields) {
      bytes += fieldBytes(file, field(file, field));
      requireInt(file, bytes);
    }
    if (bytes == 0) {
      throw NpyHeader.corrupt(file, "its rows have no bytes");
    }
    return (int) bytes;
  }

  /** The bytes of a single type. */
  static int bytes(String file, String description) {
    long bytes = anyBytes(file, description);
    if (bytes == 0) {
      throw new DataException(
          file + " has the empty type " + Numeric.quote(description) + "; save numbers");
    }
    requireInt(file, bytes);
    return (int) bytes;
  }

  private static long anyBytes(String file, String description) {
    Matcher matcher = TYPE.matcher(description);
    if (!matcher.matches()) {
      throw NpyHeader.corrupt(file, "its type is " + Numeric.quote(description));
    }
    String code = matcher.group(1);
    String digits = matcher.group(2);
    // Objects are pickled, with any length; nothing after them could be found.
    if (code.equals("O") || digits.isEmpty()) {
      throw new DataException(
          file
              + " holds Python objects ("
              + Numeric.quote(description)
              + "), not numbers; save it in NumPy as a.astype('<f4')");
    }
    return Long.parseLong(digits) * (code.equals("U") ? 4 : 1);
  }

  private static long fieldBytes(String file, List<?> field) {
    long bytes =
        field.get(1) instanceof List<?> nested
            ? bytes(file, nested)
            : anyBytes(file, (String) field.get(1));
    if (field.size() == 3) {
      List<?> shape = field.get(2) instanceof List<?> sizes ? sizes : List.of(field.get(2));
      for (Object size : shape) {
        if (!(size instanceof Long number) || number < 0 || number > Integer.MAX_VALUE) {
          throw NpyHeader.corrupt(file, "a field has the shape " + Numeric.quote(shape.toString()));
        }
        bytes *= number;
        requireInt(file, bytes);
      }
    }
    return bytes;
  }

  private static List<?> field(String file, Object element) {
    boolean valid =
        element instanceof List<?> field
            && (field.size() == 2 || field.size() == 3)
            && (field.get(1) instanceof String || field.get(1) instanceof List<?>);
    if (!valid) {
      throw NpyHeader.corrupt(file, "a field is not a name with a type");
    }
    return (List<?>) element;
  }

  private static void requireInt(String file, long bytes) {
    if (bytes > Integer.MAX_VALUE) {
      throw new DataException(file + " has rows of more than 2 GiB; save fewer columns");
    }
  }
}
