package org.shallownet.cli.output;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shallownet.training.EnsembleListener;
import org.shallownet.training.EpochReport;
import org.shallownet.training.TrainingListener;

/**
 * The CSV file of {@code --history}: one row per epoch, in full precision, written as training goes
 * so that what happened up to a crash can be read. For an ensemble each row begins with the
 * network's family and the fold that it left out, from 0. An existing file is replaced at the first
 * row.
 */
public final class HistoryFile implements TrainingListener, EnsembleListener, AutoCloseable {
  private static final double FLUSH_SECONDS = 0.5;

  private final Path file;
  private final String scoreName;
  private @Nullable Writer writer;
  private double lastFlush;

  /**
   * A history that writes nothing yet.
   *
   * @param scoreName what the reports' scores are: {@code accuracy} or {@code rmse}
   */
  public HistoryFile(Path file, String scoreName) {
    this.file = file;
    this.scoreName = scoreName;
  }

  @Override
  public void onWarning(String warning) {}

  @Override
  public void onEpoch(EpochReport report) {
    write("", "", report);
  }

  @Override
  public void onEpoch(Member member, EpochReport report) {
    write("family,fold,", member.family().id() + "," + member.fold() + ",", report);
  }

  private void write(String names, String values, EpochReport report) {
    try {
      Writer open = writer;
      if (open == null) {
        open = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        writer = open;
        open.write(
            names
                + "epoch,train_cost,dev_cost,seconds,train_"
                + scoreName
                + ",dev_"
                + scoreName
                + "\n");
      }
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
      if (report.seconds() - lastFlush > FLUSH_SECONDS) {
        open.flush();
        lastFlush = report.seconds();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String orEmpty(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }

  @Override
  public void close() throws IOException {
    if (writer != null) {
      writer.close();
    }
  }
}
