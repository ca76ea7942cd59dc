package org.shallownet.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Reads files of some formats. {@link Table#read} finds readers with a {@code ServiceLoader}. */
public interface TableReader {
  /** Whether files of this format are read. */
  boolean reads(FileFormat format);

  /**
   * Reads a file of such a format.
   *
   * @param name what the file is called in messages
   * @throws DataException if the data can't be used
   * @throws IOException if the file can't be read
   */
  Table read(String name, Path file, TableOptions options) throws IOException;

  /**
   * Reads several files of such formats as one table, which is refused unless a reader says how.
   *
   * @param files two or more
   * @throws DataException if the data can't be used
   * @throws IOException if a file can't be read
   */
  default Table readAll(List<Path> files, TableOptions options) throws IOException {
    throw new DataException(
        files.get(0)
            + " and other files can't be read as one table, which CSV files alone can; join them"
            + " first");
  }
}
