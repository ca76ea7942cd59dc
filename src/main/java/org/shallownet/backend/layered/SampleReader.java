package org.shallownet.backend.layered;

import java.nio.FloatBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.SampleWeightCheck;

/**
 * A thread that reads pieces of samples while the caller's thread does other things.
 *
 * <p>It belongs to a scope, as the memory does that it fills: allocated after that, it is stopped
 * before that is freed.
 */
final class SampleReader extends Allocation {
  /** Features are read in stretches of this many floats (1 MiB), unless a sample has more. */
  private static final int STRETCH_FLOATS = 1 << 18;

  private final float[] features;
  private final float[] targets;
  private final long[] indices;
  private final int stretch;
  private final ExecutorService thread;
  private volatile boolean stopped;

  /**
   * A reader of samples with this many columns.
   *
   * @param most how many samples a piece has at most
   */
  SampleReader(long most, int featureColumns, int targetColumns) {
    super(0);
    stretch = (int) Math.min(most, Math.max(1, STRETCH_FLOATS / featureColumns));
    features = new float[stretch * featureColumns];
    targets = new float[stretch * targetColumns];
    indices = new long[stretch];
    thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread reader = new Thread(work, "shallownet-reader");
              reader.setDaemon(true);
              return reader;
            });
  }

  /**
   * Reads a piece after those that were asked for before.
   *
   * @param x gets the features from index 0 on
   * @param y gets the targets from index 0 on
   * @return what {@link #await} takes
   */
  Future<?> read(StreamedPiece piece, FloatBuffer x, FloatBuffer y) {
    return thread.submit(() -> fill(piece, x.duplicate(), y.duplicate()));
  }

  private void fill(StreamedPiece piece, FloatBuffer x, FloatBuffer y) {
    SampleSource source = piece.source();
    x.clear();
    y.clear();
    for (int done = 0; done < piece.count() && !stopped; done += stretch) {
      int count = Math.min(stretch, piece.count() - done);
      long first = piece.first() + done;
      if (piece.shuffled()) {
        new BatchOrder(source.rows(), piece.seed()).fill(piece.epoch(), first, count, indices);
        source.gather(indices, 0, count, features, targets);
      } else {
        source.read(first, count, features, targets);
      }
      if (source.weighted()) {
        SampleWeightCheck.check("read", targets, 0, count, source.targetColumns());
      }
      x.put(features, 0, count * source.featureColumns());
      y.put(targets, 0, count * source.targetColumns());
    }
  }

  /** Waits for a piece; what reading it threw is thrown here. */
  static void await(Future<?> reading) {
    uninterruptibly(
        () -> {
          try {
            reading.get();
          } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
              throw error;
            } else if (e.getCause() instanceof RuntimeException failure) {
              throw failure;
            }
            throw new IllegalStateException("a source threw a checked exception", e.getCause());
          }
          return true;
        });
  }

  /** Waits until nothing is being read any more. */
  @Override
  protected void free() {
    stopped = true;
    thread.shutdown();
    uninterruptibly(() -> thread.awaitTermination(1, TimeUnit.MINUTES));
  }

  private interface Waiting {
    /** Whether there is nothing more to wait for. */
    boolean done() throws InterruptedException;
  }

  /**
   * Training ends when it is asked to, not when its thread is interrupted: that stays pending, for
   * whoever knows what it means.
   */
  private static void uninterruptibly(Waiting waiting) {
    boolean interrupted = false;
    boolean done = false;
    while (!done) {
      try {
        done = waiting.done();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
