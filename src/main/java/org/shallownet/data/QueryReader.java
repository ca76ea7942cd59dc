package org.shallownet.data;

import java.io.IOException;

/** Reads what SQL queries give. {@link Table#read} finds readers with a {@code ServiceLoader}. */
public interface QueryReader {
  /**
   * Asks a query and reads its rows.
   *
   * @throws DataException if there is no driver, the database refuses, or the data can't be used
   * @throws IOException if a file can't be read
   */
  Table read(TableSource.Query query, TableOptions options) throws IOException;
}
