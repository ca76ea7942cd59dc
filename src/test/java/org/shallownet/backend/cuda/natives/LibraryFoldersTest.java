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
