package org.shallownet.data.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.data.Columns;
import org.shallownet.data.Table;

/** That an archive's files are closed, as Linux tells by the links of a process's open files. */
@EnabledOnOs(OS.LINUX)
class NpzClosingTest {
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");
  private static final long MOST_NANOS = 30_000_000_000L;

  @TempDir private Path folder;
  private Set<String> before = Set.of();

  @BeforeEach
  void lookBefore() throws IOException {
    before = Set.copyOf(open());
  }

  /** Archives, and arrays that were unpacked from one, that are open in this process. */
  private static Set<String> open() throws IOException {
    Set<String> open = new HashSet<>();
    try (Stream<Path> files = Files.list(OPEN_FILES)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        try {
          String target = Files.readSymbolicLink(file).toString();
          if (target.contains(".npz") || target.matches(".*/shallownet\\d+/array.*")) {
            open.add(target);
          }
        } catch (IOException e) {
          // Closed meanwhile, such as the folder that is listed.
        }
      }
    }
    return open;
  }

  private Set<String> opened() throws IOException {
    Set<String> opened = open();
    opened.removeAll(before);
    return opened;
  }

  private static byte[] array(String shape, float... values) {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + header.length() + 4 * values.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put("\u0093NUMPY\1\0".getBytes(StandardCharsets.ISO_8859_1));
    bytes.putShort((short) header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private Path archive(Map<String, byte[]> arrays) throws IOException {
    Path file = folder.resolve("t.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
        zip.putNextEntry(new ZipEntry(array.getKey()));
        zip.write(array.getValue());
      }
    }
    return file;
  }

  @Test
  void theArchiveAndTheTargetAreClosedAtOnceTheFeaturesWithTheTable() throws Exception {
    byte[] features = array("2, 2", 1, 2, 3, 4);
    Path file = archive(Map.of("X.npy", features, "y.npy", array("2,", 0, 1)));
    Table table = Table.read(file, Columns.training("y", null));
    assertThat(opened()).singleElement().asString().contains("/array");
    assertThat(all(table.features())).containsExactly(1, 2, 3, 4);
    table = Table.read(archive(Map.of("a.npy", array("1, 2", 5, 6))), Columns.training(null, null));
    long begin = System.nanoTime();
    while (opened().size() > 1 && System.nanoTime() - begin < MOST_NANOS) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(opened()).as("the first table is gone, the second is there").hasSize(1);
    assertThat(all(table.features())).containsExactly(5, 6);
  }

  @Test
  void allIsClosedAtOnceAfterAFailure() throws IOException {
    byte[] two = array("2, 1", 1, 2);
    Columns target = Columns.training("y", null);
    Path longer = archive(Map.of("X.npy", two, "y.npy", array("1,", 1)));
    assertThat(messageOf(() -> Table.read(longer, target))).contains("y is 1×1 but X has 2 rows");
    assertThat(opened()).isEmpty();
    Path infinite = archive(Map.of("X.npy", array("2, 1", 1, 1f / 0), "y.npy", array("2,", 0, 1)));
    assertThat(messageOf(() -> Table.read(infinite, target))).contains("not a finite number");
    assertThat(opened()).isEmpty();
    Path cut = archive(Map.of("a.npy", array("9,", 5)));
    assertThat(messageOf(() -> Table.read(cut, target))).contains("truncated or corrupt");
    assertThat(opened()).isEmpty();
    Path several = archive(Map.of("a.npy", two, "b.npy", two));
    assertThat(messageOf(() -> Table.read(several, target))).contains("has the arrays 'a', 'b'");
    assertThat(opened()).isEmpty();
    Path nothing = Files.write(folder.resolve("u.npz"), new byte[] {'P', 'K', 3, 4, 0});
    assertThat(messageOf(() -> Table.read(nothing, target))).contains("damaged");
    assertThat(opened()).isEmpty();
  }
}
