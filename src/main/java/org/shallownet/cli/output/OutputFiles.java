package org.shallownet.cli.output;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.AtomicFile;

/** Files that a command will write, checked before it begins its work. */
public final class OutputFiles {
  private OutputFiles() {}

  /** Where the model of this data goes if nothing is said: {@code ./NAME.onnx}. */
  public static Path defaultModel(Path data) {
    String name = String.valueOf(data.getFileName());
    int dot = name.lastIndexOf('.');
    return Path.of((dot > 0 ? name.substring(0, dot) : name) + ".onnx");
  }

  /**
   * Makes sure that a file can be written.
   *
   * @param inputs files that must not be overwritten; null for none
   * @throws IOException if it can't
   */
  public static void require(Path file, @Nullable Path... inputs) throws IOException {
    for (Path input : inputs) {
      if (input != null && Files.exists(file) && Files.exists(input)) {
        if (Files.isSameFile(file, input)) {
          throw new FileSystemException(
              file.toString(), null, "is an input and would be overwritten; choose another name");
        }
      }
    }
    AtomicFile.checkWritable(file);
  }
}
