package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.cpu.primitives.OpenBlas;

/**
 * What another user has put where JavaCPP unpacks libraries in the shared temporary folder is not
 * loaded, also for users without a home.
 */
@EnabledOnOs(OS.LINUX)
class PlantedLibraryTest {
  @TempDir private Path temporary;

  /** Loads OpenBLAS and says how that went, from where, and who may enter there. */
  static final class Loading {
    private Loading() {}

    public static void main(String[] arguments) throws IOException {
      Throwable failure = OpenBlas.SHARED.load();
      String folder = System.getProperty("org.bytedeco.javacpp.cachedir");
      System.out.println(failure == null ? "loaded" : failure);
      System.out.println(folder);
      System.out.println(
          PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(folder))));
    }
  }

  /** Puts files that are no libraries in place of all of the jar's, of their size and time. */
  private void plant() throws IOException {
    URL library =
        org.bytedeco.openblas.global.openblas_nolapack.class.getResource(
            "/org/bytedeco/openblas/" + Loader.getPlatform() + "/libopenblas.so.0");
    assumeTrue(library != null, "OpenBLAS is not on the class path");
    JarURLConnection connection = (JarURLConnection) library.openConnection();
    try (JarFile jar = connection.getJarFile()) {
      Path cache =
          temporary
              .resolve(".javacpp-" + System.getProperty("user.name"))
              .resolve("cache")
              .resolve(Path.of(jar.getName()).getFileName());
      for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
        if (entry.getName().contains(".so")) {
          Path file = cache.resolve(entry.getName());
          Files.createDirectories(file.getParent());
          Files.write(file, new byte[Math.toIntExact(entry.getSize())]);
          Files.setLastModifiedTime(file, FileTime.fromMillis(entry.getTime()));
        }
      }
    }
  }

  private List<String> load(String home) throws IOException {
    return OwnJvm.print(
            Loading.class,
            List.of("-Duser.home=" + home, "-Djava.io.tmpdir=" + temporary),
            environment -> environment.remove("XDG_CACHE_HOME"))
        .lines()
        .toList();
  }

  @Test
  void aPlantedLibraryIsNotLoaded() throws IOException {
    plant();
    // A home in which nothing can be made, and none at all.
    for (String home : new String[] {"/dev/null", "?"}) {
      List<String> printed = load(home);
      assertThat(printed.get(0)).as(home).isEqualTo("loaded");
      Path folder = Path.of(printed.get(1));
      assertThat(folder.getParent()).isEqualTo(temporary);
      assertThat(folder.getFileName().toString()).startsWith("shallownet-openblas-");
      assertThat(printed.get(2)).isEqualTo("rwx------");
      assertThat(folder).doesNotExist();
    }
    assertThat(Files.exists(Path.of("?"), LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void aUsersCacheIsKept() throws IOException {
    Path home = Files.createDirectory(temporary.resolve("home"));
    Path folder = home.resolve(".cache/shallownet/openblas");
    for (int run = 0; run < 2; run++) {
      assertThat(load(home.toString())).containsExactly("loaded", folder.toString(), "rwx------");
    }
    assertThat(folder).isNotEmptyDirectory();
    assertThat(home.resolve(".javacpp")).doesNotExist();
  }
}
