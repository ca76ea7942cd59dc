package org.shallownet.backend.cuda.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryFoldersTest {
  @TempDir private Path root;

  private Path make(String folder) throws IOException {
    return Files.createDirectories(root.resolve(folder));
  }

  @Test
  void askedThenLoaderThenEnvironmentThenToolkitsThenDistribution() throws IOException {
    Path distribution = make("usr/lib/x86_64-linux-gnu");
    Path old = make("usr/local/cuda-9.2/lib64");
    Path newer = make("usr/local/cuda-12.10/lib64");
    Path middle = make("usr/local/cuda-12.6/targets/x86_64-linux/lib");
    Path current = make("usr/local/cuda/lib64");
    Path home = make("home/cuda/lib64");
    Path configured = make("opt/configured");
    Path loader = make("opt/loader");
    Path asked = make("opt/asked/lib");
    make("etc/ld.so.conf.d");
    Files.write(
        root.resolve("etc/ld.so.conf.d/cuda.conf"),
        List.of("# a comment", "/opt/configured", "include other", "/opt/missing"));
    LibraryFolders folders =
        new LibraryFolders(
            root.resolve("opt/asked").toString(),
            Map.of(
                "LD_LIBRARY_PATH",
                ":" + loader + ":/does/not/exist",
                "CUDA_HOME",
                root.resolve("home/cuda").toString()),
            root);
    assertThat(folders.all())
        .containsSubsequence(
            asked, loader, configured, home, current, newer, middle, old, distribution)
        .allMatch(Files::isDirectory);
    assertThat(folders.unusable()).isEmpty();
  }

  @Test
  void packagesOfPythonAndConda() throws IOException {
    Path active = make("home/venv/lib/python3.11/site-packages/nvidia/cublas/lib");
    Path conda = make("home/conda/lib");
    Path inConda = make("home/conda/lib/python3.12/site-packages/nvidia/cu13/lib");
    Path toolkit = make("usr/local/cuda/lib64");
    Path nextToPython = make("home/tool/lib/python3.9/site-packages/nvidia/cuda_nvrtc/lib");
    Path debian = make("opt/python/local/lib/python3.11/dist-packages/nvidia/cublas/lib");
    Path older = make("opt/python/lib/python3.9/site-packages/nvidia/cublas/lib");
    Path newer = make("opt/python/lib/python3.10/site-packages/nvidia/cublas/lib");
    Path ofUser = make("home/.local/lib/python3.11/site-packages/nvidia/cublas/lib");
    make("opt/unused/lib/python3.11/site-packages/nvidia/cublas/lib");
    Path python = Files.createFile(make("opt/python/bin").resolve("python3.11"));
    assertThat(python.toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(make("home/tool/bin").resolve("python3"), python);
    Files.createSymbolicLink(make("opt/unused/bin").resolve("python3"), python);
    LibraryFolders folders =
        new LibraryFolders(
            "",
            Map.of(
                "VIRTUAL_ENV",
                root.resolve("home/venv").toString(),
                "CONDA_PREFIX",
                root.resolve("home/conda").toString(),
                "PATH",
                make("empty/bin")
                    + ":"
                    + root.resolve("home/tool/bin")
                    + ":"
                    + root.resolve("opt/unused/bin"),
                "HOME",
                root.resolve("home").toString()),
            root);
    assertThat(folders.all())
        .containsSubsequence(
            active, conda, inConda, toolkit, nextToPython, newer, older, debian, ofUser)
        .noneMatch(folder -> folder.startsWith(root.resolve("opt/unused")));
  }

  @Test
  void aRelativeFolderOfThePathIsNoPlaceToLoadFrom() throws IOException {
    Path packages = make("opt/python/lib/python3.11/site-packages/nvidia/cublas/lib");
    Path python = Files.createFile(make("opt/python/bin").resolve("python3"));
    assertThat(python.toFile().setExecutable(true)).isTrue();
    Path bin = root.resolve("opt/python/bin").toAbsolutePath();
    Path relative = Path.of("").toAbsolutePath().relativize(bin);
    assertThat(new LibraryFolders("", Map.of("PATH", relative.toString()), root).all())
        .doesNotContain(packages);
    assertThat(new LibraryFolders("", Map.of("PATH", relative + ":" + bin), root).all())
        .contains(packages);
  }

  @Test
  void findsTheShortNameOrTheHighestVersion() throws IOException {
    Path folder = make("lib");
    assertThat(LibraryFolders.find(folder, "libcublas.so.12")).isEmpty();
    Files.createFile(folder.resolve("libcublas.so.12.6.4"));
    Files.createFile(folder.resolve("libcublas.so.12.10.1"));
    Files.createFile(folder.resolve("libcublas.so.121"));
    assertThat(LibraryFolders.find(folder, "libcublas.so.12"))
        .contains(folder.resolve("libcublas.so.12.10.1"));
    Files.createFile(folder.resolve("libcublas.so.12"));
    assertThat(LibraryFolders.find(folder, "libcublas.so.12"))
        .contains(folder.resolve("libcublas.so.12"));
    assertThat(LibraryFolders.find(root.resolve("missing"), "libcublas.so.12")).isEmpty();
  }
}
