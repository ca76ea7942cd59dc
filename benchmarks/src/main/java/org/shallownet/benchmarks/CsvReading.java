package org.shallownet.benchmarks;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.shallownet.data.Dataset;

/** A large CSV file, written and read in a JVM of its own, as a command line's start does. */
final class CsvReading {
  private static final int FEATURES = 28;
  private static final int WRITE_ROWS = 10_000;

  private CsvReading() {}

  /**
   * Reads a file and prints seconds and rows, or writes one.
   *
   * @param arguments {@code read} and the file, or {@code write}, the file and its number of rows
   */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[1]);
    if (arguments[0].equals("write")) {
      write(file, new GaussianTable(Long.parseLong(arguments[2]), FEATURES, 1));
      return;
    }
    long start = System.nanoTime();
    Dataset data = Dataset.read(file, "label");
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.println(seconds + " " + data.rows());
  }

  /** Writes each number as the shortest text that gives the same float back. */
  private static void write(Path file, GaussianTable table) throws IOException {
    float[] features = new float[WRITE_ROWS * FEATURES];
    float[] targets = new float[WRITE_ROWS];
    try (BufferedWriter writer = Files.newBufferedWriter(file)) {
      for (int k = 0; k < FEATURES; k++) {
        writer.write("x" + k + ",");
      }
      writer.write("label\n");
      for (long first = 0; first < table.rows(); first += WRITE_ROWS) {
        int count = (int) Math.min(WRITE_ROWS, table.rows() - first);
        table.read(first, count, features, targets);
        for (int i = 0; i < count; i++) {
          for (int k = 0; k < FEATURES; k++) {
            writer.write(features[i * FEATURES + k] + ",");
          }
          writer.write((int) targets[i] + "\n");
        }
      }
    }
  }
}
