package org.shallownet.cli.output;

import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.RandomAccessFile;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.training.EpochReport;
import org.shallownet.training.TrainingListener;
import org.shallownet.training.ensemble.EnsembleListener;

/**
 * The CSV file of {@code --history}: one row per epoch, in full precision, written as training goes
 * so that what happened up to a crash can be read. For an ensemble each row begins with the
 * network's family and the fold that it left out, from 0. An existing file is replaced at the first
 * row; but a training that goes on from a checkpoint keeps the rows of the epochs before: those of
 * one network as they are in the file, those of an ensemble as the checkpoint knows them.
 *
 * <p>The file is locked as long as the training lasts, so that another one is refused that would
 * write between its rows.
 *
 * <p>That it can't be written, on a full disk for example, ends the history and not the training.
 */
public final class HistoryFile implements TrainingListener, EnsembleListener, AutoCloseable {
  private static final double FLUSH_SECONDS = 0.5;

  /** Six numbers of 24 characters are less. */
  private static final int LONGEST_ROW = 1000;

  private final Path file;
  private final String scoreName;
  private final Consumer<String> warn;

  /**
   * The only way to the file where that is a regular one: on many systems a lock ends when any
   * stream to the file is closed. Null for a pipe or the like, which can't be locked.
   */
  private final @Nullable RandomAccessFile regular;

  private final boolean created;
  private @Nullable Writer writer;
  private List<EpochReport> before = List.of();

  /** The same of the networks of an ensemble, by what their rows begin with. */
  private final Map<String, List<EpochReport>> ofMembers = new LinkedHashMap<>();

  private boolean ended;
  private double lastFlush;

  /**
   * A history that writes nothing yet.
   *
   * @param scoreName what the reports' scores are: {@code accuracy} or {@code rmse}
   * @param warn hears that no more can be written
   * @throws FileSystemException if another training writes to the file
   */
  public HistoryFile(Path file, String scoreName, Consumer<String> warn)
      throws FileSystemException {
    this.file = file;
    this.scoreName = scoreName;
    this.warn = warn;
    boolean there = Files.exists(file);
    RandomAccessFile opened = null;
    if (!there || Files.isRegularFile(file)) {
      try {
        opened = new RandomAccessFile(file.toFile(), "rw");
        lock(opened.getChannel(), file);
      } catch (FileInUseException e) {
        throw e;
      } catch (IOException e) {
        end(e);
      }
    }
    regular = opened;
    created = !there && opened != null;
  }

  /**
   * Checks that no other training writes to a file.
   *
   * @throws FileSystemException if one does
   */
  public static void requireUnused(Path file) throws FileSystemException {
    if (!Files.isRegularFile(file)) {
      return;
    }
    try (FileChannel probe = FileChannel.open(file, StandardOpenOption.WRITE)) {
      lock(probe, file);
    } catch (FileInUseException e) {
      throw e;
    } catch (IOException e) {
      // That it can't be written is said by others.
    }
  }

  /** Until the channel is closed, or the process has ended in whatever way. */
  private static void lock(FileChannel opened, Path file) throws FileInUseException {
    FileLock lock;
    try {
      lock = opened.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    } catch (IOException e) {
      return; // Where files can't be locked, nothing is refused.
    }
    if (lock == null) {
      closeQuietly(opened);
      throw new FileInUseException(file);
    }
  }

