package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Task;
import org.shallownet.network.Activation;
import org.shallownet.training.PlacementListener;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;

/** Trainings in a Java whose heap is smaller than their samples, or nearly. */
class LittleHeapTest {
  private static final int COLUMNS = 10;

  @TempDir Path folder;

  private Path table(int rows) throws IOException {
    String header =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }".formatted(rows, COLUMNS);
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    Path file = folder.resolve("t.npy");
    ByteBuffer row = ByteBuffer.allocate(COLUMNS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(1);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
      out.write(new byte[] {(byte) text.length, 0});
      out.write(text);
      for (int i = 0; i < rows; i++) {
        row.clear();
        float sum = 0;
        for (int c = 1; c < COLUMNS; c++) {
          float x = random.nextFloat();
          row.putFloat(x);
          sum += x;
        }
        out.write(row.putFloat(sum).array());
      }
    }
    return file;
  }

  /**
   * A table larger than the heap, and one that memory runs out of as it is loaded, are streamed;
   * the small one is not.
   */
  @ParameterizedTest
  @CsvSource({
    "2_000_000, full, rows streamed",
    "1_400_000, 100000, rows streamed",
    "200_000, full, rows resident",
  })
  void whatFindsNoRoomIsStreamed(String rows, String batch, String placement) throws IOException {
    int count = Integer.parseInt(rows.replace("_", ""));
    List<String> options = new ArrayList<>(OwnJvm.VECTORS);
    options.addAll(List.of("-Xmx64m", "-Dtable=" + table(count), "-Dbatch=" + batch));
    String[] said = OwnJvm.print(LittleHeapTest.class, options).split(", ", -1);
    assertThat(said[0]).isEqualTo(placement);
    // The same steps with room for all.
    options.set(OwnJvm.VECTORS.size(), "-Xmx1g");
    String[] roomy = OwnJvm.print(LittleHeapTest.class, options).split(", ", -1);
    assertThat(roomy[0]).isEqualTo("rows resident");
    double cost = Double.parseDouble(said[1]);
    double expected = Double.parseDouble(roomy[1]);
    assertThat(cost).isCloseTo(expected, within(1e-4 * expected));
  }

  /** Prints where the samples of a training were, and what it came to. */
  public static void main(String[] args) throws IOException {
    Path file = Path.of(System.getProperty("table"));
    String batch = System.getProperty("batch");
    Dataset data =
        Table.read(file, TableOptions.target(Integer.toString(COLUMNS - 1)))
            .dataset(Task.REGRESSION);
    TrainingSettings settings =
        TrainingSettings.defaults()
            .withEpochs(2)
            .withBatchSize(
                batch.equals("full") ? TrainingSettings.FULL_BATCH : Long.parseLong(batch));
    PlacementListener placement = new PlacementListener();
    try (Backend backend = Backends.open("cpu")) {
      TrainingResult result =
          new Trainer(backend, settings)
              .listen(placement)
              .fit(data.network().withHidden(4, Activation.TANH), data, null);
      double cost = result.history().get(1).trainCost();
      System.out.printf(Locale.ROOT, "%s, %.9g%n", placement.text(), cost);
    }
  }
}
