package org.shallownet.data.arrow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.shallownet.data.DataException;
import org.shallownet.data.FileFormat;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableReader;

/**
 * Reads Arrow files and streams if Apache Arrow is on the class path. This class does without, so
 * that it is there to say what is missing.
 */
public final class ArrowTables implements TableReader {
  private static final String VERSION = "19.0.0";

  @Override
  public boolean reads(FileFormat format) {
    return format == FileFormat.ARROW || format == FileFormat.ARROW_STREAM;
  }

  @Override
  public Table read(String name, Path file, TableOptions options) throws IOException {
    requireOpenMemory(found("org.apache.arrow.memory.util.MemoryUtil"));
    found("org.apache.arrow.vector.ipc.ArrowReader");
    found("org.apache.arrow.compression.CommonsCompressionFactory");
    return ArrowFile.read(name, file, FileFormat.of(file) == FileFormat.ARROW_STREAM, options);
  }

  private static Class<?> found(String name) {
    try {
      Class<?> found = Class.forName(name, false, ArrowTables.class.getClassLoader());
      // Required by no module-info, as who reads no such file has it not.
      ArrowTables.class.getModule().addReads(found.getModule());
      return found;
    } catch (ClassNotFoundException e) {
      throw new DataException(
          "Apache Arrow is not on the class path; ./shallownet fetches it by itself, elsewhere add"
              + " arrow-vector, arrow-compression and arrow-memory-unsafe, org.apache.arrow "
              + VERSION
              + ", from Maven Central",
          e);
    }
  }

  /** Arrow would print a stack trace. */
  private static void requireOpenMemory(Class<?> user) {
    if (!ByteBuffer.class.getModule().isOpen("java.nio", user.getModule())) {
      String module = user.getModule().isNamed() ? user.getModule().getName() : "ALL-UNNAMED";
      throw new DataException(
          "Apache Arrow reads only if Java is started with --add-opens=java.base/java.nio="
              + module
              + ", which ./shallownet does by itself");
    }
  }
}
