package org.shallownet.data.arrow;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.InvalidArrowFileException;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.typed.Fingerprinting;
import org.shallownet.data.typed.TypedColumn;
import org.shallownet.data.typed.TypedTable;

/** Reads the record batches of a file, one after the other, of which only one is in memory. */
final class ArrowFile {
  private static final TypedTable.Hints HINTS =
      new TypedTable.Hints(
          "make a number of it where the file is written", "save columns of numbers with it");

  private static final int LONGEST_REASON = 200;

  private ArrowFile() {}

  /**
   * Reads a file.
   *
   * @param name what it is called in messages
   * @param isStream whether it is a stream, which has no directory of its batches
   * @throws DataException if it is damaged or can't be used
   */
  static Table read(String name, Path file, boolean isStream, TableOptions options)
      throws IOException {
    FileChannel channel = FileChannel.open(file);
    Fingerprinting fingerprint = Fingerprinting.ofFile(file);
    TypedTable table;
    try (channel;
        ArrowMemory memory = new ArrowMemory();
        ArrowReader reader = reader(channel, isStream, memory)) {
      table = rows(name, reader, options, fingerprint);
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw damaged(name, e);
    }
    return table.table();
  }

  private static ArrowReader reader(FileChannel channel, boolean isStream, ArrowMemory memory) {
    // No more than Java's heap, since there is as much beside it at best.
    BufferAllocator allocator = memory.allocator(Runtime.getRuntime().maxMemory());
    return isStream ? new StreamBatches(channel, allocator) : new FileBatches(channel, allocator);
  }

  private static TypedTable rows(
      String name, ArrowReader reader, TableOptions options, Fingerprinting fingerprint)
      throws IOException {
    VectorSchemaRoot batch = schema(name, reader);
    List<TypedColumn> columns = new ArrayList<>();
    for (FieldVector vector : batch.getFieldVectors()) {
      columns.add(ArrowColumns.column(columns.size(), vector, reader));
    }
    if (columns.isEmpty()) {
      throw new DataException(name + " has no columns");
    }
    TypedTable table = new TypedTable(name, columns, options, fingerprint, HINTS);
    while (hasNext(name, reader)) {
      ArrowRow row = new ArrowRow(name, batch, reader);
      for (int i = 0; i < batch.getRowCount(); i++) {
        row.goTo(i);
        table.add(row);
      }
    }
    return table;
  }

  private static VectorSchemaRoot schema(String name, ArrowReader reader) throws IOException {
    try {
      return reader.getVectorSchemaRoot();
    } catch (OutOfMemoryException | OutOfMemoryError e) {
      throw tooLarge(name, e);
    }
  }

  private static boolean hasNext(String name, ArrowReader reader) throws IOException {
    try {
      return reader.loadNextBatch();
    } catch (OutOfMemoryException | OutOfMemoryError e) {
      throw tooLarge(name, e);
    }
  }

  /** The lengths in a damaged file may be of any size. */
  private static DataException tooLarge(String name, Throwable e) {
    return new DataException(
        name
            + " is damaged, or one of its record batches needs more than the "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MiB that Java may take; save it in smaller batches",
        e);
  }

  private static DataException damaged(String name, Throwable e) {
    if (e instanceof InvalidArrowFileException) {
      return new DataException(
          name + " is damaged or cut off, its end is missing; save it again", e);
    }
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    String reason = message.lines().findFirst().orElse("").strip().replaceAll("[.!\\s]+$", "");
    if (reason.length() > LONGEST_REASON) {
      reason = reason.substring(0, LONGEST_REASON) + "…";
    }
    return new DataException(
        name
            + " is damaged or is not Arrow as this version reads it ("
            + reason
            + "); save it again",
        e);
  }
}
