package org.shallownet.data.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.Column;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Fingerprint;
import org.shallownet.data.Schema;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;
import org.shallownet.data.Task;

class NpyTest {
  private static final Columns ALL = Columns.training(null, null);
  @TempDir Path folder;

  /** A file as NumPy writes it. */
  private Path write(int version, String header, byte[] numbers) throws IOException {
    byte[] text =
        (header + " ".repeat(Math.max(0, 50 - header.length())) + "\n")
            .getBytes(StandardCharsets.UTF_8);
    int lengthBytes = version == 1 ? 2 : 4;
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + lengthBytes + text.length + numbers.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    bytes.put((byte) version).put((byte) 0);
    if (version == 1) {
      bytes.putShort((short) text.length);
    } else {
      bytes.putInt(text.length);
    }
    bytes.put(text).put(numbers);
    return Files.write(folder.resolve("t.npy"), bytes.array());
  }

  private static String header(String type, String shape) {
    return "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static byte[] encode(NpyType type, double... values) {
    return encode(type, ByteOrder.LITTLE_ENDIAN, values);
  }

  private static byte[] encode(NpyType type, ByteOrder order, double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(type.bytes() * values.length).order(order);
    for (double value : values) {
      switch (type) {
        case FLOAT16 -> bytes.putShort(half(value));
        case FLOAT32 -> bytes.putFloat((float) value);
        case FLOAT64 -> bytes.putDouble(value);
        case INT8, UINT8, BOOL -> bytes.put((byte) (long) value);
        case INT16, UINT16 -> bytes.putShort((short) (long) value);
        case INT32, UINT32 -> bytes.putInt((int) (long) value);
        case INT64 -> bytes.putLong((long) value);
        case UINT64 -> bytes.putLong(new BigDecimal(value).toBigInteger().longValue());
      }
    }
    return bytes.array();
  }

  /** The halves that NumPy writes for the numbers of this test. */
  private static short half(double value) {
    return (short)
        Map.of(0.0, 0, 1.5, 0x3e00, 0x1p-24, 1, -0x1p-14, 0x8400, 65504.0, 0x7bff, -2.0, 0xc000)
            .get(value)
            .intValue();
  }

  private static double[] valuesOf(NpyType type) {
    return switch (type) {
      case FLOAT16 -> new double[] {0, 1.5, 0x1p-24, 65504, -2, -0x1p-14};
      case FLOAT32 -> new double[] {0, 1.5, -Float.MIN_VALUE, 1e38f, 2, 3};
      case FLOAT64 -> new double[] {0, 0.1, -1e-300, 3e38, 2, 3};
      case INT8 -> new double[] {0, 1, -128, 127, 2, 3};
      case INT16 -> new double[] {0, 1, -32768, 32767, 2, 3};
      case INT32 -> new double[] {0, 1, Integer.MIN_VALUE, Integer.MAX_VALUE, 2, 3};
      case INT64 -> new double[] {0, 1, Long.MIN_VALUE, 1L << 53, 2, 3};
      case UINT8 -> new double[] {0, 1, 128, 255, 2, 3};
      case UINT16 -> new double[] {0, 1, 32768, 65535, 2, 3};
      case UINT32 -> new double[] {0, 1, 2147483648.0, 4294967295.0, 2, 3};
      case UINT64 -> new double[] {0, 1, 0x1p63, 0x1.fffffffffffffp63, 2, 3};
      case BOOL -> new double[] {0, 1, 1, 0, 1, 1};
    };
  }

  private static String spelling(NpyType type) {
    boolean single = type.bytes() == 1;
    String letter =
        switch (type) {
          case BOOL -> "b";
          default -> type.name().substring(0, 1).toLowerCase(Locale.ROOT);
        };
    return (single ? "|" : "<") + letter + type.bytes();
  }

  @ParameterizedTest
  @EnumSource(NpyType.class)
  void readsEveryType(NpyType type) throws IOException {
    double[] values = valuesOf(type);
    Path file = write(1, header(spelling(type), "3, 2"), encode(type, values));
    Table table = Table.read(file, ALL);
    assertThat(table.featureNames()).containsExactly("0", "1");
    float[] read = all(table.features());
    for (int i = 0; i < read.length; i++) {
      assertThat(read[i]).isEqualTo((float) values[i]);
    }
    // As a target: numbers come back exactly.
    Target.Numbers target =
        (Target.Numbers)
            Table.read(file, Columns.training("1", null)).dataset(Task.REGRESSION).target();
    assertThat(target.value(0)).isEqualTo(values[1]);
    if (type == NpyType.FLOAT32) {
      // As NumPy and Java write the float.
      assertThat(target.value(1)).isEqualTo(1e38);
    } else {
      assertThat(target.value(1)).isEqualTo(values[3]);
    }
  }

