package org.shallownet.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The 400 points of {@code examples/planar.csv}: two features, two classes. */
final class Planar {
  private static final String FILE = "planar.csv";

  private Planar() {}

  static MemoryTable load() {
    List<String> lines;
    try (InputStream file = Objects.requireNonNull(Planar.class.getResourceAsStream(FILE), FILE);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
      lines = reader.lines().skip(1).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    float[] features = new float[2 * lines.size()];
    float[] targets = new float[lines.size()];
    for (int i = 0; i < targets.length; i++) {
      String[] cells = lines.get(i).split(",", -1);
      features[2 * i] = Float.parseFloat(cells[0]);
      features[2 * i + 1] = Float.parseFloat(cells[1]);
      targets[i] = Float.parseFloat(cells[2]);
    }
    return new MemoryTable(features, targets);
  }
}
