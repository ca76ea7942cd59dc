package org.shallownet.data;

import java.io.IOException;
import java.nio.file.Path;

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
}
