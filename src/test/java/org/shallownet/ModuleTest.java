package org.shallownet;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the module says is what the class path says, and what is exported can be used. */
class ModuleTest {
  private static final Pattern DIRECTIVE = Pattern.compile("^  (\\w+) ([^;]*);", Pattern.MULTILINE);
  private static final Pattern CODE = Pattern.compile("`[^`\n]+`");
  private static final Pattern TYPE = Pattern.compile("\\b[A-Z]\\w+");
  private static final Path SERVICES = Path.of("src/main/resources/META-INF/services");

  private static String descriptor = "";

  @BeforeAll
  static void read() throws IOException {
    descriptor = Files.readString(Path.of("src/main/module/module-info.java"));
  }

  @Test
  void servicesAreThoseOfTheClassPath() throws IOException {
    Map<String, Set<String>> provided = new HashMap<>();
    for (String directive : directives("provides")) {
      String[] parts = directive.split("\\s+with\\s+", 2);
      provided.put(parts[0], new TreeSet<>(List.of(parts[1].split(",\\s*", -1))));
    }
    Map<String, Set<String>> files = new HashMap<>();
    try (DirectoryStream<Path> services = Files.newDirectoryStream(SERVICES)) {
      for (Path service : services) {
        files.put(service.getFileName().toString(), new TreeSet<>(Files.readAllLines(service)));
      }
    }
    assertThat(provided).isNotEmpty().isEqualTo(files);
    assertThat(directives("uses")).containsExactlyInAnyOrderElementsOf(files.keySet());
  }

  @Test
  void typesInSignaturesOfExportedPackagesAreExported() {
    Set<String> exported = new TreeSet<>(directives("exports"));
    List<JavaClass> classes =
        new ClassFileImporter()
                .withImportOption(location -> !location.contains("/test-classes/"))
                .importPackages("org.shallownet")
                .stream()
                .filter(type -> exported.contains(type.getPackageName()))
                .filter(ModuleTest::isReachable)
                .toList();
    assertThat(classes.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
        .isEqualTo(exported);
    Set<String> hidden = new TreeSet<>();
    for (JavaClass type : classes) {
      for (JavaCodeUnit unit : type.getCodeUnits()) {
        if (isReachable(unit.getModifiers())) {
          List<JavaType> used = new ArrayList<>(unit.getParameterTypes());
          used.add(unit.getReturnType());
          used.forEach(each -> addHidden(each, exported, unit.getFullName(), hidden));
        }
      }
      for (JavaField field : type.getFields()) {
        if (isReachable(field.getModifiers())) {
          addHidden(field.getType(), exported, field.getFullName(), hidden);
        }
      }
    }
    assertThat(hidden).isEmpty();
  }

  /** {@code Rows.table} in its text is of the type {@code Rows}. */
  @Test
  void typesThatTheDocumentationNamesAreExported() throws IOException {
    Set<String> exported = new TreeSet<>(directives("exports"));
    Map<String, Set<String>> packages = new TreeMap<>();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages("org.shallownet")) {
      packages
          .computeIfAbsent(type.getSimpleName(), name -> new TreeSet<>())
          .add(type.getPackageName());
    }
    Set<String> named = new TreeSet<>();
    Matcher code = CODE.matcher(Files.readString(Path.of("docs/java.md")));
    while (code.find()) {
      Matcher names = TYPE.matcher(code.group());
      while (names.find()) {
        if (packages.containsKey(names.group())) {
          named.add(names.group());
        }
      }
    }
    assertThat(named).contains("Rows", "ResultSets", "EnsembleTrainer");
    assertThat(named).allMatch(name -> packages.get(name).stream().anyMatch(exported::contains));
  }

  private static void addHidden(
      JavaType type, Set<String> exported, String where, Set<String> hidden) {
    for (JavaClass part : type.getAllInvolvedRawTypes()) {
      String name = part.getBaseComponentType().getPackageName();
      if (name.startsWith("org.shallownet") && !exported.contains(name)) {
        hidden.add(part.getName() + " in " + where);
      }
    }
  }

  /** Whether users see the class: it and those around it are public or protected. */
  private static boolean isReachable(JavaClass type) {
    return isReachable(type.getModifiers())
        && type.getEnclosingClass().map(ModuleTest::isReachable).orElse(true);
  }

  private static boolean isReachable(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static List<String> directives(String keyword) {
    Matcher directive = DIRECTIVE.matcher(descriptor);
    Stream.Builder<String> found = Stream.builder();
    while (directive.find()) {
      if (directive.group(1).equals(keyword)) {
        found.add(directive.group(2).strip());
      }
    }
    return found.build().toList();
  }
}
