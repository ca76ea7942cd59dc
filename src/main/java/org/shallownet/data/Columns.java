package org.shallownet.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.text.Numeric;

/**
 * Which columns of a file are wanted.
 *
 * @param targets the targets' columns; none if none is to be read, which is how one predicts
 * @param weights the column with the samples' weights; null for none
 * @param features the features' columns; null for all others
 * @param fileOrder whether features come in the file's order rather than in that of {@code
 *     features}
 */
public record Columns(
    List<String> targets,
    @Nullable String weights,
    @Nullable List<String> features,
    boolean fileOrder) {
  private static final int MOST_MISSING = 5;

  /**
   * Checks the names.
   *
   * @throws DataException if a column is listed twice, or no feature is listed
   */
  public Columns {
    targets = List.copyOf(targets);
    Set<String> labels = new HashSet<>();
    for (String target : targets) {
      if (!labels.add(target)) {
        throw new DataException(
            "the target " + Numeric.quote(target) + " is listed twice; list it once");
      }
    }
    if (weights != null && labels.contains(weights)) {
      throw new DataException(
          "the column " + Numeric.quote(weights) + " can't be both a target and the weights");
    }
    if (features != null) {
      features = List.copyOf(features);
      if (features.isEmpty()) {
        throw new DataException("no feature is listed; name at least one column");
      }
      Set<String> seen = new HashSet<>();
      for (String feature : features) {
        if (labels.contains(feature) || feature.equals(weights)) {
          throw new DataException(
              (feature.equals(weights) ? "the column of weights " : "the target ")
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
    return new Columns(target == null ? List.of() : List.of(target), null, features, true);
  }

  /**
   * The same with other targets.
   *
   * @param names the targets' columns, or where the order is the file's patterns of them, in the
   *     order of the outputs; none to predict
   */
  public Columns withTargets(List<String> names) {
    return new Columns(names, weights, features, fileOrder);
  }

  /** The same with the weights of the samples in a column, which is then no feature. */
  public Columns withWeights(@Nullable String column) {
    return new Columns(targets, column, features, fileOrder);
  }

  /**
   * The columns of a model, in the model's order; other columns are ignored.
   *
   * @param features the features' columns
   * @param target the target's column to evaluate with, or null to predict
   */
  public static Columns model(List<String> features, @Nullable String target) {
    return new Columns(target == null ? List.of() : List.of(target), null, features, false);
  }

  /**
   * Reads a list of names like {@code a,b,"c,d"}: separated by commas, a name with a comma or a
   * quote in quotes as in CSV. Blanks around names don't count.
   *
   * @throws IllegalArgumentException if the list is malformed or has an empty name
   */
  public static List<String> parseList(String list) {
    if (list.isBlank()) {
      throw new IllegalArgumentException("the list of columns is empty; name at least one");
    }
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
   * Where the columns are in a file, counted from 0.
   *
   * @param featureNames the features' names in the order that they are wanted
   * @param features the places of these columns
   * @param targetNames the targets' names in the order that they are wanted
   * @param targets the places of these columns
   * @param weights the place of the column of weights, or -1
   * @param byPosition whether features were not found by their names, but are the file's columns in
   *     order, since the file or the model has numbers for names
   */
  public record Places(
      List<String> featureNames,
      List<Integer> features,
      List<String> targetNames,
      List<Integer> targets,
      int weights,
      boolean byPosition) {
    /** Places that were found by name. */
    public Places(
        List<String> featureNames,
        List<Integer> features,
        List<String> targetNames,
        List<Integer> targets,
        int weights) {
      this(featureNames, features, targetNames, targets, weights, false);
    }
  }

  /** What a column without a name is called, counted from 1. */
  public static String unnamed(int place) {
    return "column " + (place + 1);
  }

  /** Finds the columns in a file that has these. */
  public Places find(String file, List<String> names) {
    return find(file, names, List.of());
  }

  /**
   * Finds the columns in a file that has these.
   *
   * @param ignored patterns of columns that are no features
   */
  public Places find(String file, List<String> names, List<String> ignored) {
    Map<String, Integer> places = new HashMap<>();
    Set<String> twice = new HashSet<>();
    for (int i = 0; i < names.size(); i++) {
      if (places.putIfAbsent(names.get(i), i) != null) {
        twice.add(names.get(i));
      }
    }
    List<Integer> targetPlaces = targetPlaces(file, names, places);
    List<String> targetNames = targetPlaces.stream().map(names::get).toList();
    int weightsPlace = weights == null ? -1 : require(file, weights, names, places);
    Set<Integer> taken = new HashSet<>(targetPlaces);
    if (weightsPlace >= 0 && !taken.add(weightsPlace)) {
      throw new DataException(
          "the column "
              + Numeric.quote(names.get(weightsPlace))
              + " can't be both a target and the weights");
    }
    List<Integer> inOrder = byPosition(names, places, taken);
    if (features != null && !inOrder.isEmpty()) {
      return new Places(
          List.copyOf(features), inOrder, targetNames, targetPlaces, weightsPlace, true);
    }
    Set<String> leftOut = Set.copyOf(expand(file, ignored, names));
    List<String> found = new ArrayList<>();
    if (features == null) {
      for (int i = 0; i < names.size(); i++) {
        if (!taken.contains(i) && !leftOut.contains(names.get(i))) {
          found.add(names.get(i));
        }
      }
    } else {
      found.addAll(fileOrder ? expand(file, features, names) : features);
      requireAll(file, found, names, places);
      found.removeIf(leftOut::contains);
      if (fileOrder) {
        found.removeIf(name -> taken.contains(place(places, name))); // named by a pattern
        found.sort((a, b) -> Integer.compare(place(places, a), place(places, b)));
      }
    }
    if (found.isEmpty()) {
      throw new DataException(
          file
              + ": there is no column besides "
              + (targetNames.isEmpty()
                  ? "those left out"
                  : "the target " + ColumnNames.list(targetNames, MOST_MISSING))
              + "; add a feature");
    }
    for (String name : found) {
      if (twice.contains(name)) {
        throw new DataException(
            file
                + ": two columns are named "
                + Numeric.quote(name)
                + "; rename one"
                + (targetNames.contains(name)
                    ? ""
                    : ", or leave both out with --ignore " + ColumnNames.argument(List.of(name))));
      }
    }
    for (int place : taken) {
      if (twice.contains(names.get(place))) {
        throw new DataException(
            file + ": two columns are named " + Numeric.quote(names.get(place)) + "; rename one");
      }
    }
    List<Integer> featurePlaces = found.stream().map(name -> place(places, name)).toList();
    return new Places(found, featurePlaces, targetNames, targetPlaces, weightsPlace);
  }

  /**
   * The columns that a model's features are by their order: none has its name in the file, either
   * side has numbers for names, and there are as many columns as features. Else none.
   */
  private List<Integer> byPosition(
      List<String> names, Map<String, Integer> places, Set<Integer> taken) {
    if (fileOrder
        || features == null
        || features.stream().anyMatch(places::containsKey)
        || !(areNumbered(names) || areNumbered(features))
        || names.size() - taken.size() != features.size()) {
      return List.of();
    }
    return IntStream.range(0, names.size()).filter(i -> !taken.contains(i)).boxed().toList();
  }

  /** Whether columns are called by numbers, as in a file without names. */
  private static boolean areNumbered(List<String> names) {
    return names.stream().allMatch(name -> name.matches("c?\\d{1,9}"));
  }

  /** Where the targets are: names, patterns, {@code last}, or numbers of columns without names. */
  private List<Integer> targetPlaces(String file, List<String> names, Map<String, Integer> places) {
    Set<Integer> found = new LinkedHashSet<>();
    for (String target : targets) {
      boolean pattern = target.indexOf('*') >= 0 || target.indexOf('?') >= 0;
      if (pattern && !places.containsKey(target)) {
        expand(file, List.of(target), names).forEach(name -> found.add(place(places, name)));
      } else {
        found.add(targetPlace(file, target, names, places));
      }
    }
    return List.copyOf(found);
  }

  /** A name, or "last", or where the file has no names of its own a number from 0. */
  private static int targetPlace(
      String file, String name, List<String> names, Map<String, Integer> places) {
    if (!places.containsKey(name)) {
      if (name.equals("last")) {
        return names.size() - 1;
      }
      if (name.matches("\\d{1,9}") && places.containsKey("c" + name)) {
        return place(places, "c" + name);
      }
    }
    return require(file, name, names, places);
  }

  /**
   * The names that patterns stand for: a name itself, or with {@code *} and {@code ?} all that fit.
   *
   * @throws DataException if nothing fits a pattern
   */
  public static List<String> expand(String file, List<String> patterns, List<String> names) {
    Set<String> known = new HashSet<>(names);
    Set<String> found = new LinkedHashSet<>();
    for (String pattern : patterns) {
      boolean glob = pattern.indexOf('*') >= 0 || pattern.indexOf('?') >= 0;
      if (known.contains(pattern)) {
        found.add(pattern);
      } else if (glob) {
        List<String> fitting = names.stream().filter(name -> fits(pattern, name)).toList();
        if (fitting.isEmpty()) {
          throw new DataException(
              file
                  + " has no column like "
                  + Numeric.quote(pattern)
                  + "; it has "
                  + ColumnNames.list(names, MOST_MISSING));
        }
        found.addAll(fitting);
      } else {
        found.add(pattern);
      }
    }
    List<String> missing = found.stream().filter(name -> !known.contains(name)).toList();
    if (!missing.isEmpty()) {
      throw new DataException(
          file
              + " has no column "
              + Numeric.quote(missing.get(0))
              + "; "
              + ColumnNames.suggest(missing.get(0), names));
    }
    return List.copyOf(found);
  }

  /** Whether a name fits a pattern; each star takes as little as it can, so that time is linear. */
  private static boolean fits(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int taken = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        taken = n;
      } else if (p < pattern.length()
          && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++taken;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
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
