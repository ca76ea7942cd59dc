package org.shallownet.data.csv;

import java.io.IOException;
import java.nio.file.Path;
import org.shallownet.data.FileFormat;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableReader;

/** Reads text as CSV. */
public final class CsvTables implements TableReader {
  @Override
  public boolean reads(FileFormat format) {
    return switch (format) {
      case TEXT, GZIP, UTF16 -> true;
      default -> false;
    };
  }

  @Override
  public Table read(String name, Path file, TableOptions options) throws IOException {
    return CsvTableReader.read(name, file, options);
  }
}
