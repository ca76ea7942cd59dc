package org.shallownet.data.csv;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableTesting;
import org.shallownet.data.Target;

/**
 * All there is to know of a table or of why it can't be used.
 *
 * @param table what was read; empty if nothing was
 * @param error the message of the {@link DataException}; null if there was none
 */
public record CsvOutcome(String table, @Nullable String error) {
  /** Reads a table with its target in blocks of this size. */
  public static CsvOutcome of(Path file, TableOptions options, int blockBytes, int threads)
      throws IOException {
    String read = "";
    try {
      Table table = CsvTableReader.read(file.toString(), file, options, blockBytes, threads);
      read =
          table.schema().columns()
              + table.fingerprint()
              + table.notes()
              + table.format()
              + table.rows()
              + Arrays.toString(TableTesting.all(table.features()));
      return new CsvOutcome(table.hasTarget() ? read + target(table) : read, null);
    } catch (DataException e) {
      return new CsvOutcome(read, e.getMessage());
    }
  }

  private static String target(Table table) {
    String task = " " + table.inferTask();
    Target target = table.dataset().target();
    if (target instanceof Target.Classes classes) {
      int[] codes = IntStream.range(0, (int) classes.rows()).map(classes::code).toArray();
      return task + classes.names() + Arrays.toString(codes);
    }
    Target.Numbers numbers = (Target.Numbers) target;
    return task + IntStream.range(0, (int) numbers.rows()).mapToObj(numbers::value).toList();
  }

  /** Throws the error, if there is one. */
  public void throwError() {
    if (error != null) {
      throw new DataException(error);
    }
  }
}
