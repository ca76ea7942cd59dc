package org.shallownet.backend.cuda.natives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /** What the names of the libraries begin with. */
  private static final List<String> LIBRARIES =
      List.of("libcuda.so.1", "libcublas.so.", "libnvrtc.so.");

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
    this.asked = Folders.paths(asked);
    Set<Path> all = new LinkedHashSet<>();
    this.asked.forEach(folder -> Folders.addToolkit(all, folder));
    all.addAll(Folders.paths(environment.getOrDefault("LD_LIBRARY_PATH", "")));
    all.addAll(loaderFolders());
    all.addAll(LoaderCache.folders(root, LIBRARIES));
    for (String variable : List.of("CUDA_PATH", "CUDA_HOME")) {
      Folders.paths(environment.getOrDefault(variable, ""))
          .forEach(folder -> Folders.addToolkit(all, folder));
    }
    all.addAll(PythonFolders.ofEnvironments(environment));
    toolkits().forEach(folder -> Folders.addToolkit(all, folder));
    OF_DISTRIBUTIONS.forEach(folder -> all.add(root.resolve(folder)));
    all.addAll(PythonFolders.ofPython(environment));
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

  /**
   * Whether the system runs NVIDIA's driver, its library found or not; in WSL it is the one of
   * Windows.
   */
  boolean driverRuns() {
    return Files.exists(root.resolve("proc/driver/nvidia/version"))
        || Files.exists(root.resolve("dev/dxg"));
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
    return Folders.list(folder, name + ".").stream().filter(Files::isRegularFile).findFirst();
  }

  private List<Path> toolkits() {
    Path local = root.resolve("usr/local");
    return Stream.concat(Stream.of(local.resolve("cuda")), Folders.list(local, "cuda-").stream())
        .toList();
  }

  /** What the loader's configuration names. */
  private List<Path> loaderFolders() {
    List<Path> found = new ArrayList<>();
    for (Path file : Folders.list(root.resolve("etc/ld.so.conf.d"), "")) {
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
}
