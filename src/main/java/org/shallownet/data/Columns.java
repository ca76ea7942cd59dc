package org.shallownet.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a file are wanted.
 *
 * @param target the target's column; null if none is to be read, which is how one predicts
 * @param features the features' columns; null for all but the target
 * @param fileOrder whether features come in the file's order rather than in that of {@code
 *     features}
 */
public record Columns(@Nullable String target, @Nullable List<String> features, boolean fileOrder) {
  private static final int MOST_MISSING = 5;

  /**
   * Checks the names.
   *
   * @throws DataException if a feature is listed twice or is the target, or none is listed
   */
  public Columns {
    if (features != null) {
      features = List.copyOf(features);
      if (features.isEmpty()) {
        throw new DataException("no feature is listed; name at least one column");
      }
      Set<String> seen = new HashSet<>();
      for (String feature : features) {
        if (feature.equals(target)) {
          throw new DataException(
              "the target "
                  + Numeric.quote(feature)
                  + " is listed among the features; take it out");
        }
        if (!seen.add(feature)) {
          throw new DataException(
              "the feature " + Numeric.quote(feature) + " is listed twice; list it once");
        }
      }
    } else if (!fileOrder) {
      throw new IllegalArgumentException("without a list of features the order is the file's");
    }
  }

  /**
   * Columns to learn from, in the file's order.
   *
   * @param target the target's column, or null to read features alone
   * @param features the features' columns in any order, or null for all but the target
   */
  public static Columns training(@Nullable String target, @Nullable List<String> features) {
    return new Columns(target, features, true);
  }

  /**
   * The columns of a model, in the model's order; other columns are ignored.
   *
   * @param features the features' columns
   * @param target the target's column to evaluate with, or null to predict
   */
  public static Columns model(List<String> features, @Nullable String target) {
    return new Columns(target, features, false);
  }

  /**
   * Reads a list of names like {@code a,b,"c,d"}: separated by commas, a name with a comma or a
   * quote in quotes as in CSV. Blanks around names don't count.
   *
   * @throws IllegalArgumentException if the list is malformed or has an empty name
   */
  public static List<String> parseList(String list) {
    List<String> names;
    try {
      names =
          CsvReader.builder()
              .skipEmptyLines(false)
              .allowUnclosedQuote(false)
              .ofSingleCsvRecord(list)
              .getFields();
    } catch (CsvParseException e) {
      throw new IllegalArgumentException(
          "the list of columns " + Numeric.quote(list) + " has a quote that is not closed", e);
    }
    List<String> stripped = new ArrayList<>();
    for (String name : names) {
      if (name.isBlank()) {
        throw new IllegalArgumentException(
            "the list of columns " + Numeric.quote(list) + " has an empty name");
      }
      stripped.add(name.strip());
    }
    return stripped;
  }

  /**
   * Where the columns are in a file.
   *
   * @param featureNames the features' names in the order that they are wanted
   * @param features the places of these columns in the file
   * @param targetName the target's name, empty without one
   * @param target the place of the target in the file, or -1
   */
  record Places(List<String> featureNames, List<Integer> features, String targetName, int target) {}

  /** Finds the columns in a file that has these. */
  Places find(String file, List<String> names) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      places.put(names.get(i), i);
    }
    int targetPlace = target == null ? -1 : require(file, target, names, places);
    List<String> found = new ArrayList<>();
    if (features == null) {
      for (int i = 0; i < names.size(); i++) {
        if (i != targetPlace) {
          found.add(names.get(i));
        }
      }
    } else {
      found.addAll(features);
      requireAll(file, found, names, places);
      if (fileOrder) {
        found.sort((a, b) -> Integer.compare(place(places, a), place(places, b)));
      }
    }
    if (found.isEmpty()) {
      throw new DataException(
          file
              + ": there is no column besides the target "
              + Numeric.quote(names.get(targetPlace))
              + "; add a feature");
    }
    List<Integer> featurePlaces = found.stream().map(name -> place(places, name)).toList();
    return new Places(found, featurePlaces, target == null ? "" : target, targetPlace);
  }

  private static int place(Map<String, Integer> places, String name) {
    return places.getOrDefault(name, -1);
  }

  private static int require(
      String file, String name, List<String> names, Map<String, Integer> places) {
    int place = place(places, name);
    if (place < 0) {
      throw new DataException(
          file + " has no column " + Numeric.quote(name) + "; " + ColumnNames.suggest(name, names));
    }
    return place;
  }

  private static void requireAll(
      String file, List<String> wanted, List<String> names, Map<String, Integer> places) {
    List<String> missing = wanted.stream().filter(name -> !places.containsKey(name)).toList();
    if (missing.size() == 1) {
      require(file, missing.get(0), names, places);
    } else if (!missing.isEmpty()) {
      throw new DataException(
          file
              + " lacks the columns "
              + ColumnNames.list(missing, MOST_MISSING)
              + "; it has "
              + ColumnNames.list(names, MOST_MISSING));
    }
  }
}
