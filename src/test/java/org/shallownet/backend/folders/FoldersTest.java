package org.shallownet.backend.folders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Whose folders are trusted. */
@DisabledOnOs(OS.WINDOWS)
class FoldersTest {
  @TempDir private Path folder;

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void theUsersCacheFolderFollowsTheSpecification() {
    assertThat(CacheFolder.of(Map.of(), "/home/me"))
        .contains(Path.of("/home/me/.cache/shallownet"));
    assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "/c"), "/home/me"))
        .contains(Path.of("/c/shallownet"));
    assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "c"), "/home/me"))
        .contains(Path.of("/home/me/.cache/shallownet"));
    assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "/c"), "?"))
        .contains(Path.of("/c/shallownet"));
  }

  @Test
  void aUserWithoutAHomeHasNone() {
    assertThat(CacheFolder.of(Map.of(), "?")).isEmpty();
    assertThat(CacheFolder.of(Map.of(), "")).isEmpty();
    assertThat(CacheFolder.of(Map.of(), "a\0b")).isEmpty();
  }

  @Test
  void nobodyElseMayEnter() throws IOException {
    Path made = PrivateFolder.trusted(folder.resolve("a/b"));
    assertThat(permissions(made)).isEqualTo("rwx------");
    assertThat(PrivateFolder.trusted(made)).isEqualTo(made);
    assertThat(made).isEmptyDirectory();
    Path read = Files.createDirectory(folder.resolve("read"));
    Files.setPosixFilePermissions(read, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(permissions(PrivateFolder.trusted(read))).isEqualTo("rwx------");
    assertThat(permissions(PrivateFolder.temporary("test-"))).isEqualTo("rwx------");
  }

  @Test
  void whatOthersMayHaveWrittenIsNotTrusted() throws IOException {
    for (String mode : new String[] {"rwxrwx---", "rwx----w-"}) {
      Path open = Files.createDirectory(folder.resolve(mode));
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(mode));
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> PrivateFolder.trusted(open))
          .withMessage(open + " can be written by others; remove it, so that it is made anew");
      assertThat(permissions(open)).isEqualTo(mode);
      assertThat(permissions(PrivateFolder.own(open))).isEqualTo("rwx------");
    }
  }

  @Test
  void aLinkOrAFileIsNoFolder() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    Path file = Files.createFile(folder.resolve("file"));
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> PrivateFolder.trusted(link));
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> PrivateFolder.trusted(file));
  }

  @Test
  void somebodyElsesFolderIsRefused() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    try {
      Files.setAttribute(other, "unix:uid", 12345);
    } catch (IOException e) {
      assumeTrue(false, "only the superuser may give folders away");
    }
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> PrivateFolder.trusted(other))
        .withMessage(other + " belongs to somebody else");
  }
}
