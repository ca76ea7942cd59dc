package org.shallownet.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.data.DataException;

class CheckpointReaderTest {
  @TempDir private Path folder;
  private final float[] floats = new float[20_000];

  private Path file() {
    return folder.resolve("a.checkpoint");
  }

  @BeforeEach
  void write() throws IOException {
    for (int i = 0; i < floats.length; i++) {
      floats[i] = i % 7 == 0 ? Float.NaN : -i / 3f;
    }
    try (OutputStream out = Files.newOutputStream(file())) {
      CheckpointWriter writer = new CheckpointWriter(out);
      writer.text("a.json", "{\"ü\": 1}");
      writer.floats("0/weights", floats);
      writer.doubles("0/history", new double[] {1, 0.1, Double.NaN, -0.0}, 2);
      writer.finish();
    }
  }

  @Test
  void readsWhatWasWritten() throws IOException {
    try (CheckpointReader reader = CheckpointReader.open(file())) {
      assertThat(reader.text("a.json")).isEqualTo("{\"ü\": 1}");
      assertThat(reader.floats("0/weights", floats.length)).containsExactly(floats);
      assertThat(reader.doubles("0/history", 2, 2)).containsExactly(1, 0.1, Double.NaN, -0.0);
      assertThat(reader.has("0/weights")).isTrue();
      assertThat(reader.has("1/weights")).isFalse();
    }
  }

  @Test
  void whatIsNotAsExpectedIsOneSentence() throws IOException {
    try (CheckpointReader reader = CheckpointReader.open(file())) {
      for (int length : new int[] {0, floats.length - 1, floats.length + 1, Integer.MAX_VALUE}) {
        assertThatThrownBy(() -> reader.floats("0/weights", length))
            .isInstanceOf(DataException.class)
            .hasMessageContaining("0/weights.npy is not of the size that the network needs");
      }
      assertThatThrownBy(() -> reader.doubles("0/history", Integer.MAX_VALUE, 7))
          .isInstanceOf(DataException.class);
      assertThatThrownBy(() -> reader.doubles("0/history", 4, 1))
          .hasMessageContaining("0/history.npy is not of the form that the network needs");
      assertThatThrownBy(() -> reader.text("b.json")).hasMessageContaining("b.json is missing");
    }
  }

  @Test
  void anyDamageIsFound() throws IOException {
    byte[] whole = Files.readAllBytes(file());
    for (int at = 0; at < whole.length; at += Math.max(1, whole.length / 200)) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      requireRefusedOrSame(damaged);
    }
    for (int length : new int[] {0, 1, 100, whole.length / 2, whole.length - 1}) {
      requireRefused(Arrays.copyOf(whole, length));
    }
    requireRefused("epoch,train_cost\n".getBytes(StandardCharsets.UTF_8));
  }

  private void requireRefused(byte[] bytes) throws IOException {
    Files.write(file(), bytes);
    assertThatThrownBy(() -> CheckpointReader.open(file()).close())
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file().toString());
  }

  /** Some bits of a zip, such as times, mean nothing. */
  private void requireRefusedOrSame(byte[] bytes) throws IOException {
    Files.write(file(), bytes);
    try (CheckpointReader reader = CheckpointReader.open(file())) {
      assertThat(reader.text("a.json")).isEqualTo("{\"ü\": 1}");
      assertThat(reader.floats("0/weights", floats.length)).containsExactly(floats);
    } catch (DataException e) {
      assertThat(e).hasMessageStartingWith(file().toString());
    }
  }

  /** A few bytes that would become gigabytes are not read at all. */
  @Test
  void nothingIsReadThatGrows() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("training.json"));
      zip.write(new byte[10_000_000]);
      zip.closeEntry();
    }
    assertThat(bytes.size()).isLessThan(100_000);
    requireRefused(bytes.toByteArray());
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> CheckpointReader.open(folder.resolve("b")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> CheckpointReader.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it is no file");
  }
}
