package org.shallownet.cli.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
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
    try (EventFiles events = new EventFiles(folder, false, "accuracy", warning -> {})) {
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

  /** What an event is of: its step, with {@code restart} where it begins a session. */
  private static String event(CodedInputStream message) throws IOException {
    long step = 0;
    String what = "";
    for (int tag = message.readTag(); tag != 0; tag = message.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 2 -> step = message.readInt64();
        case 3 -> what = message.readString();
        case 5 -> {
          what = "summary";
          message.skipField(tag);
        }
        case 7 -> {
          // A message of two bytes: its field 1, status, is 1, START.
          assertThat(message.readByteArray()).containsExactly(0x08, 0x01);
          what = "restart";
        }
        default -> message.skipField(tag);
      }
    }
    return what + " " + step;
  }

  private static List<String> events(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<String> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int length = (int) bytes.getLong(bytes.position());
      int message = bytes.position() + BEFORE;
      events.add(event(CodedInputStream.newInstance(bytes.array(), message, length)));
      bytes.position(message + length + AFTER);
    }
    return events;
  }

  private static EpochReport epoch(int epoch) {
    return new EpochReport(epoch, 0.5, 0.6, 1, 0.9, 0.8, true);
  }

  @Test
  void whatGoesOnHasTheEpochsAfterItsCheckpointDropped() throws IOException {
    try (EventFiles events = new EventFiles(folder, false, "accuracy", warning -> {})) {
      events.onEpoch(epoch(1));
      events.onEpoch(epoch(2));
      events.onEpoch(epoch(3));
    }
    try (EventFiles events = new EventFiles(folder, true, "accuracy", warning -> {})) {
      events.onEpoch(epoch(2));
      events.onEpoch(epoch(3));
    }
    // As TensorBoard reads them: by their names.
    try (Stream<Path> files = Files.list(folder.resolve("network")).sorted()) {
      List<Path> inOrder = files.toList();
      assertThat(inOrder).hasSize(2);
      assertThat(events(inOrder.get(0)))
          .containsExactly("brain.Event:2 0", "summary 1", "summary 2", "summary 3");
      assertThat(events(inOrder.get(1)))
          .containsExactly("brain.Event:2 0", "restart 2", "summary 2", "summary 3");
    }
  }

  @Test
  void aFileIsReadAfterThoseThatAreThereWhateverTheClockSays() throws IOException {
    Path run = Files.createDirectories(folder.resolve("network"));
    // A clock that was ahead by centuries and has been put right, and another program's file.
    String ahead = "events.out.tfevents.11111111111.999999.shallownet.a";
    Files.createFile(run.resolve(ahead));
    Files.createFile(run.resolve("events.out.tfevents.99999999999.host"));
    for (int session = 0; session < 3; session++) {
      try (EventFiles events = new EventFiles(folder, true, "accuracy", warning -> {})) {
        events.onEpoch(epoch(session));
      }
    }
    try (Stream<Path> files = Files.list(run).sorted()) {
      List<Path> own =
          files.filter(file -> file.getFileName().toString().contains("shallownet")).toList();
      assertThat(own.get(0)).hasFileName(ahead);
      for (int session = 0; session < 3; session++) {
        Path file = own.get(session + 1);
        assertThat(file.getFileName().toString())
            .startsWith("events.out.tfevents.11111111112.00000" + session);
        assertThat(events(file)).contains("restart " + session);
      }
    }
  }

  @Test
  void aTrainingWithoutAnEpochLeavesNoFolder() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    new EventFiles(empty, false, "accuracy", warning -> {}).close();
    assertThat(empty).doesNotExist();
    Path used = Files.createDirectories(folder.resolve("used").resolve("network"));
    new EventFiles(used.getParent(), true, "accuracy", warning -> {}).close();
    assertThat(used).exists();
  }
}