  private static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // What matters has been said.
    }
  }

  /** Another training writes to the file. */
  private static final class FileInUseException extends FileSystemException {
    private static final long serialVersionUID = 1;

    FileInUseException(Path file) {
      super(
          file.toString(),
          null,
          "it is being written by another training; name another file with --history, or wait until"
              + " that one has ended");
    }
  }

  @Override
  public void onWarning(String warning) {}

  @Override
  public void onEpoch(EpochReport report) {
    add("", "", report);
  }

  @Override
  public void onEpoch(Member member, EpochReport report) {
    add("family,fold,", prefix(member), report);
  }

  private static String prefix(Member member) {
    return member.family().id() + "," + member.fold() + ",";
  }

  private void add(String names, String values, EpochReport report) {
    if (ended) {
      return;
    }
    try {
      Writer open = writer;
      if (open == null) {
        open = open(names, report.epoch());
      }
      write(open, values, report);
      if (report.seconds() - lastFlush > FLUSH_SECONDS) {
        open.flush();
        lastFlush = report.seconds();
      }
    } catch (IOException e) {
      end(e);
    }
  }

  @Override
  public void onResume(List<EpochReport> reports) {
    before = reports;
  }

  @Override
  public void onResume(Member member, List<EpochReport> reports) {
    if (ended) {
      return;
    }
    Map<String, List<EpochReport>> rows = Map.of(prefix(member), reports);
    ofMembers.putAll(rows);
    Writer open = writer;
    if (open != null) {
      // It waited for others, as the memory does not hold all.
      try {
        writeOfMembers(open, rows);
      } catch (IOException e) {
        end(e);
      }
    }
  }

  private static void write(Writer open, String values, EpochReport report) throws IOException {
    open.write(
        values
            + report.epoch()
            + ","
            + report.trainCost()
            + ","
            + orEmpty(report.devCost())
            + ","
            + report.seconds()
            + ","
            + report.trainScore()
            + ","
            + orEmpty(report.devScore())
            + "\n");
  }

  /**
   * Opens the file. Of one that is there the rows before an epoch stay, unless that is the first;
   * those that are missing are added as far as they are known.
   */
  private Writer open(String names, int epoch) throws IOException {
    String header =
        names + "epoch,train_cost,dev_cost,seconds,train_" + scoreName + ",dev_" + scoreName;
    RandomAccessFile there = regular;
    int kept = -1;
    OutputStream out;
    if (there == null) {
      out = Files.newOutputStream(file);
    } else {
      kept = epoch > 1 && ofMembers.isEmpty() ? keep(there, epoch, header) : -1;
      if (kept < 0) {
        there.setLength(0);
      }
      // Of the same descriptor, which is closed with it.
      out = new FileOutputStream(there.getFD());
    }
    Writer open = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    writer = open;
    if (kept < 0) {
      open.write(header + "\n");
    }
    for (EpochReport report : before) {
      if (report.epoch() > kept && report.epoch() < epoch) {
        write(open, "", report);
      }
    }
    writeOfMembers(open, ofMembers);
    return open;
  }

  /** By epochs, as the networks take them side by side. */
  private static void writeOfMembers(Writer open, Map<String, List<EpochReport>> members)
      throws IOException {
    Map<Integer, Map<String, EpochReport>> byEpoch = new TreeMap<>();
    members.forEach(
        (values, reports) ->
            reports.forEach(
                report ->
                    byEpoch
                        .computeIfAbsent(report.epoch(), epoch -> new LinkedHashMap<>())
                        .put(values, report)));
    for (Map<String, EpochReport> rows : byEpoch.values()) {
      for (Map.Entry<String, EpochReport> row : rows.entrySet()) {
        write(open, row.getKey(), row.getValue());
      }
    }
  }

  /**
   * Cuts the file off behind the rows before an epoch: a process that was killed may have written
   * further, or half of a row.
   *
   * @return the last epoch that is there, 0 if there is none; -1 if it is no such history
   */
  private static int keep(RandomAccessFile there, int epoch, String header) throws IOException {
    long end = 0;
    int last = -1;
    InputStream in = new BufferedInputStream(new FileInputStream(there.getFD()));
    for (String row = row(in); row != null; row = row(in)) {
      int next = last < 0 ? 0 : epochOf(row, header);
      if (last < 0 ? !row.equals(header) : next < last || next >= epoch) {
        break;
      }
      end += row.length() + 1;
      last = next;
    }
    if (last >= 0) {
      there.setLength(end);
    }
    there.seek(end);
    return last;
  }

  /** The epoch that a row is of; -1 if it is no row of this file. */
  private static int epochOf(String row, String header) {
    String[] cells = row.split(",", -1);
    String[] names = header.split(",", -1);
    try {
      return cells.length == names.length
          ? Integer.parseInt(cells[List.of(names).indexOf("epoch")])
          : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /** The next row; null if it has no end. */
  private static @Nullable String row(InputStream in) throws IOException {
    StringBuilder row = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || row.length() == LONGEST_ROW) {
        return null;
      }
      row.append((char) b);
    }
    return row.toString();
  }

  private void end(IOException why) {
    ended = true;
    warn.accept(
        "can't write the history "
            + file
            + ": "
            + reason(why)
            + "; it ends here, training goes on");
    Writer open = writer;
    writer = null;
    if (open != null) {
      closeQuietly(open);
    }
  }

  private static String reason(IOException e) {
    String reason = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  private static String orEmpty(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }

  @Override
  public void close() {
    Writer open = writer;
    writer = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        end(e);
      }
    } else if (regular != null) {
      closeUnused(regular);
    }
  }

  /** No epoch has ended: what was there stays, and where nothing was, nothing is. */
  private void closeUnused(RandomAccessFile unused) {
    try {
      if (created && !ended && unused.length() == 0) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // An empty file stays.
    } finally {
      closeQuietly(unused);
    }
  }
}
