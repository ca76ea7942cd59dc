package org.shallownet.data.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Fingerprint;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;

/** Files of several windows, whose stretches are read and whose single rows are mapped. */
class NpyFileTest {
  private static final int COLUMNS = 7;
  private static final Columns ALL = Columns.training(null, null);

  @TempDir Path folder;

  private Path write(String type, int rows, boolean byColumns) throws IOException {
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': (%d, %d), }"
            .formatted(type, byColumns ? "True" : "False", rows, COLUMNS);
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    boolean wide = type.endsWith("8");
    ByteOrder order = type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer bytes = ByteBuffer.allocate(10 + text.length + rows * COLUMNS * (wide ? 8 : 4));
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    bytes.order(ByteOrder.LITTLE_ENDIAN).putShort((short) text.length).put(text).order(order);
    for (int i = 0; i < rows * COLUMNS; i++) {
      int number = byColumns ? i % rows * COLUMNS + i / rows : i;
      if (wide) {
        bytes.putDouble(number);
      } else {
        bytes.putFloat(number);
      }
    }
    return Files.write(folder.resolve("t.npy"), bytes.array());
  }

  private static Table read(Path file, Columns columns) throws IOException {
    // Pieces of the map that end within rows' stretches.
    return NpyTableReader.read(file, TableOptions.of(columns), 99_991);
  }

  @ParameterizedTest
  @CsvSource({"<f4,false", ">f4,false", "<f8,false", ">f8,false", "<f4,true", ">f8,true"})
  void stretchesAreTheRowsOneByOne(String type, boolean byColumns) throws IOException {
    int rows = 30_011;
    Path file = write(type, rows, byColumns);
    for (Columns columns :
        new Columns[] {
          Columns.model(List.of("0", "1", "2", "3", "4", "5", "6"), null),
          Columns.model(List.of("2", "3"), null),
          Columns.model(List.of("6", "0"), null)
        }) {
      Table table = read(file, columns);
      FeatureTable features = table.features();
      Random random = new Random(3);
      for (int turn = 0; turn < 20; turn++) {
        int first = random.nextInt(rows);
        int count = random.nextInt(rows - first) + 1;
        float[] stretch = new float[count * features.columns()];
        features.read(first, count, stretch, 0);
        float[] row = new float[features.columns()];
        for (int i = 0; i < count; i += 1 + random.nextInt(999)) {
          features.read(first + i, 1, row, 0);
          for (int c = 0; c < row.length; c++) {
            int place = Integer.parseInt(table.featureNames().get(c));
            assertThat(row[c]).isEqualTo((float) ((first + i) * COLUMNS + place));
            assertThat(stretch[i * row.length + c]).isEqualTo(row[c]);
          }
        }
      }
      // Stretches that are mapped, and end in the next piece of the map.
      for (int count = 2; count < 200; count += 13) {
        int first = 3571 * 4 - count / 2;
        float[] few = new float[count * features.columns()];
        features.read(first, count, few, 0);
        for (int i = 0; i < few.length; i++) {
          int place = Integer.parseInt(table.featureNames().get(i % features.columns()));
          assertThat(few[i])
              .isEqualTo((float) ((first + i / features.columns()) * COLUMNS + place));
        }
      }
      var digest = Fingerprint.newDigest();
      digest.update(Files.readAllBytes(file));
      assertThat(table.fingerprint()).isEqualTo(Fingerprint.of(digest));
    }
  }

  @ParameterizedTest
  @CsvSource({"<f4,false", ">f8,true"})
  void targetsAreReadFromEveryWindow(String type, boolean byColumns) throws IOException {
    int rows = 40_009;
    Path file = write(type, rows, byColumns);
    Table table = NpyTableReader.read(file, TableOptions.target("3"), 1 << 16);
    var target = (Target.Numbers) table.dataset(Task.REGRESSION).target();
    for (int row = 0; row < rows; row += 501) {
      assertThat((float) target.value(row)).isEqualTo((float) (row * COLUMNS + 3));
    }
  }

  /** A row that no window holds. */
  @Test
  void longRows() throws IOException {
    int columns = 50_001;
    String header =
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, %d), }".formatted(columns);
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer bytes = ByteBuffer.allocate(10 + text.length + 3 * columns * 8);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    bytes.order(ByteOrder.LITTLE_ENDIAN).putShort((short) text.length).put(text);
    for (int i = 0; i < 3 * columns; i++) {
      bytes.putDouble(i);
    }
    Path file = Files.write(folder.resolve("long.npy"), bytes.array());
    Table table = read(file, Columns.training("0", null));
    float[] rows = new float[2 * (columns - 1)];
    table.features().read(1, 2, rows, 0);
    assertThat(rows[0]).isEqualTo(columns + 1f);
    assertThat(rows[rows.length - 1]).isEqualTo(3 * columns - 1f);
  }

  /** One window serves them all. */
  @Test
  void severalThreadsReadAtOnce() throws Exception {
    int rows = 20_000;
    FeatureTable features = read(write("<f4", rows, false), ALL).features();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int number = t;
      Thread thread =
          new Thread(
              () -> {
                Random random = new Random(number);
                for (int turn = 0; turn < 200; turn++) {
                  int count = number == 0 ? 1 : 1 + random.nextInt(3000);
                  int first = random.nextInt(rows - count);
                  float[] numbers = new float[count * COLUMNS];
                  features.read(first, count, numbers, 0);
                  for (int i = 0; i < numbers.length; i++) {
                    if (numbers[i] != first * COLUMNS + i) {
                      throw new AssertionError(first + ", " + i + ": " + numbers[i]);
                    }
                  }
                }
              });
      thread.setUncaughtExceptionHandler((who, e) -> failures.add(e));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
  }

  /** A training that is cancelled goes on reading until its step has ended. */
  @Test
  void anInterruptedThreadReadsOn() throws IOException {
    FeatureTable features = read(write("<f4", 20_000, false), ALL).features();
    float[] numbers = new float[20_000 * COLUMNS];
    Thread.currentThread().interrupt();
    try {
      features.read(0, 20_000, numbers, 0);
      assertThat(numbers[numbers.length - 1]).isEqualTo(numbers.length - 1f);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    features.read(1, 19_999, numbers, 0);
    assertThat(numbers[0]).isEqualTo(COLUMNS);
  }

  @Test
  void aFileThatBecomesShorterIsAnErrorOfTheData() throws IOException {
    Path file = write("<f4", 20_000, false);
    FeatureTable features = read(file, ALL).features();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(4096);
    }
    float[] numbers = new float[20_000 * COLUMNS];
    assertThatThrownBy(() -> features.read(0, 20_000, numbers, 0))
        .isInstanceOf(DataException.class)
        .hasMessage(
            file + " became shorter while it was read; leave it as it is until the command ends");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path file = folder.resolve("none.npy");
    assertThatThrownBy(() -> NpyFile.open("none", file))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(file.toString());
  }
}
