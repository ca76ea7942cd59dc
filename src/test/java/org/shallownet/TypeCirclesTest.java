package org.shallownet;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Types that know one another in a circle can only be understood together. The backend has none;
 * those elsewhere are listed, and the list may only shrink.
 *
 * <p>A type is a source file: nested types belong to the one around them.
 */
class TypeCirclesTest {
  private static final String ROOT = "org.shallownet.";

  /** The circles that are left, each as the types in it. */
  private static final Set<Set<String>> KNOWN =
      Set.of(
          Set.of(
              "data.Dataset", "data.QueryReader", "data.Split", "data.Table", "data.TableReader"),
          Set.of("data.preprocessing.ColumnStatistics", "data.preprocessing.Standardizer"),
          Set.of("data.preprocessing.InputTable", "data.preprocessing.Preprocessing"),
          Set.of("data.features.FeatureTable", "data.features.SelectedRows"),
          Set.of("data.TableOptions", "data.Schema"),
          Set.of("data.npy.NpyHeader", "data.npy.NpyFields"),
          Set.of(
              "model.Evaluation",
              "model.GraphFunctions",
              "model.Model",
              "model.ModelFile",
              "model.ModelReader",
              "model.ModelWriter",
              "model.Predictions",
              "model.Predictor"));

  @Test
  void thereAreNoOtherCircles() {
    Set<Set<String>> circles = circles(uses());
    assertThat(circles.stream().flatMap(Set::stream))
        .as("types of the backend in circles")
        .noneMatch(type -> type.startsWith("backend."));
    assertThat(circles).as("circles; one that is gone is to leave the list").isEqualTo(KNOWN);
  }

  @Test
  void aCircleIsFound() {
    Map<String, Set<String>> uses =
        Map.of("a", Set.of("b", "d"), "b", Set.of("c"), "c", Set.of("a"), "d", Set.of("e"));
    assertThat(circles(uses)).isEqualTo(Set.of(Set.of("a", "b", "c")));
  }

  /** Whom each type uses. */
  private static Map<String, Set<String>> uses() {
    ImportOption mainClasses = location -> !location.contains("/test-classes/");
    Map<String, Set<String>> uses = new TreeMap<>();
    for (JavaClass type :
        new ClassFileImporter().withImportOption(mainClasses).importPackages("org.shallownet")) {
      String name = outermost(type);
      Set<String> used = uses.computeIfAbsent(name, key -> new TreeSet<>());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (target.getName().startsWith(ROOT)) {
          used.add(outermost(target));
        }
      }
      used.remove(name);
    }
    assertThat(uses).hasSizeGreaterThan(100);
    return uses;
  }

  private static String outermost(JavaClass type) {
    JavaClass outer = type;
    while (outer.getEnclosingClass().isPresent()) {
      outer = outer.getEnclosingClass().get();
    }
    return outer.getName().substring(ROOT.length());
  }

  /** The sets of types each of which reaches every other. */
  private static Set<Set<String>> circles(Map<String, Set<String>> uses) {
    Map<String, Set<String>> reached = new HashMap<>();
    uses.keySet().forEach(type -> reached.put(type, reachedFrom(type, uses)));
    return uses.keySet().stream()
        .map(
            type ->
                reached.get(type).stream()
                    .filter(other -> reached.getOrDefault(other, Set.of()).contains(type))
                    .collect(Collectors.toSet()))
        .filter(circle -> circle.size() > 1)
        .collect(Collectors.toSet());
  }

  private static Set<String> reachedFrom(String type, Map<String, Set<String>> uses) {
    Set<String> reached = new TreeSet<>();
    Deque<String> next = new ArrayDeque<>(List.of(type));
    while (!next.isEmpty()) {
      for (String used : uses.getOrDefault(next.remove(), Set.of())) {
        if (reached.add(used)) {
          next.add(used);
        }
      }
    }
    return reached;
  }
}
