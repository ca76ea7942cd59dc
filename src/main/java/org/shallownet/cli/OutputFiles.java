package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.shallownet.model.AtomicFile;

/** Files that a command will write, checked before it begins its work. */
final class OutputFiles {
  private OutputFiles() {}

  /** Where the model of this data goes if nothing is said: {@code ./NAME.onnx}. */
  static Path defaultModel(Path data) {
    String name = String.valueOf(data.getFileName());
    int dot = name.lastIndexOf('.');
    return Path.of((dot > 0 ? name.substring(0, dot) : name) + ".onnx");
  }

  /**
   * Makes sure that a file can be written.
   *
   * @param input a file that must not be overwritten
   * @throws IOException if it can't
   */
  static void require(Path file, Path input) throws IOException {
    if (Files.exists(file) && Files.exists(input) && Files.isSameFile(file, input)) {
      throw new FileSystemException(
          file.toString(), null, "is the input and would be overwritten; choose another name");
    }
    AtomicFile.checkWritable(file);
  }
}
