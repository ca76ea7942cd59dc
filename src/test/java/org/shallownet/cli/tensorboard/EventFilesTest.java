package org.shallownet.cli.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.training.EpochReport;

class EventFilesTest {
  /** Bytes of a record before its message: its length and that one's checksum. */
  private static final int BEFORE = 12;

  private static final int AFTER = 4;

  /** Of {@code double wall_time = 1}. */
  private static final byte WALL_TIME = 0x09;

  @TempDir private Path folder;

  /** The times of the records of a file. */
  private static List<Double> times(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Double> times = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int length = (int) bytes.getLong(bytes.position());
      int message = bytes.position() + BEFORE;
      assertThat(bytes.get(message)).isEqualTo(WALL_TIME);
      times.add(bytes.getDouble(message + 1));
      bytes.position(message + length + AFTER);
    }
    return times;
  }

  /** Its seconds are those of all of the training, also before it was broken off. */
  @Test
  void aTrainingThatGoesOnIsNotInTheFuture() throws IOException {
    double before = System.currentTimeMillis() / 1000.0;
    try (EventFiles events = new EventFiles(folder, "accuracy", warning -> {})) {
      events.onEpoch(new EpochReport(40, 0.5, 0.6, 5000, 0.9, 0.8, true));
      events.onEpoch(new EpochReport(41, 0.5, 0.6, 5001, 0.9, 0.8, true));
    }
    double after = System.currentTimeMillis() / 1000.0;
    try (Stream<Path> files = Files.list(folder.resolve("network"))) {
      assertThat(times(files.findFirst().orElseThrow()))
          .hasSize(3)
          .allSatisfy(time -> assertThat(time).isBetween(before, after));
    }
  }
}
