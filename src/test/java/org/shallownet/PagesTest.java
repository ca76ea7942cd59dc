package org.shallownet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages that people read: the README is short, links lead somewhere, terms are explained. */
class PagesTest {
  private static final Path README = Path.of("README.md");
  private static final Path GLOSSARY = Path.of("docs/glossary.md");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern TYPE = Pattern.compile("`([A-Z][a-z]\\w*)[.\\w]*`");

  @Test
  void theReadmeIsShort() throws IOException {
    assertThat(Files.size(README)).isLessThanOrEqualTo(9 * 1024);
  }

  @Test
  void theReadmeNamesEveryPage() throws IOException {
    String readme = Files.readString(README);
    for (Path page : pages()) {
      if (page.startsWith("docs")) {
        assertThat(readme).contains("](" + slashed(page) + ")");
      }
    }
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : pages()) {
      Matcher link = LINK.matcher(withoutCode(Files.readString(page)));
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains("://")) {
          links++;
          if (!exists(page, target)) {
            broken.add(slashed(page) + ": " + target);
          }
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(links).isGreaterThan(30);
  }

  @Test
  void theGlossaryNamesTypesThatExist() throws IOException {
    TreeSet<String> named = new TreeSet<>();
    Matcher type = TYPE.matcher(Files.readString(GLOSSARY));
    while (type.find()) {
      named.add(type.group(1));
    }
    TreeSet<String> types;
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      types =
          sources
              .map(source -> source.getFileName().toString())
              .filter(name -> name.endsWith(".java"))
              .map(name -> name.substring(0, name.length() - ".java".length()))
              .collect(Collectors.toCollection(TreeSet::new));
    }
    assertThat(named).hasSizeGreaterThan(40);
    assertThat(types).containsAll(named);
  }

  @Test
  void theGlossaryExplainsATermOnce() throws IOException {
    List<String> terms =
        Files.readAllLines(GLOSSARY).stream()
            .filter(line -> line.startsWith("| **"))
            .map(line -> line.substring("| **".length(), line.indexOf("**", 4)))
            .toList();
    assertThat(terms).hasSizeGreaterThan(50).doesNotHaveDuplicates();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String folder : List.of("docs", "benchmarks", "kernels", "examples", "ci")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        files
            .filter(file -> file.toString().endsWith(".md") && !slashed(file).contains("/target/"))
            .forEach(pages::add);
      }
    }
    pages.add(README);
    return pages;
  }

  /** Whether a page has this target beside it: a file, a heading of its own or of a file. */
  private static boolean exists(Path page, String target) throws IOException {
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path file = path.isEmpty() ? page : page.resolveSibling(path).normalize();
    if (!Files.exists(file)) {
      return false;
    }
    return hash < 0 || headings(Files.readString(file)).contains(target.substring(hash + 1));
  }

  /** The names that GitHub gives to headings. */
  private static List<String> headings(String page) {
    return withoutCode(page)
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
        .map(line -> line.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .toList();
  }

  private static String withoutCode(String page) {
    return page.replaceAll("(?s)```.*?```", "");
  }

  private static String slashed(Path path) {
    return path.toString().replace('\\', '/');
  }
}
