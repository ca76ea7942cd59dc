package org.shallownet.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.TableOptions;
import org.shallownet.data.csv.CsvOutcome;

/**
 * Holds CSV's reader to the {@link Contract}, and to it that small blocks and more threads make no
 * difference, neither to a table nor to what is said of a bad one.
 */
public final class CsvFuzzer {
  private static final int ONE_BLOCK = 1 << 20;
  private static final int SMALL_BLOCKS = 64;
  private static final Path FILE = Contract.file("input.csv");

  /** How inputs are read, each in one of these ways. */
  private static final List<TableOptions> WAYS =
      List.of(
          TableOptions.target("t"),
          TableOptions.of(Columns.training(null, null)),
          TableOptions.target("last").withFormat(CsvFormat.AUTO.withHeader(false)),
          TableOptions.target("t")
              .withMissing(Set.of("-9", "?"))
              .withFormat(CsvFormat.AUTO.withThousands('.').withDecimal(',').withComment('#')),
          TableOptions.target("t").withNumeric(List.of("x*")).droppingUnlabelled());

  private CsvFuzzer() {}

  /** Reads an input in the way that its length chooses. */
  public static void fuzzerTestOneInput(byte[] input) {
    read(input, WAYS.get(input.length % WAYS.size()));
  }

  /** Reads an input in every way. */
  static void readInEveryWay(byte[] input) {
    WAYS.forEach(options -> read(input, options));
  }

  private static void read(byte[] input, TableOptions options) {
    Contract.hold(input, FILE, file -> readTwice(file, options));
  }

  private static void readTwice(Path file, TableOptions options) throws IOException {
    CsvOutcome whole = CsvOutcome.of(file, options, ONE_BLOCK, 1);
    CsvOutcome blocks = CsvOutcome.of(file, options, SMALL_BLOCKS, 2);
    if (!whole.equals(blocks)) {
      throw new AssertionError("blocks make a difference:\n" + whole + "\n" + blocks);
    }
    whole.throwError();
  }
}
