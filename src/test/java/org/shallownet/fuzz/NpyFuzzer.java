package org.shallownet.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.shallownet.data.Columns;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableTesting;
import org.shallownet.data.npy.NumpyTables;

/** Holds the readers of {@code .npy} and {@code .npz} files to the {@link Contract}. */
public final class NpyFuzzer {
  private static final Path FILE = Contract.file("input.npz");

  /** How inputs are read, each in one of these ways. */
  private static final List<TableOptions> WAYS =
      List.of(
          TableOptions.of(Columns.training(null, null)),
          TableOptions.target("last"),
          TableOptions.target("y"));

  private NpyFuzzer() {}

  /** Reads an input in the way that its length chooses. */
  public static void fuzzerTestOneInput(byte[] input) {
    read(input, WAYS.get(input.length % WAYS.size()));
  }

  /** Reads an input in every way. */
  static void readInEveryWay(byte[] input) {
    WAYS.forEach(options -> read(input, options));
  }

  private static void read(byte[] input, TableOptions options) {
    Contract.hold(input, FILE, file -> read(file, options));
  }

  private static void read(Path file, TableOptions options) throws IOException {
    Table table = new NumpyTables().read(file.toString(), file, options);
    TableTesting.all(table.features());
    if (table.hasTarget()) {
      table.dataset();
    }
  }
}
