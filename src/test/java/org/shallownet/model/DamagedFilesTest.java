package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/**
 * Files with bytes changed, left out, doubled and put in at random, by a fixed seed: they are read,
 * or refused with a sentence; nothing else may come of them.
 */
class DamagedFilesTest {
  /** What files have at places that matter. */
  private static final byte[] TELLING =
      "\"\"''\r\n\t,;|#.-+eE0919xX(){}:<>\0\1\2\10\22\177".getBytes(StandardCharsets.ISO_8859_1);

  @TempDir Path folder;

  private static byte[] damaged(byte[] bytes, Random random) {
    byte[] result = bytes.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && result.length > 0; changes--) {
      int at = random.nextInt(result.length);
      int more = Math.min(result.length - at, 1 + random.nextInt(20));
      byte some =
          random.nextBoolean()
              ? TELLING[random.nextInt(TELLING.length)]
              : (byte) random.nextInt(256);
      switch (random.nextInt(5)) {
        case 0, 1 -> result[at] = some;
        case 2 -> result = joined(result, at, new byte[0], at + more);
        case 3 -> result = joined(result, at, Arrays.copyOfRange(result, at, at + more), at);
        default -> result = joined(result, at, new byte[] {some}, at);
      }
    }
    return random.nextInt(20) == 0 ? Arrays.copyOf(result, result.length / 2) : result;
  }

  private static byte[] joined(byte[] bytes, int to, byte[] middle, int from) {
    byte[] result = Arrays.copyOf(bytes, to + middle.length + bytes.length - from);
    System.arraycopy(middle, 0, result, to, middle.length);
    System.arraycopy(bytes, from, result, to + middle.length, bytes.length - from);
    return result;
  }

  /** Something that reads a file. */
  private interface Reading {
    void read(Path file) throws IOException;
  }

  private void survive(byte[] sound, String name, int times, long seed, Reading reading)
      throws IOException {
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < times; i++) {
      Path file = Files.write(folder.resolve(i + name), damaged(sound, random));
      try {
        reading.read(file);
      } catch (DataException e) {
        assertThat(e.getMessage()).isNotBlank().doesNotContain("Exception");
        refused++;
      } catch (IOException e) {
        refused++;
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        fail(
            "damage " + i + " of seed " + seed + ": " + Arrays.toString(Files.readAllBytes(file)),
            e);
      }
      Files.delete(file);
    }
    assertThat(refused).isBetween(1, times);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x,c,d,t\n1,red,2024-01-01,a\n-2.5e3,\"bl\"\"ue\",,b\n,red,2024-02-01,a\n7,?,x,b\n",
        "\uFEFFx;c;t\r\n1,5;yes;1\r\n2,25;no;2\r\n# note\r\n3,5;\"yes\r\n\";3\r\n",
        "0.5|1|a\n1.5|2|b\n2.5|3|a\n"
      })
  void tablesOfText(String text) throws IOException {
    byte[] sound = text.getBytes(StandardCharsets.UTF_8);
    String target = text.contains("t\n") || text.contains("t\r") ? "t" : "last";
    survive(
        sound,
        ".csv",
        3000,
        text.length(),
        file -> Table.read(file, Columns.training(target, null)).dataset());
  }

  @ParameterizedTest
  @ValueSource(strings = {"'<f4'", "'>i8'", "[('x', '<f8'), ('t', '<i4')]", "'<f2'"})
  void arrays(String type) throws IOException {
    String header =
        "{'descr': "
            + type
            + ", 'fortran_order': False, 'shape': (4,%s), }"
                .formatted(type.startsWith("[") ? "" : " 2");
    String padded = header + " ".repeat(117 - header.length()) + "\n";
    String start = "\u0093NUMPY\1\0" + (char) padded.length() + "\0" + padded;
    byte[] bytes = start.getBytes(StandardCharsets.ISO_8859_1);
    byte[] sound = Arrays.copyOf(bytes, bytes.length + 64);
    for (int i = bytes.length; i < sound.length; i++) {
      sound[i] = (byte) (i % 3);
    }
    survive(
        sound,
        ".npy",
        3000,
        type.length(),
        file -> Table.read(file, Columns.training(null, null)).features().rows());
  }

  @Test
  void models() throws IOException {
    Path file = folder.resolve("m.onnx");
    Samples.model(NetworkSpec.of(3, Output.SOFTMAX_CROSS_ENTROPY, 3), true).save(file);
    survive(Files.readAllBytes(file), ".onnx", 3000, 1, Model::load);
  }

  /** A model from another tool has no checksum that would find what is wrong first. */
  @ParameterizedTest
  @ValueSource(strings = {"torch-logit", "torch-softmax", "columns-sigmoid"})
  void modelsFromOtherTools(String name) throws IOException {
    try (InputStream stream =
        DamagedFilesTest.class.getResourceAsStream("chain/" + name + ".onnx")) {
      survive(Objects.requireNonNull(stream).readAllBytes(), ".onnx", 3000, 2, Model::load);
    }
  }
}
