package org.shallownet.cli.tensorboard;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shallownet.training.EpochReport;
import org.shallownet.training.TrainingListener;
import org.shallownet.training.ensemble.EnsembleListener;

/**
 * The event files of {@code --tensorboard}: for each epoch of each network its costs and scores,
 * written as training goes. Each network has a folder, which TensorBoard shows as a run; a file in
 * it is new whenever a training begins or goes on, so that nothing is replaced. What goes on from a
 * checkpoint says so in it: TensorBoard then drops the epochs after the checkpoint that are there
 * from before.
 *
 * <p>That one can't be written ends the events and not the training.
 */
public final class EventFiles implements TrainingListener, EnsembleListener, AutoCloseable {
  private static final long FLUSH_NANOS = 2_000_000_000;

  /** Begins the names of these files: with seconds since 1970 and their millionth parts. */
  private static final Pattern NAME =
      Pattern.compile("events\\.out\\.tfevents\\.(\\d{1,12})\\.(\\d{6})\\.shallownet\\.");

  private final Path folder;
  private final boolean goesOn;
  private final String scoreName;
  private final Consumer<String> warn;
  private final Map<String, RecordStream> runs = new LinkedHashMap<>();
  private long lastFlush = System.nanoTime();
  private boolean ended;

  /**
   * Files that are not there yet.
   *
   * @param folder of the training, below where TensorBoard looks; removed when these files are
   *     closed if nothing is in it
   * @param goesOn whether the training goes on from a checkpoint
   * @param scoreName what the reports' scores are: {@code accuracy} or {@code rmse}
   * @param warn hears that no more can be written
   */
  public EventFiles(Path folder, boolean goesOn, String scoreName, Consumer<String> warn) {
    this.folder = folder;
    this.goesOn = goesOn;
    this.scoreName = scoreName;
    this.warn = warn;
  }

  /** The name of the training's folder. */
  public String training() {
    return String.valueOf(folder.getFileName());
  }

  @Override
  public void onWarning(String warning) {}

  @Override
  public void onEpoch(EpochReport report) {
    add("network", report);
  }

  @Override
  public void onEpoch(Member member, EpochReport report) {
    add(member.family().id() + "-fold" + (member.fold() + 1), report);
  }

  private void add(String run, EpochReport report) {
    if (ended) {
      return;
    }
    Map<String, Double> values = new LinkedHashMap<>();
    put(values, "cost/train", report.trainCost());
    put(values, "cost/dev", report.devCost());
    put(values, scoreName + "/train", report.trainScore());
    put(values, scoreName + "/dev", report.devScore());
    try {
      RecordStream stream = runs.get(run);
      if (stream == null) {
        stream = open(run, report.epoch());
      }
      // By the clock: what the report counts begins before a checkpoint that is gone on from.
      stream.write(EventMessages.scalars(now(), report.epoch(), values));
      if (System.nanoTime() - lastFlush > FLUSH_NANOS) {
        lastFlush = System.nanoTime();
        for (RecordStream each : runs.values()) {
          each.flush();
        }
      }
    } catch (IOException e) {
      end(e);
    }
  }

  private static double now() {
    return System.currentTimeMillis() / 1000.0;
  }

  private static void put(Map<String, Double> values, String tag, double value) {
    if (!Double.isNaN(value)) {
      values.put(tag, value);
    }
  }

  private RecordStream open(String run, int epoch) throws IOException {
    Path own = Files.createDirectories(folder.resolve(run));
    double began = now();
    long time = timeOfNewFile(own);
    String name =
        String.format(
            Locale.ROOT,
            "events.out.tfevents.%d.%06d.shallownet.%s",
            time / 1_000_000,
            time % 1_000_000,
            UUID.randomUUID());
    RecordStream stream =
        new RecordStream(new BufferedOutputStream(Files.newOutputStream(own.resolve(name))));
    runs.put(run, stream);
    stream.write(EventMessages.version(began));
    if (goesOn) {
      stream.write(EventMessages.start(began, epoch));
    }
    return stream;
  }

  /**
   * The time in the name of a run's next file, in microseconds: now, but later than in the names of
   * those that are there. TensorBoard reads the files of a run in the order of their names, also
   * where two are made within one tick of the clock or the clock was set back in between.
   */
  private static long timeOfNewFile(Path run) throws IOException {
    long time = System.currentTimeMillis() * 1000;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(run)) {
      for (Path file : files) {
        Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
        if (name.lookingAt()) {
          long micros = Long.parseLong(name.group(1)) * 1_000_000 + Long.parseLong(name.group(2));
          time = Math.max(time, micros + 1);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return time;
  }

  private void end(IOException why) {
    if (ended) {
      return;
    }
    ended = true;
    String reason = why instanceof FileSystemException system ? system.getReason() : null;
    warn.accept(
        "can't write events for TensorBoard to "
            + folder
            + ": "
            + (reason == null ? why.getMessage() : reason)
            + "; they end here, training goes on");
  }

  @Override
  public void close() {
    for (RecordStream stream : runs.values()) {
      try {
        stream.close();
      } catch (IOException e) {
        end(e);
      }
    }
    if (runs.isEmpty()) {
      try {
        Files.deleteIfExists(folder);
      } catch (IOException e) {
        // It holds what was there before, or an empty folder stays.
      }
    }
  }
}
