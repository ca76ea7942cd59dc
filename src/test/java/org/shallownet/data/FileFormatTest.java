package org.shallownet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileFormatTest {
  private static final Columns ALL = Columns.training(null, null);
  @TempDir Path folder;

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

  private Path zip(String name, boolean deflated, Map<String, byte[]> entries) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream output = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(output)) {
      for (Map.Entry<String, byte[]> content : new TreeMap<>(entries).entrySet()) {
        ZipEntry entry = new ZipEntry(content.getKey());
        if (!deflated) {
          CRC32 crc = new CRC32();
          crc.update(content.getValue());
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(content.getValue().length);
          entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(content.getValue());
      }
    }
    return file;
  }

  private Path pair(boolean deflated) throws IOException {
    return zip(
        "t.npz", deflated, Map.of("X.npy", array("2, 2", 1, 2, 3, 4), "y.npy", array("2,", 0, 1)));
  }

  private String message(Path file) {
    return messageOf(() -> Table.read(file, ALL))
        .replace(folder.toString() + file.getFileSystem().getSeparator(), "");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsArchives(boolean deflated) throws IOException {
    Table table = Table.read(pair(deflated), Columns.training("y", null));
    assertThat(table.featureNames()).containsExactly("0", "1");
    assertThat(all(table.features())).containsExactly(1, 2, 3, 4);
    assertThat(((Target.Classes) table.dataset().target()).names()).containsExactly("0", "1");
    Table features = Table.read(pair(deflated), ALL);
    assertThat(features.featureNames()).containsExactly("0", "1");
    Path one = zip("one.npz", deflated, Map.of("a.npy", array("1, 2", 5, 6)));
    assertThat(all(Table.read(one, ALL).features())).containsExactly(5, 6);
  }

  @Test
  void archivesOfOtherArrays() throws IOException {
    byte[] array = array("1,", 5);
    assertThat(message(zip("t.npz", false, Map.of("a.npy", array, "b.npy", array))))
        .isEqualTo(
            "t.npz has the arrays 'a', 'b'; save one array, or the features as X and the target as"
                + " y");
    assertThat(message(zip("t.npz", true, Map.of("a.npy", array("9,", 5)))))
        .isEqualTo(
            "t.npz, a.npy holds 4 bytes of numbers but its header says 9×1 of 4 bytes each; the"
                + " file is truncated or corrupt");
    Path longer = zip("t.npz", true, Map.of("X.npy", array("2,", 1, 2), "y.npy", array("1,", 1)));
    assertThat(messageOf(() -> Table.read(longer, Columns.training("y", null))))
        .endsWith("t.npz, y is 1×1 but X has 2 rows; save one target for each");
  }

  @Test
  void mutationsOfArchivesGiveSentences() throws IOException {
    Random random = new Random(18);
    byte[][] valid = {Files.readAllBytes(pair(false)), Files.readAllBytes(pair(true))};
    Path file = folder.resolve("t.npz");
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = valid[i % 2].clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Files.write(file, bytes);
      try {
        assertThat(Table.read(file, Columns.training("y", null)).rows()).isPositive();
      } catch (DataException e) {
        assertThat(e).hasMessageContaining("t.npz");
      }
    }
  }

  @Test
  void theNameDoesNotCount() throws IOException {
    Path csv = Files.write(folder.resolve("t.csv"), array("1, 2", 5, 6));
    assertThat(all(Table.read(csv, ALL).features())).containsExactly(5, 6);
    Path npy = Files.writeString(folder.resolve("t.npy"), "a,b\n1,2\n");
    assertThat(message(npy)).startsWith("t.npy is not a NumPy file in spite of its name");
  }

  @Test
  void startsOfFiles() throws IOException {
    Map<String, FileFormat> starts =
        Map.of(
            "\u00ff\u00fea", FileFormat.UTF16,
            "PAR1\u0015\u0004", FileFormat.PARQUET,
            "ARROW1\0\0", FileFormat.ARROW,
            "\u00ff\u00ff\u00ff\u00ff\u0010\1\0\0", FileFormat.ARROW_STREAM,
            "SQLite format 3\0", FileFormat.SQLITE,
            "\u0080\u0004x", FileFormat.PICKLE,
            "%PDF-1.4", FileFormat.PDF,
            "\u0089HDF\r\n\u001a\n", FileFormat.HDF5,
            "\b\u0007\u0012\u0004", FileFormat.ONNX,
            "\u001f\u008b", FileFormat.GZIP);
    for (Map.Entry<String, FileFormat> start : starts.entrySet()) {
      byte[] bytes = (start.getKey() + "....").getBytes(StandardCharsets.ISO_8859_1);
      Path file = Files.write(folder.resolve("t.csv"), bytes);
      assertThat(FileFormat.of(file)).isEqualTo(start.getValue());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "P", "PAR1,b", "ARROW1,b", "a,b\n1,2"})
  void text(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("t.csv"), text);
    assertThat(FileFormat.of(file)).isEqualTo(FileFormat.TEXT);
  }

  @ParameterizedTest
  @CsvSource({
    "xl/workbook.xml, is an Excel workbook; save the sheet as CSV",
    "m/data.pkl, 'is a PyTorch model, not a table; name a CSV, .npy or .npz file'",
    "t.csv, is a ZIP archive; unpack it and name the table in it",
  })
  void zips(String entry, String advice) throws IOException {
    assertThat(message(zip("t.zip", true, Map.of(entry, new byte[1]))))
        .isEqualTo("t.zip " + advice);
  }

  @Test
  void databasesAndJson() throws IOException {
    Map<String, FileFormat> starts =
        Map.of(
            "\u0001\u0080 {\"\0a\u00e3DUCK@\0\0\0\0\0\0\0", FileFormat.DUCKDB,
            "[{\"a\": 1}]", FileFormat.JSON,
            "\u00ef\u00bb\u00bf \n[\n  {\n \"a\": 1}]", FileFormat.JSON,
            "{\"a\": 1}\n{\"a\": 2}", FileFormat.JSON,
            "{a},b\n1,2\n", FileFormat.TEXT,
            "[a],b\n1,2\n", FileFormat.TEXT,
            "\"{\",b\n1,2\n", FileFormat.TEXT,
            "a b c d DUCK,e\n1,2\n", FileFormat.TEXT);
    for (Map.Entry<String, FileFormat> start : starts.entrySet()) {
      byte[] bytes = start.getKey().getBytes(StandardCharsets.ISO_8859_1);
      Path file = Files.write(folder.resolve("t.txt"), bytes);
      assertThat(FileFormat.of(file)).as(start.getKey()).isEqualTo(start.getValue());
    }
  }

  @Test
  void anOldFeatherFileIsRefusedWithWhatToDo() throws IOException {
    Path file = Files.writeString(folder.resolve("t.feather"), "FEA1\0\0\0\0....");
    assertThat(message(file))
        .isEqualTo(
            "t.feather is a Feather file of version 1; read it with pyarrow.feather and write it"
                + " again");
  }
}
