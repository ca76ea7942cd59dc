package org.shallownet.cli.options;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.tensorboard.EventFiles;
import picocli.CommandLine.Option;

/** The option that asks for files that TensorBoard shows. */
public final class TensorBoardOption {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);
  private static final int LENGTH = "20261101-120000".length();
  private static final Pattern TRAINING = Pattern.compile("[0-9]{8}-[0-9]{6}(-[0-9]+)?");

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
   * @param goesOn whether the training goes on from a checkpoint: then its files stand beside those
   *     of the training that began last, else in a new folder
   * @param scoreName what the scores of an epoch are called
   * @param warn hears that no more can be written
   */
  public @Nullable EventFiles open(boolean goesOn, String scoreName, Consumer<String> warn) {
    return folder == null ? null : new EventFiles(training(folder, goesOn), scoreName, warn);
  }

  private static Path training(Path folder, boolean goesOn) {
    List<String> before = trainings(folder);
    if (goesOn && !before.isEmpty()) {
      return folder.resolve(before.get(before.size() - 1));
    }
    String now = LocalDateTime.now(ZoneId.systemDefault()).format(TIME);
    String name = now;
    for (int i = 2; before.contains(name); i++) {
      name = now + "-" + i;
    }
    return folder.resolve(name);
  }

  /** The folders of trainings, by their times. */
  private static List<String> trainings(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> String.valueOf(entry.getFileName()))
          .filter(name -> TRAINING.matcher(name).matches())
          .sorted(
              Comparator.comparing((String name) -> name.substring(0, LENGTH))
                  .thenComparing(String::length)
                  .thenComparing(Comparator.naturalOrder()))
          .toList();
    } catch (IOException e) {
      // Nothing can be written either, which is said then.
      return List.of();
    }
  }
}
