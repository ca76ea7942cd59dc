package org.shallownet.backend.cuda.natives;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Lists of folders, and what is in a folder. */
final class Folders {
  private static final List<String> IN_TOOLKIT =
      List.of("lib64", "targets/x86_64-linux/lib", "lib");

  private Folders() {}

  /** The folders of a list such as the {@code PATH}. */
  static List<Path> paths(String joined) {
    return Stream.of(joined.split(File.pathSeparator, -1))
        .filter(part -> !part.isBlank())
        .map(Folders::path)
        .flatMap(Optional::stream)
        .collect(Collectors.toUnmodifiableList());
  }

  /** Those of the list that are absolute in it. */
  static List<Path> absolute(String joined) {
    return paths(
        Stream.of(joined.split(File.pathSeparator, -1))
            .filter(part -> part.startsWith(File.separator))
            .collect(Collectors.joining(File.pathSeparator)));
  }

  private static Optional<Path> path(String text) {
    try {
      return Optional.of(Path.of(text).toAbsolutePath().normalize());
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The entries of a folder whose name begins so, the highest version first. */
  static List<Path> list(Path folder, String prefix) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(
            folder, entry -> entry.getFileName().toString().startsWith(prefix))) {
      entries.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      // A folder that is missing or closed to us holds nothing for us.
      return List.of();
    }
    found.sort(Comparator.comparing(Folders::padded).reversed());
    return found;
  }

  /** The name with its numbers so wide that text order is the order of versions. */
  private static String padded(Path file) {
    return Pattern.compile("[0-9]+")
        .matcher(file.getFileName().toString())
        .replaceAll(
            number -> "0".repeat(Math.max(0, 9 - number.group().length())) + number.group());
  }

  /** Adds a folder and those in it where a toolkit of CUDA has its libraries. */
  static void addToolkit(Collection<Path> folders, Path toolkit) {
    folders.add(toolkit);
    IN_TOOLKIT.forEach(folder -> folders.add(toolkit.resolve(folder)));
  }
}
