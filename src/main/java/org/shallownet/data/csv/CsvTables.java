package org.shallownet.data.csv;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
    return CsvTableReader.read(List.of(new CsvTableReader.Named(name, file)), options);
  }

  @Override
  public Table readAll(List<Path> files, TableOptions options) throws IOException {
    return CsvTableReader.read(
        files.stream().map(file -> new CsvTableReader.Named(file.toString(), file)).toList(),
        options);
  }
}