  @ParameterizedTest
  @EnumSource(NpyType.class)
  void byteAndStorageOrdersMakeNoDifference(NpyType type) throws IOException {
    double[] values = valuesOf(type);
    double[] byColumns = new double[6];
    Arrays.setAll(byColumns, i -> values[i % 3 * 2 + i / 3]);
    Path file = write(1, header(spelling(type), "3, 2"), encode(type, values));
    float[] expected = all(Table.read(file, ALL).features());
    String big = spelling(type).replace('<', '>');
    write(1, header(big, "3, 2"), encode(type, ByteOrder.BIG_ENDIAN, values));
    assertThat(all(Table.read(file, ALL).features())).containsExactly(expected);
    String fortran = header(big, "3, 2").replace("False", "True");
    write(1, fortran, encode(type, ByteOrder.BIG_ENDIAN, byColumns));
    for (int mapBytes : new int[] {1, 2 * type.bytes(), 1000}) {
      Table table = NpyTableReader.read(file, TableOptions.of(ALL), mapBytes);
      assertThat(all(table.features())).containsExactly(expected);
      float[] last = new float[2];
      table.features().read(2, 1, last, 0);
      assertThat(last).containsExactly(expected[4], expected[5]);
      Table withTarget = NpyTableReader.read(file, TableOptions.target("1"), mapBytes);
      Target.Numbers target = (Target.Numbers) withTarget.dataset(Task.REGRESSION).target();
      assertThat((float) target.value(2)).isEqualTo(expected[5]);
    }
  }

