package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Columns;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.Task;
import org.shallownet.data.TaskChoice;
import org.shallownet.model.Model;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options that say what to learn from: a table, its columns and the task. */
final class TableOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Parameters(paramLabel = "DATA", description = "The table: a .csv or .npy file.")
  private Path file = Path.of("");

  @Option(
      names = "--target",
      required = true,
      paramLabel = "COLUMN",
      description = "The column to predict (of a .npy file its number, from 0).")
  private String target = "";

  @Option(
      names = "--features",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "The columns to learn from (default: all others).")
  private @Nullable ColumnList features;

  @Option(
      names = "--task",
      paramLabel = "T",
      description = "auto, binary, multiclass or regression (default: auto, by the target).")
  private String task = "auto";

  /** The table's file. */
  Path file() {
    return file;
  }

  /** Checks the task's name before anything is read. */
  void require() {
    task();
  }

  /**
   * What there is to learn.
   *
   * @param fingerprint identifies the file's content
   */
  record Loaded(Dataset data, String fingerprint) {}

  /**
   * Reads the table.
   *
   * @param note hears which task it is and why
   */
  Loaded read(Consumer<String> note) throws IOException {
    Task wanted = task();
    Table table = Table.read(file, Columns.training(target, featureNames()));
    TaskChoice choice = wanted == null ? table.inferTask() : new TaskChoice(wanted, "asked for");
    note.accept("Task: " + choice.task() + " (" + choice.reason() + ")");
    return new Loaded(table.dataset(choice.task()), table.fingerprint());
  }

  /** Reads from the table what a model needs to go on learning. */
  ModelData read(Model model) throws IOException {
    return ModelData.read(model, file, target, featureNames(), task());
  }

  private @Nullable List<String> featureNames() {
    return features == null ? null : features.names();
  }

  private @Nullable Task task() {
    return task(task, command);
  }

  /** The task of this name; null for {@code auto}. */
  static @Nullable Task task(String name, CommandSpec command) {
    if (name.equals("auto")) {
      return null;
    }
    try {
      return Task.of(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(), "--task: " + e.getMessage() + " or auto", e);
    }
  }
}
