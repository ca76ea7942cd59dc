package org.shallownet.cli.options;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.tensorboard.EventFiles;
import org.shallownet.data.DataException;
import org.shallownet.training.CheckpointNotes;
import picocli.CommandLine.Option;

/** The option that asks for files that TensorBoard shows. */
public final class TensorBoardOption {
  /** The note in a checkpoint that says which folder is the training's. */
  public static final String NOTE = "tensorboard";

  /** In UTC, so that the names' order is that of time wherever a training ran. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final Pattern TRAINING = Pattern.compile("[0-9]{8}-[0-9]{6}Z(-[0-9]{1,9})?");

  @Option(
      names = "--tensorboard",
      paramLabel = "DIR",
      description =
          "Write costs and scores of every epoch below this folder for TensorBoard: each training"
              + " in a folder of its own, a run for each network.")
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
   * @param resume the checkpoint that the training goes on from, which says in which folder; null
   *     if it begins
   * @param scoreName what the scores of an epoch are called
   * @param warn hears that nothing, or no more, can be written
   * @throws UncheckedIOException if the checkpoint can't be read
   * @throws DataException if the checkpoint is damaged
   */
  public @Nullable EventFiles open(@Nullable Path resume, String scoreName, Consumer<String> warn) {
    Path parent = folder;
    if (parent == null) {
      return null;
    }
    String known = resume == null ? null : CheckpointNotes.of(resume).get(NOTE);
    boolean isName = known != null && TRAINING.matcher(known).matches();
    try {
      Path training =
          isName
              ? Files.createDirectories(parent.resolve(known))
              : create(parent, name(Instant.now()));
      return new EventFiles(training, resume != null, scoreName, warn);
    } catch (IOException e) {
      warn.accept(
          "can't make a folder for TensorBoard in "
              + parent
              + ": "
              + reason(e)
              + "; training goes on without events");
      return null;
    }
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof NoSuchFileException) {
      return "it does not exist any more";
    }
    String reason = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  /** A new folder: another training may begin in the same second. */
  private static Path create(Path parent, String name) throws IOException {
    for (int i = 1; ; i++) {
      try {
        return Files.createDirectory(parent.resolve(i == 1 ? name : name + "-" + i));
      } catch (FileAlreadyExistsException e) {
        // The next number.
      }
    }
  }

  /** What a training's folder is called that begins now. */
  static String name(Instant now) {
    return TIME.format(now);
  }
}
