package org.shallownet.cli.options;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Files named by patterns in quotes, which a shell leaves as they are, or has none for. */
final class FilePatterns {
  private FilePatterns() {}

  /**
   * The files that names and patterns stand for: a file of just that name, or with {@code *} and
   * {@code ?} in its last part all files that fit, in the order of their names.
   *
   * @throws UncheckedIOException if no file fits a pattern
   */
  static List<Path> expand(List<Path> named) {
    List<Path> files = new ArrayList<>();
    for (Path path : named) {
      String last = String.valueOf(path.getFileName());
      boolean pattern = last.indexOf('*') >= 0 || last.indexOf('?') >= 0;
      if (!pattern || Files.exists(path)) {
        files.add(path);
      } else {
        files.addAll(fitting(path, last));
      }
    }
    return files;
  }

  private static List<Path> fitting(Path path, String pattern) {
    Path parent = path.getParent();
    List<Path> files = new ArrayList<>();
    // Braces and brackets are no patterns here.
    String glob = pattern.replaceAll("[\\\\\\[\\]{}]", "\\\\$0");
    Path folder = parent == null ? Path.of("") : parent;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, glob)) {
      found.forEach(file -> files.add(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (files.isEmpty()) {
      throw new UncheckedIOException(
          new FileSystemException(
              path.toString(), null, "it is a pattern that no file fits; check it"));
    }
    files.sort(null);
    return files;
  }
}
