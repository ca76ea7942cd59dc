package org.shallownet.backend.cuda.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoaderCacheTest {
  private static final int X86_64 = 0x0303;
  private static final int I386 = 0x0003;

  @TempDir private Path root;

  /** A cache of entries: flags, name, path. */
  private static byte[] cache(Object[]... entries) throws IOException {
    int strings = 48 + 24 * entries.length;
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    ByteBuffer head = ByteBuffer.allocate(strings).order(ByteOrder.LITTLE_ENDIAN);
    head.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII)).putInt(entries.length);
    for (int i = 0; i < entries.length; i++) {
      head.putInt(48 + 24 * i, (Integer) entries[i][0]);
      for (int text = 1; text <= 2; text++) {
        head.putInt(48 + 24 * i + 4 * text, strings + texts.size());
        texts.write((entries[i][text] + "\0").getBytes(StandardCharsets.UTF_8));
      }
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(head.array());
    all.write(texts.toByteArray());
    return all.toByteArray();
  }

  private void write(byte[] content) throws IOException {
    Files.createDirectories(root.resolve("etc"));
    Files.write(root.resolve("etc/ld.so.cache"), content);
  }

  private static byte[] example() throws IOException {
    return cache(
        new Object[] {X86_64, "libz.so.1", "/usr/lib/libz.so.1"},
        new Object[] {I386, "libcuda.so.1", "/usr/lib/i386-linux-gnu/libcuda.so.1"},
        new Object[] {X86_64, "libcuda.so.1", "/opt/driver/libcuda.so.1"},
        new Object[] {X86_64, "libcublas.so.12", "/opt/toolkit/lib/libcublas.so.12"},
        new Object[] {X86_64, "libcublasLt.so.12", "/opt/other/libcublasLt.so.12"});
  }

  @Test
  void theFoldersOfTheLibrariesAskedFor() throws IOException {
    write(example());
    assertThat(LoaderCache.folders(root, List.of("libcuda.so.1", "libcublas.so.")))
        .containsExactly(root.resolve("opt/driver"), root.resolve("opt/toolkit/lib"));
    Path driver = Files.createDirectories(root.resolve("opt/driver"));
    assertThat(new LibraryFolders("", java.util.Map.of(), root).all()).contains(driver);
  }

  @Test
  void aCacheInTheOlderFormatBeforeItIsPassedOver() throws IOException {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write("ld.so-1.7.0\0\1\0\0\0............".getBytes(StandardCharsets.US_ASCII));
    both.write(example());
    write(both.toByteArray());
    assertThat(LoaderCache.folders(root, List.of("libcuda.so.1")))
        .containsExactly(root.resolve("opt/driver"));
  }

  @Test
  void whatIsMissingOrDamagedTellsNothing() throws IOException {
    assertThat(LoaderCache.folders(root, List.of("lib"))).isEmpty();
    byte[] whole = example();
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      byte[] damaged =
          Arrays.copyOf(whole, i % 2 == 0 ? random.nextInt(whole.length) : whole.length);
      for (int j = 0; j < 4 && damaged.length > 20; j++) {
        damaged[20 + random.nextInt(damaged.length - 20)] = (byte) random.nextInt();
      }
      write(damaged);
      assertThat(LoaderCache.folders(root, List.of("lib"))).hasSizeLessThanOrEqualTo(5);
    }
  }

  /** Of the machine that the tests run on. */
  @Test
  void aRealCacheIsUnderstood() {
    Path system = Path.of("/");
    assumeTrue(Files.exists(Path.of("/etc/ld.so.cache")), "there is no /etc/ld.so.cache here");
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "it is for another processor");
    assertThat(LoaderCache.folders(system, List.of("libc.so.6")))
        .isNotEmpty()
        .allMatch(folder -> Files.exists(folder.resolve("libc.so.6")));
  }
}
