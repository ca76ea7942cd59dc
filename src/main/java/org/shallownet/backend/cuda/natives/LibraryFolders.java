package org.shallownet.backend.cuda.natives;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folders where CUDA's libraries and the driver's may be, in the order in which they are looked
 * through.
 */
public final class LibraryFolders {
  /**
   * The system property that names folders to be looked through before all others, separated as in
   * a class path; a toolkit's own folder will do.
   */
  public static final String PROPERTY = "shallownet.cuda.libraries";

  private static final List<String> IN_TOOLKIT =
      List.of("lib64", "targets/x86_64-linux/lib", "lib");

  /** Of Debian, Red Hat, Arch, NVIDIA's containers, WSL and NixOS. */
  private static final List<String> OF_DISTRIBUTIONS =
      List.of(
          "usr/lib/x86_64-linux-gnu",
          "lib/x86_64-linux-gnu",
          "usr/lib64",
          "lib64",
          "usr/lib",
          "usr/lib/cuda/lib64",
          "opt/cuda/lib64",
          "usr/local/nvidia/lib64",
          "usr/lib/wsl/lib",
          "run/opengl-driver/lib");

  private final Path root;
  private final List<Path> asked;
  private final List<Path> folders;

  /**
   * Folders of a machine.
   *
   * @param asked what {@link #PROPERTY} says; empty for nothing
   * @param environment the process's environment
   * @param root the top of the file system
   */
  public LibraryFolders(String asked, Map<String, String> environment, Path root) {
    this.root = root;
    this.asked = paths(asked);
    Set<Path> all = new LinkedHashSet<>();
    this.asked.forEach(folder -> addToolkit(all, folder));
    all.addAll(paths(environment.getOrDefault("LD_LIBRARY_PATH", "")));
    all.addAll(loaderFolders());
    for (String variable : List.of("CUDA_PATH", "CUDA_HOME")) {
      paths(environment.getOrDefault(variable, "")).forEach(folder -> addToolkit(all, folder));
    }
    toolkits().forEach(folder -> addToolkit(all, folder));
    OF_DISTRIBUTIONS.forEach(folder -> all.add(root.resolve(folder)));
    this.folders = all.stream().filter(Files::isDirectory).toList();
  }

  /** This machine's. */
  public static LibraryFolders ofThisMachine() {
    return new LibraryFolders(System.getProperty(PROPERTY, ""), System.getenv(), Path.of("/"));
  }

  /** All of them that exist. */
  public List<Path> all() {
    return folders;
  }

  /** Those that {@link #PROPERTY} names but that can't be looked through. */
  List<Path> unusable() {
    return asked.stream()
        .filter(folder -> !Files.isDirectory(folder) || !Files.isReadable(folder))
        .toList();
  }

  /**
   * The file of a library in one of the folders.
   *
   * @param name such as {@code libcublas.so.12}; a file whose name goes on with {@code .6.4} does
   *     too where the short name is missing
   */
  public static Optional<Path> find(Path folder, String name) {
    Path exact = folder.resolve(name);
    if (Files.isRegularFile(exact)) {
      return Optional.of(exact);
    }
    return list(folder, name + ".").stream().filter(Files::isRegularFile).findFirst();
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
    found.sort(Comparator.comparing(LibraryFolders::padded).reversed());
    return found;
  }

  /** The name with its numbers so wide that text order is the order of versions. */
  private static String padded(Path file) {
    return Pattern.compile("[0-9]+")
        .matcher(file.getFileName().toString())
        .replaceAll(
            number -> "0".repeat(Math.max(0, 9 - number.group().length())) + number.group());
  }

  private List<Path> toolkits() {
    Path local = root.resolve("usr/local");
    return Stream.concat(Stream.of(local.resolve("cuda")), list(local, "cuda-").stream()).toList();
  }

  private static void addToolkit(Collection<Path> folders, Path toolkit) {
    folders.add(toolkit);
    IN_TOOLKIT.forEach(folder -> folders.add(toolkit.resolve(folder)));
  }

  /** What the loader's configuration names. */
  private List<Path> loaderFolders() {
    List<Path> found = new ArrayList<>();
    for (Path file : list(root.resolve("etc/ld.so.conf.d"), "")) {
      try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
        lines
            .map(String::strip)
            .filter(line -> line.startsWith("/"))
            .forEach(line -> found.add(root.resolve(line.substring(1))));
      } catch (IOException | UncheckedIOException | InvalidPathException e) {
        // One file less to learn from.
      }
    }
    return found;
  }

  private static List<Path> paths(String joined) {
    return Stream.of(joined.split(File.pathSeparator, -1))
        .filter(part -> !part.isBlank())
        .map(LibraryFolders::path)
        .flatMap(Optional::stream)
        .collect(Collectors.toUnmodifiableList());
  }

  private static Optional<Path> path(String text) {
    try {
      return Optional.of(Path.of(text).toAbsolutePath().normalize());
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