  @Test
  void fieldsAreColumns() throws IOException {
    ByteBuffer rows = ByteBuffer.allocate(2 * 27).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 1; row <= 2; row++) {
      rows.putFloat(row).put((byte) 9).putLong(Long.reverseBytes(-row)).putShort((short) 7);
      rows.putFloat(row + 0.5f).putLong('x');
    }
    String fields =
        "{'descr': [('a', '<f4'), ('', '|V1'), (('title', 'b'), '>i8'), ('c', '<u2', (1,)),"
            + " ('d\\'', '<f4'), ('name', '<U2')], 'fortran_order': False, 'shape': (2,), }";
    Path file = write(1, fields, rows.array());
    Table table = Table.read(file, Columns.training("b", List.of("d'", "a")));
    assertThat(table.featureNames()).containsExactly("a", "d'");
    assertThat(all(table.features())).containsExactly(1, 1.5f, 2, 2.5f);
    assertThat(((Target.Classes) table.dataset().target()).names()).containsExactly("-2", "-1");
    assertThat(message(file, Columns.training("name", List.of("a"))))
        .isEqualTo(
            "t.npy, column 'name': its type '<U2' is not a number; save it in NumPy as a number or"
                + " leave it out with --features");
    assertThat(message(file, Columns.training("b", List.of("c"))))
        .startsWith("t.npy, column 'c': its type 'several numbers' is not a number");
  }

  @Test
  void mutationsGiveSentences() throws IOException {
    Path file = write(1, header("<f4", "2, 2"), floats(1, 2, 3, 4));
    byte[] matrix = Files.readAllBytes(file);
    String fields =
        "{'descr': [('a', '<f4'), (('t', 'b'), '>i2', (2,))], 'fortran_order': True, 'shape': (2,)}";
    byte[] structured = Files.readAllBytes(write(2, fields, new byte[16]));
    Random random = new Random(17);
    String letters = "0123456789'\"()[]{},:\\<>|fiuOUVL -\u00ff";
    for (int i = 0; i < 4000; i++) {
      byte[] bytes = (i % 2 == 0 ? matrix : structured).clone();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] =
            (byte) letters.charAt(random.nextInt(letters.length()));
      }
      Files.write(file, bytes);
      try {
        assertThat(NpyTableReader.read(file, TableOptions.of(ALL)).rows()).isPositive();
      } catch (DataException e) {
        assertThat(e).hasMessageContaining("t.npy");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void readsEveryFormatVersion(int version) throws IOException {
    Table table = Table.read(write(version, header("<f4", "1, 2"), floats(7, 8)), ALL);
    assertThat(all(table.features())).containsExactly(7, 8);
  }

  @Test
  void aVectorIsOneColumn() throws IOException {
    String fortran = "{'shape': (3,), 'fortran_order': True, 'descr': '<f4'}";
    Table table = Table.read(write(1, fortran, floats(1, 2, 3)), ALL);
    assertThat(table.rows()).isEqualTo(3);
    assertThat(table.features().columns()).isEqualTo(1);
  }

  @Test
  void targetAndFingerprint() throws IOException {
    byte[] numbers = floats(1, 0, 10, 2, 5, 20, 3, 0, 30);
    Path file = write(1, header("<f4", "3, 3"), numbers);
    Table table = Table.read(file, Columns.training("1", null));
    assertThat(table.featureNames()).containsExactly("0", "2");
    assertThat(all(table.features())).containsExactly(1, 10, 2, 20, 3, 30);
    assertThat(((Target.Classes) table.dataset().target()).names()).containsExactly("0", "5");
    var digest = Fingerprint.newDigest();
    digest.update(Files.readAllBytes(file));
    assertThat(table.fingerprint()).isEqualTo(Fingerprint.of(digest));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 20, 24, 32, 1000})
  void piecesOfTheMapMakeNoDifference(int mapBytes) throws IOException {
    float[] values = new float[4 * 11];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    for (NpyType type : List.of(NpyType.FLOAT32, NpyType.INT8)) {
      double[] numbers = new double[values.length];
      Arrays.setAll(numbers, i -> values[i]);
      Path file = write(1, header(spelling(type), "11, 4"), encode(type, numbers));
      for (List<String> columns :
          List.of(List.of("0", "1", "2", "3"), List.of("1", "2"), List.of("3", "0"))) {
        Table table =
            NpyTableReader.read(file, TableOptions.of(Columns.model(columns, null)), mapBytes);
        for (int first = 0; first < 11; first++) {
          for (int count = 0; count <= 11 - first; count++) {
            float[] read = new float[1 + count * columns.size()];
            table.features().read(first, count, read, 1);
            for (int i = 1; i < read.length; i++) {
              int row = first + (i - 1) / columns.size();
              int column = Integer.parseInt(columns.get((i - 1) % columns.size()));
              assertThat(read[i]).isEqualTo(values[row * 4 + column]);
            }
          }
        }
        assertThat(table.fingerprint()).isEqualTo(Table.read(file, ALL).fingerprint());
      }
    }
  }

  private String message(Path file) {
    return message(file, ALL);
  }

  private String message(Path file, Columns wanted) {
    return messageOf(() -> Table.read(file, wanted)).replace(file.toString(), "t.npy");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1), }#t.npy has 3 dimensions, a"
            + " table has two; reshape it in NumPy with a.reshape(len(a), -1)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), }#t.npy has 0 dimensions, a table has"
            + " two; reshape it in NumPy with a.reshape(len(a), -1)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }#t.npy has no rows; save it with some",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0), }#t.npy has no columns; save it with some",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }#t.npy holds 8 bytes of numbers but"
            + " its header says 1×3 of 4 bytes each; the file is truncated or corrupt",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }#t.npy holds 8 bytes of numbers but"
            + " its header says 1×1 of 4 bytes each; the file is truncated or corrupt",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905, 2), }#t.npy holds 8"
            + " bytes of numbers but its header says 4611686018427387905×2 of 4 bytes each; the file"
            + " is truncated or corrupt",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (a, 2), }#t.npy has a corrupt .npy header:"
            + " its character 52 is not expected there; save it again",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2), }#t.npy has a corrupt .npy header:"
            + " its shape has the size '-1'; save it again",
        "{'descr': '<f4', 'shape': (1, 2), }#t.npy has a corrupt .npy header: it lacks 'descr',"
            + " 'fortran_order' or 'shape'; save it again",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[#t.npy has a corrupt .npy header: it is nested more than 16 deep;"
            + " save it again",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }#t.npy holds Python objects ('|O'),"
            + " not numbers; save it in NumPy as a.astype('<f4')",
        "{'descr': '<U0', 'fortran_order': False, 'shape': (1,), }#t.npy has the empty type '<U0'; save"
            + " numbers",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }#t.npy, column '0': its type '<c8' is"
            + " not a number; save it in NumPy as a number or leave it out with --features",
        "{'descr': [('a', '<f4', (2147483647, 2147483647))], 'fortran_order': False, 'shape': (1,),"
            + " }#t.npy has rows of more than 2 GiB; save fewer columns",
        "{'descr': [('a', '<f4'), ('a', '<f4')], 'fortran_order': False, 'shape': (1,), }#t.npy has a"
            + " corrupt .npy header: the field 'a' is there twice; save it again"
      })
  void badHeaders(String header, String expected) throws IOException {
    assertThat(message(write(1, header, floats(1, 2)))).isEqualTo(expected);
  }

  @Test
  void everyTruncationIsAnError() throws IOException {
    byte[] whole = Files.readAllBytes(write(1, header("<f4", "1, 2"), floats(1, 2)));
    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("t.npy"), Arrays.copyOf(whole, length));
      assertThat(message(file)).contains("t.npy");
    }
    whole[0] = 'x';
    assertThat(message(Files.write(folder.resolve("t.npy"), whole)))
        .isEqualTo(
            "t.npy is not a NumPy file in spite of its name; save it with numpy.save, or give a CSV"
                + " file another name");
    assertThat(message(write(4, header("<f4", "1, 2"), floats(1, 2))))
        .isEqualTo("t.npy has .npy format version 4, known are 1 to 3; save it with numpy.save");
  }

  @Test
  void numbersThatStandForAMissingCell() throws IOException {
    Path file = write(1, header("<f4", "3, 2"), floats(1, -999, 2, 5, -999, 7));
    TableOptions options = TableOptions.of(ALL).withMissing(Set.of("-999"));
    Table table = Table.read(file, options);
    assertThat(table.schema().columns())
        .containsExactly(new Column.Numeric("0", true), new Column.Numeric("1", true));
    assertThat(table.schema().markers()).containsExactly("-999");
    float[] rows = new float[6];
    table.features().read(0, 3, rows, 0);
    assertThat(rows).containsExactly(1, Float.NaN, 2, 5, Float.NaN, 7);
    // The model remembers them.
    Table again = Table.read(file, TableOptions.of(ALL).forModel(table.schema(), null));
    again.features().read(0, 1, rows, 0);
    assertThat(rows[1]).isNaN();
    // In an archive they are the same, alone or beside a target.
    byte[] matrix = Files.readAllBytes(file);
    byte[] labels = Files.readAllBytes(write(1, header("<f4", "3, 1"), floats(0, 1, 0)));
    for (Map<String, byte[]> arrays :
        List.of(Map.of("a.npy", matrix), Map.of("X.npy", matrix, "y.npy", labels))) {
      Path archive = folder.resolve("t.npz");
      try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
        for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
          zip.putNextEntry(new ZipEntry(array.getKey()));
          zip.write(array.getValue());
        }
      }
      Columns columns = arrays.size() == 1 ? ALL : Columns.training("y", null);
      Table packed = Table.read(archive, TableOptions.of(columns).withMissing(Set.of("-999")));
      assertThat(packed.schema()).isEqualTo(table.schema());
      packed.features().read(0, 3, rows, 0);
      assertThat(rows).containsExactly(1, Float.NaN, 2, 5, Float.NaN, 7);
    }
  }

  @Test
  void valuesThatAreNotFinite() throws IOException {
    Path missing = write(1, header("<f4", "2, 2"), floats(1, 2, 3, Float.NaN));
    assertThat(Table.read(missing, ALL).schema().columns())
        .containsExactly(new Column.Numeric("0", false), new Column.Numeric("1", true));
    TableOptions forModel = TableOptions.of(ALL).forModel(Schema.numbers(List.of("0", "1")), null);
    assertThat(messageOf(() -> Table.read(missing, forModel)))
        .endsWith(
            "t.npy, row 1 (counted from 0), column '1': 'NaN' is a missing value; fill it in or remove"
                + " the row");
    assertThat(
            message(
                write(1, header("<f4", "1, 2"), floats(1, Float.NEGATIVE_INFINITY)),
                Columns.training("1", null)))
        .isEqualTo(
            "t.npy, row 0 (counted from 0), column '1': '-Infinity' is not a finite number; correct it"
                + " or remove the row");
    assertThat(message(write(1, header("<f8", "1, 1"), encode(NpyType.FLOAT64, 1e39))))
        .isEqualTo(
            "t.npy, row 0 (counted from 0), column '0': '1.0E39' is too large for float32 (at most"
                + " 3.4e38); use another unit");
    assertThat(message(write(1, header("<f4", "1, 2"), floats(1, 2)), Columns.training("2", null)))
        .isEqualTo("t.npy has no column '2'; it has '0', '1'");
  }
}
