package org.shallownet.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.shallownet.training.checkpoint.CheckpointSchedule;

/**
 * Writes a job's checkpoint whenever it is due. That it can't be written is told once, and tried
 * again when the next one is due: training goes on without.
 */
final class CheckpointKeeper implements TrainingRun.Keeper {
  /** Of the time between two checkpoints, what writing one may take where seconds count. */
  private static final double MOST_OF_TIME = 0.1;

  /** Writes the file as things are now. */
  interface Writer {
    void write(Path file, TrainingRun run) throws IOException;
  }

  private final Path file;
  private final CheckpointSchedule schedule;
  private final boolean resumed;
  private final Writer writer;
  private final Consumer<String> warn;
  private final long began = System.nanoTime();
  private double next;
  private int nextEpoch;
  private boolean written;
  private boolean warned;

  /**
   * A keeper that has written nothing yet.
   *
   * @param resumed whether the file is what the training goes on from
   */
  CheckpointKeeper(
      Path file,
      CheckpointSchedule schedule,
      boolean resumed,
      Writer writer,
      Consumer<String> warn) {
    this.file = file;
    this.schedule = schedule;
    this.resumed = resumed;
    this.writer = writer;
    this.warn = warn;
    this.next = schedule.seconds();
    this.nextEpoch = schedule.epochs();
  }

  @Override
  public boolean isDue(int epochs, boolean ended) {
    if (schedule.epochs() == 0) {
      return seconds() >= next;
    }
    if (!ended) {
      return false;
    }
    // Each group of networks begins its epochs anew.
    if (epochs < nextEpoch - schedule.epochs()) {
      nextEpoch = schedule.epochs();
    }
    boolean due = epochs >= nextEpoch;
    while (nextEpoch <= epochs) {
      nextEpoch += schedule.epochs();
    }
    return due;
  }

  @Override
  public int epochsUntilDue(int epochs) {
    return schedule.epochs() == 0
        ? Integer.MAX_VALUE
        : schedule.epochs() - epochs % schedule.epochs();
  }

  @Override
  public void keep(TrainingRun run, boolean last) {
    if (last && !schedule.atOnce() && !written && !resumed && seconds() < schedule.seconds()) {
      return;
    }
    double start = seconds();
    try {
      keepOther();
      writer.write(file, run);
      written = true;
      warned = false;
    } catch (IOException | OutOfMemoryError e) {
      if (!warned) {
        warned = true;
        warn.accept(
            (e instanceof IOException ? e.getMessage() : "no memory for a checkpoint is left")
                + "; training goes on without "
                + (written || resumed ? "a newer checkpoint" : "a checkpoint"));
      }
    }
    double end = seconds();
    next = end + Math.max(schedule.seconds(), (end - start) / MOST_OF_TIME);
  }

  /** A checkpoint of another training stays, under another name. */
  private void keepOther() throws IOException {
    if (!written && !resumed && Files.isRegularFile(file)) {
      Path previous = previous(file);
      Files.move(file, previous);
      warn.accept(file + " was of another training; it is now " + previous);
    }
  }

  /** What a checkpoint that gives way to another training's is called: as no other file is. */
  private static Path previous(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    String before = dot > 0 ? name.substring(0, dot) : name;
    String after = dot > 0 ? name.substring(dot) : "";
    Path free = file.resolveSibling(before + ".previous" + after);
    for (int i = 2; Files.exists(free, LinkOption.NOFOLLOW_LINKS); i++) {
      free = file.resolveSibling(before + ".previous-" + i + after);
    }
    return free;
  }

  private double seconds() {
    return (System.nanoTime() - began) * 1e-9;
  }
}
