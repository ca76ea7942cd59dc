package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.help.Program;
import org.shallownet.cli.options.CheckpointOptions;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Printable;
import org.shallownet.model.Model;
import org.shallownet.training.Training;
import org.shallownet.training.checkpoint.Checkpointing;
import picocli.CommandLine;

/**
 * Sees to it that nothing is lost that a training has learned: where its model goes if it can't go
 * where it should, and what becomes of its checkpoint.
 */
final class Keeping {
  /** How a model is written to a file. */
  interface Saving {
    /** Writes it, the whole of it or nothing. */
    void save(Model model, Path file) throws IOException;
  }

  private final Saving saving;
  private final Path modelFile;
  private final @Nullable Path checkpoint;
  private final CheckpointOptions options;
  private final List<String> command;

  /** What tells another training's checkpoint from one that has taken its place; null for none. */
  private final @Nullable List<Object> other;

  /**
   * What is kept by a command.
   *
   * @param saving how the model is written
   * @param modelFile where the model should go
   * @param checkpoint where checkpoints are written; null for nowhere
   * @param options which checkpoint is gone on from, and how often one is written
   * @param line the command, whose words are needed to go on
   * @throws IOException if a checkpoint can't be looked at
   */
  Keeping(
      Saving saving,
      Path modelFile,
      @Nullable Path checkpoint,
      CheckpointOptions options,
      CommandLine line)
      throws IOException {
    this.saving = saving;
    this.modelFile = modelFile;
    this.checkpoint = checkpoint;
    this.options = options;
    this.command = withoutResume(line);
    this.other = Checkpointing.isSame(options.resume(), checkpoint) ? null : identity();
  }

  private @Nullable List<Object> identity() {
    if (checkpoint == null || !Files.isRegularFile(checkpoint)) {
      return null;
    }
    try {
      BasicFileAttributes now = Files.readAttributes(checkpoint, BasicFileAttributes.class);
      return List.of(now.lastModifiedTime(), String.valueOf(now.fileKey()), now.size());
    } catch (IOException e) {
      return null;
    }
  }

  private static List<String> withoutResume(CommandLine line) {
    CommandLine root = line;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    List<String> words = new ArrayList<>();
    boolean value = false;
    for (String word : root.getParseResult().originalArgs()) {
      boolean option = word.equals("--resume");
      if (!value && !option && !word.startsWith("--resume=")) {
        words.add(word);
      }
      value = option && !value;
    }
    return words;
  }

  /** Where the model should go. */
  Path modelFile() {
    return modelFile;
  }

  /** Has a training write its checkpoints, and go on from one where that is asked for. */
  <T extends Training<?, T>> T checkpointed(T training) {
    if (checkpoint != null) {
      training.checkpoint(checkpoint, options.schedule());
    }
    Path resume = options.resume();
    return resume == null ? training : training.resume(resume);
  }

  /** Tells of a checkpoint that another training has left where this one's would be written. */
  void tellOfOther(Terminal terminal) {
    if (other != null) {
      terminal.warn(
          checkpoint
              + " is of a training that was broken off, and this one begins anew. To go on with"
              + " that one: "
              + command());
    }
  }

  /**
   * Saves the model of a training that came to its end; then its checkpoint is of no more use and
   * is removed.
   *
   * @return what was done, a sentence without its full stop
   * @throws IOException if it can't be written where it should be; the sentence says where it is
   */
  String saveWhole(Model model) throws IOException {
    save(model, modelFile);
    String saved = "Model saved to " + modelFile;
    if (!exists()) {
      return saved;
    }
    try {
      discardCheckpoint();
      return saved + "; its checkpoint " + checkpoint + " is removed";
    } catch (IOException e) {
      return saved + "; its checkpoint " + checkpoint + " can't be removed";
    }
  }

  /** Removes the checkpoint, from which nobody needs to go on. */
  void discardCheckpoint() throws IOException {
    if (checkpoint != null && exists()) {
      Files.deleteIfExists(checkpoint);
    }
  }

  /**
   * Saves the model of a training that was broken off. One that is there already stays: it may be
   * the better one.
   *
   * @return where it is
   * @throws IOException if it can't be written there; the sentence says where it is instead
   */
  Path saveUnfinished(Model model) throws IOException {
    Path file = modelFile;
    for (int i = 1; Files.isRegularFile(file); i++) {
      file = OutputFiles.withEnding(modelFile, ".unfinished" + (i == 1 ? "" : "-" + i) + ".onnx");
    }
    save(model, file);
    return file;
  }

  /** What to say of what fails after {@link #saveWhole}, to be put behind a sentence. */
  String afterSaving() {
    return "; the model is saved to " + modelFile;
  }

  /** What to say of the model that {@link #saveUnfinished} did not replace; else nothing. */
  String besideOther(Path saved) {
    return saved.equals(modelFile) ? "" : " (" + modelFile + " is from before and stays)";
  }

  private void save(Model model, Path file) throws IOException {
    try {
      saving.save(model, file);
    } catch (IOException | RuntimeException | Error e) {
      rescue(model, e);
    }
  }

  /** The model goes where there is room for it. */
  private void rescue(Model model, Throwable why) throws IOException {
    Path beside = OutputFiles.withEnding(modelFile, ".rescued.onnx");
    String name = String.valueOf(beside.getFileName());
    List<Path> places = new ArrayList<>();
    // Beside a device or a pipe there is no place for files.
    if (!Files.exists(modelFile) || Files.isRegularFile(modelFile)) {
      places.add(beside);
    }
    places.add(Path.of(System.getProperty("java.io.tmpdir", "/tmp")).resolve(name));
    for (Path place : places) {
      Path free = place;
      for (int i = 2; Files.exists(free); i++) {
        free = place.resolveSibling(i + "-" + name);
      }
      try {
        saving.save(model, free);
      } catch (IOException | RuntimeException | Error e) {
        continue;
      }
      throw failure(
          why,
          "the model is in "
              + free
              + " instead: move it to where it should be"
              + (exists() ? "; its checkpoint " + checkpoint + " stays as well" : ""));
    }
    throw failure(
        why,
        "nor can the model be written beside it or to the temporary folder"
            + (exists() ? "; make room and go on: " + command() : ""));
  }

  private static IOException failure(Throwable why, String what) {
    if (why instanceof IOException || why instanceof DataException) {
      return new SavedElsewhereException(why.getMessage() + "; " + what, why, ExitCode.FILE_SYSTEM);
    }
    // Of what nobody foresaw the type says more than the message.
    String reason =
        why instanceof OutOfMemoryError
            ? "Java has no more memory (" + why.getMessage() + ")"
            : why.toString();
    return new SavedElsewhereException(
        "the model can't be written: " + reason + "; " + what, why, Failures.exitCode(why));
  }

  /** Whether there is a checkpoint of this very training. */
  private boolean exists() {
    List<Object> now = identity();
    return now != null && !now.equals(other);
  }

  /** How to go on from the checkpoint, to be put behind a sentence; nothing if there is none. */
  String goOn() {
    return exists() ? " Go on with: " + command() : "";
  }

  /** What was typed, with the checkpoint to go on from. */
  private String command() {
    StringBuilder line = new StringBuilder(Printable.shellWord(Program.NAME));
    for (String word : command) {
      line.append(' ').append(Printable.shellWord(word));
    }
    return line.append(" --resume ")
        .append(Printable.shellWord(String.valueOf(checkpoint)))
        .toString();
  }
}
