package org.shallownet.backend.cuda.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The folders in which packages of Python and conda have CUDA's libraries: {@code nvidia/*}{@code
 * /lib} among a Python's packages, {@code lib} of an environment of conda. Nothing is executed to
 * find them.
 */
final class PythonFolders {
  /** Where packages are below the folder of a Python; the second is Debian's. */
  private static final List<String> LIBRARIES = List.of("lib", "lib64", "local/lib");

  private static final List<String> PACKAGES = List.of("site-packages", "dist-packages");

  private PythonFolders() {}

  /** Those of the environments that are active: {@code VIRTUAL_ENV} and {@code CONDA_PREFIX}. */
  static List<Path> ofEnvironments(Map<String, String> environment) {
    List<Path> found = new ArrayList<>();
    for (Path base : Folders.paths(environment.getOrDefault("VIRTUAL_ENV", ""))) {
      found.addAll(ofPackages(base));
    }
    for (Path base : Folders.paths(environment.getOrDefault("CONDA_PREFIX", ""))) {
      Folders.addToolkit(found, base);
      found.addAll(ofPackages(base));
    }
    return found;
  }

  /** Those of the first Python on the {@code PATH}, and of the packages that a user has there. */
  static List<Path> ofPython(Map<String, String> environment) {
    Set<Path> bases = new LinkedHashSet<>();
    for (String name : List.of("python3", "python")) {
      // What a relative folder names depends on where one is: nothing is loaded from there.
      Folders.absolute(environment.getOrDefault("PATH", "")).stream()
          .map(folder -> folder.resolve(name))
          .filter(Files::isExecutable)
          .findFirst()
          .ifPresent(
              python -> {
                base(python).ifPresent(bases::add);
                real(python).flatMap(PythonFolders::base).ifPresent(bases::add);
              });
    }
    List<Path> found = new ArrayList<>();
    bases.forEach(base -> found.addAll(ofPackages(base)));
    if (!bases.isEmpty()) {
      Folders.paths(environment.getOrDefault("HOME", ""))
          .forEach(home -> found.addAll(ofPackages(home.resolve(".local"))));
    }
    return found;
  }

  /** Where a Python is installed: {@code /usr} for {@code /usr/bin/python3}. */
  private static Optional<Path> base(Path python) {
    return Optional.ofNullable(python.getParent()).map(Path::getParent);
  }

  private static Optional<Path> real(Path python) {
    try {
      return Optional.of(python.toRealPath());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The newest Python first. */
  private static List<Path> ofPackages(Path base) {
    List<Path> found = new ArrayList<>();
    for (String library : LIBRARIES) {
      for (Path python : Folders.list(base.resolve(library), "python3")) {
        for (String packages : PACKAGES) {
          for (Path part : Folders.list(python.resolve(packages).resolve("nvidia"), "")) {
            found.add(part.resolve("lib"));
          }
        }
      }
    }
    return found;
  }
}
