package org.shallownet.cli.output;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.TableSource;
import org.shallownet.model.AtomicFile;

/** Files that a command will write, checked before it begins its work. */
public final class OutputFiles {
  private OutputFiles() {}

  /** Where the model of this data goes if nothing is said: {@code ./NAME.onnx}. */
  public static Path defaultModel(TableSource data) {
    String name =
        data.files().isEmpty() ? "query" : String.valueOf(data.files().get(0).getFileName());
    if (name.equals("-")) {
      return Path.of("stdin.onnx");
    }
    int dot = name.lastIndexOf('.');
    return Path.of((dot > 0 ? name.substring(0, dot) : name) + ".onnx");
  }

  /** The file beside a model whose name has another ending than the model's {@code .onnx}. */
  public static Path withEnding(Path modelFile, String ending) {
    String name = String.valueOf(modelFile.getFileName());
    String stem = name.endsWith(".onnx") ? name.substring(0, name.length() - 5) : name;
    return modelFile.resolveSibling(stem + ending);
  }

  /**
   * Makes sure that a file can be written.
   *
   * @param data where the table comes from
   * @param inputs other files that must not be overwritten; null for none
   * @throws IOException if it can't
   */
  public static void require(Path file, TableSource data, @Nullable Path... inputs)
      throws IOException {
    for (Path input : data.files()) {
      requireOther(file, input);
    }
    for (Path input : inputs) {
      requireOther(file, input);
    }
    AtomicFile.checkWritable(file);
  }

  private static void requireOther(Path file, @Nullable Path input) throws IOException {
    if (input != null && Files.exists(file) && Files.exists(input)) {
      if (Files.isSameFile(file, input)) {
        throw new FileSystemException(
            file.toString(), null, "it is an input and would be overwritten; choose another name");
      }
    }
  }
}
