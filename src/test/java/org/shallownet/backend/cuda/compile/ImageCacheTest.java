package org.shallownet.backend.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images on the disk: sound, damaged, several writers at once, no folder. */
class ImageCacheTest {
  private static final byte[] IMAGE = {1, 2, 3, 4, 5};

  @TempDir private Path folder;

  @Test
  void givesBackWhatItWasGiven() {
    ImageCache cache = new ImageCache(folder.resolve("a/b"));
    assertThat(cache.find("key")).isEmpty();
    cache.store("key", IMAGE);
    assertThat(cache.find("key")).contains(IMAGE);
    assertThat(new ImageCache(folder.resolve("a/b")).find("key")).contains(IMAGE);
    assertThat(cache.find("other")).isEmpty();
    cache.store("key", new byte[] {9});
    assertThat(cache.find("key")).contains(new byte[] {9});
  }

  @Test
  void whatIsDamagedCountsAsMissing() throws IOException {
    ImageCache cache = new ImageCache(folder);
    cache.store("key", IMAGE);
    Path file = onlyFile();
    byte[] sound = Files.readAllBytes(file);
    for (int length = 0; length < sound.length; length++) {
      Files.write(file, Arrays.copyOf(sound, length));
      assertThat(cache.find("key")).as("cut to " + length).isEmpty();
    }
    for (int at = 0; at < sound.length; at++) {
      byte[] damaged = sound.clone();
      damaged[at] ^= 4;
      Files.write(file, damaged);
      assertThat(cache.find("key")).as("changed at " + at).isEmpty();
    }
    cache.store("key", IMAGE);
    assertThat(cache.find("key")).contains(IMAGE);
  }

  @Test
  void writersAtOnceLeaveOneWholeImageAndNothingElse() throws IOException {
    byte[] large = new byte[1 << 20];
    IntStream.range(0, 64)
        .parallel()
        .forEach(
            i -> {
              ImageCache cache = new ImageCache(folder);
              cache.store("key", large);
              assertThat(cache.find("key")).contains(large);
            });
    assertThat(onlyFile()).hasSize(large.length + 32);
  }

  @Test
  void aFolderThatCannotBeIsNoFault() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    ImageCache cache = new ImageCache(file.resolve("below"));
    cache.store("key", IMAGE);
    assertThat(cache.find("key")).isEmpty();
  }

  @Test
  void whatOthersMayHaveWrittenIsNotRead() throws IOException {
    Path open = folder.resolve("open");
    new ImageCache(open).store("key", IMAGE);
    assertThat(new ImageCache(open).find("key")).contains(IMAGE);
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwx---"));
    assertThat(new ImageCache(open).find("key")).isEmpty();
    assertThat(new ImageCache(null).find("key")).isEmpty();
  }

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.reduce((a, b) -> fail("two files")).orElseThrow();
    }
  }
}
