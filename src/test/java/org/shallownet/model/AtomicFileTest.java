package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path directory;

  private static AtomicFile.Content text(String text) {
    return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void writesAndReplaces() throws IOException {
    Path file = directory.resolve("a.txt");
    AtomicFile.write(file, text("one"));
    AtomicFile.write(file, text("two"));
    assertThat(file).hasContent("two");
    assertThat(names()).containsExactly("a.txt");
  }

  /** Writes to a file that is named. */
  static final class Writing {
    private Writing() {}

    public static void main(String[] arguments) throws IOException {
      AtomicFile.checkWritable(Path.of(arguments[0]));
      AtomicFile.write(Path.of(arguments[0]), text("one"));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void standardOutputThatIsAPipeIsWrittenTo() throws Exception {
    Path file = directory.resolve("a.txt");
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "\"$0\" -cp \"$1\" '" + Writing.class.getName() + "' /dev/stdout | cat > \"$2\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                System.getProperty("java.class.path"),
                file.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).isEmpty();
    assertThat(shell.waitFor()).isZero();
    assertThat(file).hasContent("one");
  }

  @Test
  void anInterruptedThreadWritesAllTheSameAndStaysInterrupted() throws IOException {
    Path file = directory.resolve("a.txt");
    Thread.currentThread().interrupt();
    try {
      AtomicFile.write(file, text("one"));
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
    assertThat(file).hasContent("one");
  }

  @Test
  void aFailureHalfWayLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(new byte[1 << 20]);
                      throw new IOException("the cable was pulled");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("can't write " + file + ": the cable was pulled");
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("a.txt");
  }

  @Test
  void anExceptionOfTheContentLeavesTheOldFileToo() throws IOException {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      throw new IllegalStateException("no");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("a.txt");
  }

  @Test
  void aFullDiskLeavesTheOldFile() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    AtomicFile.Opener onFullDisk =
        temporary -> {
          Files.createFile(temporary);
          return FileChannel.open(full, StandardOpenOption.WRITE);
        };
    assertThatThrownBy(() -> AtomicFile.write(file, text("new"), onFullDisk))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("can't write " + file + ": ")
        .hasMessageContaining("No space left");
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("a.txt");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void devicesAreWrittenToDirectly() throws IOException {
    AtomicFile.write(Path.of("/dev/null"), text("gone"));
    AtomicFile.checkWritable(Path.of("/dev/null"));
    assertThatThrownBy(() -> AtomicFile.write(Path.of("/dev/full"), text("new")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No space left");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void keepsPermissionsAndLinks() throws IOException {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("a.txt"));
    AtomicFile.write(link, text("new"));
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(file).hasContent("new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    assertThat(names()).containsExactly("a.txt", "link");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aLinkToNothingYetGetsItsFileAndACircleIsRefused() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("later.txt"));
    AtomicFile.write(link, text("new"));
    assertThat(directory.resolve("later.txt")).hasContent("new");
    Path circle = Files.createSymbolicLink(directory.resolve("circle"), Path.of("circle"));
    assertThatThrownBy(() -> AtomicFile.write(circle, text("new")))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("its symbolic links go in a circle");
  }

  @Test
  void saysWhyAFileCantBeWritten() throws IOException {
    Path missing = directory.resolve("no/a.txt");
    String sentence = "can't write " + missing + ": its folder does not exist";
    assertThatThrownBy(() -> AtomicFile.write(missing, text("x")))
        .isInstanceOf(IOException.class)
        .hasMessage(sentence);
    assertThatThrownBy(() -> AtomicFile.checkWritable(missing)).hasMessage(sentence);
    assertThatThrownBy(() -> AtomicFile.write(directory, text("x")))
        .hasMessage("can't write " + directory + ": it is a folder");
    assertThatThrownBy(() -> AtomicFile.checkWritable(directory))
        .hasMessage("can't write " + directory + ": it is a folder");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aReadOnlyFileIsNotReplaced() throws IOException {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    assumeTrue(!Files.isWritable(file), "this user may write to every file");
    assertThatThrownBy(() -> AtomicFile.write(file, text("new")))
        .hasMessage("can't write " + file + ": permission denied");
    assertThat(file).hasContent("old");
  }

  @Test
  void checkingLeavesNothing() throws IOException {
    AtomicFile.checkWritable(directory.resolve("a.txt"));
    assertThat(names()).isEmpty();
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    AtomicFile.checkWritable(file);
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("a.txt");
  }

  /** A process that was killed has no lock any more; one that writes has. */
  @Test
  void whatKilledProcessesLeaveIsRemoved() throws IOException {
    FileTime before = FileTime.from(Instant.now().minusSeconds(60));
    Path left = temporary(before);
    Path young = temporary(FileTime.from(Instant.now()));
    Path other = Files.createFile(directory.resolve(".other-1.tmp"));
    Files.setLastModifiedTime(other, before);
    Path written = temporary(before);
    try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      AtomicFile.checkWritable(directory.resolve("a.txt"));
      assertThat(left).doesNotExist();
      assertThat(young).exists();
      assertThat(other).exists();
      assertThat(written).exists();
    }
  }

  private Path temporary(FileTime touched) throws IOException {
    Path file = Files.createFile(directory.resolve(".shallownet-" + UUID.randomUUID() + ".tmp"));
    return Files.setLastModifiedTime(file, touched);
  }

  /** Only the superuser may give files away, as in containers. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void ownerAndGroupStay() throws IOException {
    Path file = Files.writeString(directory.resolve("a.txt"), "old");
    try {
      Files.setAttribute(file, "unix:uid", 12345);
      Files.setAttribute(file, "unix:gid", 23456);
    } catch (IOException e) {
      assumeTrue(false, "this user may not give files away");
    }
    AtomicFile.write(file, text("new"));
    assertThat(file).hasContent("new");
    assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(12345);
    assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(23456);
  }
}
