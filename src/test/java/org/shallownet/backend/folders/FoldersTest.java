package org.shallownet.backend.folders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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

  private static void mode(Path file, String permissions, boolean sticky) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    int mode = (int) Files.getAttribute(file, "unix:mode");
    Files.setAttribute(file, "unix:mode", sticky ? mode | 01000 : mode);
  }

  private static void giveAway(Path file) {
    try {
      Files.setAttribute(file, "unix:uid", 12345, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      assumeTrue(false, "only the superuser may give files away");
    }
  }

  private static void assertRefused(ThrowingCallable call, Path place, String objection) {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(call)
        .withMessage(place + " " + objection);
  }

  @Test
  void aFolderThatOthersMayReplaceIsRefused() throws IOException {
    Path above = Files.createDirectory(folder.toRealPath().resolve("above"));
    Path own = above.resolve("x/own");
    Files.createDirectories(own.getParent());
    for (String mode : new String[] {"rwxrwxrwx", "rwx----w-"}) {
      mode(above, mode, false);
      String objection = "can be written by others";
      assertRefused(() -> PrivateFolder.own(own), above, objection);
      assertRefused(() -> PrivateFolder.trusted(own), above, objection);
      assertThat(own).isEmptyDirectory();
    }
    mode(above, "rwxrwxrwx", true);
    assertThat(PrivateFolder.trusted(own)).isEqualTo(own);
  }

  @Test
  void aGroupMayWriteAboveWhereItIsTheOwnersAlone() throws IOException {
    Path above = Files.createDirectory(folder.toRealPath().resolve("above"));
    Path own = Files.createDirectory(above.resolve("own"));
    mode(above, "rwxrwxr-x", false);
    int owner = (int) Files.getAttribute(above, "unix:uid");
    if (owner == (int) Files.getAttribute(above, "unix:gid") && owner != 0) {
      assertThat(PrivateFolder.trusted(own)).isEqualTo(own);
    } else {
      assertRefused(() -> PrivateFolder.trusted(own), above, "can be written by others");
    }
  }

  @Test
  void aFolderBelowSomebodyElsesIsRefusedAlsoBehindLinks() throws IOException {
    Path real = folder.toRealPath();
    Path other = Files.createDirectory(real.resolve("other"));
    Path own = Files.createDirectory(other.resolve("own"));
    Path straight = Files.createDirectory(real.resolve("straight"));
    Files.createDirectory(straight.resolve("own"));
    Path link = Files.createSymbolicLink(real.resolve("link"), Path.of("other/../other"));
    Path good = Files.createSymbolicLink(real.resolve("good"), Path.of("straight"));
    assertThat(PrivateFolder.own(link.resolve("own"))).isEqualTo(link.resolve("own"));
    giveAway(other);
    assertRefused(() -> PrivateFolder.own(own), other, "belongs to another user");
    assertRefused(() -> PrivateFolder.own(link.resolve("own")), other, "belongs to another user");
    assertThat(PrivateFolder.own(good.resolve("own"))).isEqualTo(good.resolve("own"));
    giveAway(good);
    assertRefused(() -> PrivateFolder.own(good.resolve("own")), good, "belongs to another user");
  }

  @Test
  void linksThatGoRoundLeadNowhere() throws IOException {
    Path round = Files.createSymbolicLink(folder.resolve("round"), Path.of("round"));
    assertThatExceptionOfType(FileSystemLoopException.class)
        .isThrownBy(() -> Planting.requireNoneOfAnybody(round.resolve("file")));
  }

  @Test
  void whatAnybodyCouldHavePutThereIsRefused() throws IOException {
    Path shared = Files.createDirectory(folder.toRealPath().resolve("shared"));
    Path named = Files.createDirectory(shared.resolve("named"));
    Path file = Files.createFile(named.resolve("lib.so"));
    Planting.requireNoneOfAnybody(file);
    mode(shared, "rwxrwxr-x", false);
    Planting.requireNoneOfAnybody(file);
    mode(shared, "rwxrwxrwx", false);
    assertRefused(() -> Planting.requireNoneOfAnybody(file), shared, "can be written by everybody");
    mode(shared, "rwxrwxrwx", true);
    Planting.requireNoneOfAnybody(file);
    mode(file, "rw-rw-rw-", false);
    assertRefused(() -> Planting.requireNoneOfAnybody(file), file, "can be written by everybody");
    mode(file, "rw-r--r--", false);
    giveAway(file);
    Planting.requireNoneOfAnybody(file);
    giveAway(named);
    assertRefused(
        () -> Planting.requireNoneOfAnybody(file),
        named,
        "belongs to another user, in a folder where everybody may make files");
  }
}
