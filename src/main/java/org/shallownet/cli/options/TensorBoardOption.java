package org.shallownet.cli.options;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.tensorboard.EventFiles;
import picocli.CommandLine.Option;

/** The option that asks for files that TensorBoard shows. */
public final class TensorBoardOption {
  @Option(
      names = "--tensorboard",
      paramLabel = "DIR",
      description =
          "Write costs and scores of every epoch below this folder for TensorBoard, a run for each"
              + " network.")
  private @Nullable Path folder;

  /**
   * Makes the folder, if files were asked for.
   *
   * @throws IOException if that can't be
   */
  public void require() throws IOException {
    if (folder == null) {
      return;
    }
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new FileSystemException(
          folder.toString(), null, "it is a file; name a folder with --tensorboard");
    }
    if (!Files.isWritable(folder)) {
      throw new FileSystemException(folder.toString(), null, "permission denied");
    }
  }

  /**
   * The files, if they were asked for; else null.
   *
   * @param scoreName what the scores of an epoch are called
   * @param warn hears that no more can be written
   */
  public @Nullable EventFiles open(String scoreName, Consumer<String> warn) {
    return folder == null ? null : new EventFiles(folder, scoreName, warn);
  }
}
