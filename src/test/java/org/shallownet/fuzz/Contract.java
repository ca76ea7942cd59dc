package org.shallownet.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Printable;

/**
 * A reader reads any bytes or refuses them by a {@link DataException} with a sentence that shows
 * well on a terminal, in time that is linear in their number. Nothing else comes of them.
 */
final class Contract {
  /** Far more than needed, so that a slow machine keeps it and quadratic time does not. */
  private static final long FIXED_NANOS = 2_000_000_000L;

  private static final long NANOS_PER_BYTE = 2_000;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Contract() {}

  /** Something that reads a file. */
  interface Reading {
    void read(Path file) throws IOException;
  }

  /**
   * Reads a file.
   *
   * @param file holds the input; one file for all inputs is fast
   * @throws AssertionError if that takes too long or the message is not for people; what else the
   *     reading throws is thrown on
   */
  static void hold(byte[] input, Path file, Reading reading) {
    long began = THREADS.getCurrentThreadCpuTime();
    try {
      Files.write(file, input);
      reading.read(file);
    } catch (DataException e) {
      String message = String.valueOf(e.getMessage());
      if (message.isBlank() || !Printable.isPrintable(message)) {
        throw new AssertionError("no sentence for people: " + message, e);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long nanos = THREADS.getCurrentThreadCpuTime() - began;
    if (nanos > FIXED_NANOS + NANOS_PER_BYTE * input.length) {
      throw new AssertionError(input.length + " bytes took " + nanos / 1e9 + " s");
    }
  }

  /** A file of its own, which goes when Java ends. */
  static Path file(String name) {
    try {
      Path folder = Files.createTempDirectory("shallownet-fuzz");
      Path file = folder.resolve(name);
      folder.toFile().deleteOnExit();
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
