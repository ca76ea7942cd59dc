package org.shallownet.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.output.ColumnsTable;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Columns;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableSource;
import org.shallownet.data.Task;
import org.shallownet.data.TaskChoice;
import org.shallownet.model.Model;
import org.shallownet.training.Defaults;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options that say what to learn from: a table, its columns and the task. */
public final class TrainingData {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Parameters(arity = "0..*", paramLabel = "DATA", description = QueryOptions.FILES)
  private List<Path> files = new ArrayList<>();

  @Mixin private QueryOptions query = new QueryOptions();

  @Option(
      names = "--target",
      required = true,
      paramLabel = "A[,B,…]",
      converter = ColumnList.Converter.class,
      description =
          "The column to predict: its name, or last; without a header or in .npy a number from 0."
              + " Several are predicted together: numbers, or yes/no columns.")
  private ColumnList target = new ColumnList(List.of());

  @Option(
      names = "--positive",
      paramLabel = "LABEL",
      description =
          "Of two classes the one that precision, recall, F1 and AUC are about (default: the second"
              + " in order).")
  private @Nullable String positive;

  @Option(
      names = "--features",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "The columns to learn from; a* stands for all that fit (default: all others).")
  private @Nullable ColumnList features;

  @Option(
      names = "--ignore",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "Columns to leave out; a* stands for all that fit.")
  private @Nullable ColumnList ignored;

  @Option(
      names = "--categorical",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "Columns whose cells are words, even if they look like numbers.")
  private @Nullable ColumnList categorical;

  @Option(
      names = "--numeric",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "Columns whose cells must be numbers or missing.")
  private @Nullable ColumnList numeric;

  @Option(
      names = "--drop-unlabelled",
      description = "Leave out rows whose target is missing (default: refuse them).")
  private boolean dropUnlabelled;

  @Mixin private WeightOptions weights = new WeightOptions();
  @Mixin private FormatOptions format = new FormatOptions();

  @Option(
      names = "--task",
      paramLabel = "T",
      description =
          "auto, binary, multiclass, regression or multilabel (default: ${DEFAULT-VALUE}, by the"
              + " target).")
  private String task = Defaults.TASK;

  /** Where the table comes from. */
  public TableSource source() {
    return query.source(files);
  }

  /** Checks the table's place and the task's name before anything is read. */
  public void require() {
    source();
    task();
    weights.require();
  }

  /**
   * What models tell of the data that they are from; for the caller to add to.
   *
   * @param fingerprint the data's
   */
  public Map<String, String> provenance(String fingerprint) {
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put("data", source().origin());
    entries.put("data_fingerprint", fingerprint);
    entries.putAll(weights.provenance());
    return entries;
  }

  /** How much each row counts. */
  public WeightOptions weights() {
    return weights;
  }

  /**
   * What there is to learn.
   *
   * @param fingerprint identifies the file's content
   * @param columns what became of the file's columns
   */
  public record Loaded(Dataset data, String fingerprint, List<ColumnNote> columns) {}

  /**
   * Reads the table.
   *
   * @param note hears what was found: how the file is written, its columns, which task it is and
   *     why
   */
  public Loaded read(Consumer<String> note) throws IOException {
    Task wanted = task();
    Table table = Table.read(source(), options());
    FormatOptions.tell(table, note);
    ColumnsTable.tell(table.notes(), note);
    if (table.dropped() > 0) {
      note.accept("Rows without a target: " + table.dropped() + ", left out");
    }
    TaskChoice choice = wanted == null ? table.inferTask() : new TaskChoice(wanted, "asked for");
    note.accept("Task: " + choice.task() + " (" + choice.reason() + ")");
    Dataset data = table.dataset(choice.task());
    return new Loaded(
        positive == null ? data : data.withPositive(positive), table.fingerprint(), table.notes());
  }

  /** How the table is read. */
  public TableOptions options() {
    Columns columns =
        Columns.training(null, featureNames())
            .withTargets(target.names())
            .withWeights(weights.column());
    TableOptions options =
        format
            .options(columns)
            .withIgnored(names(ignored))
            .withCategorical(names(categorical))
            .withNumeric(names(numeric));
    return dropUnlabelled ? options.droppingUnlabelled() : options;
  }

  private static List<String> names(@Nullable ColumnList list) {
    return list == null ? List.of() : list.names();
  }

  /** How the file is written. */
  public FormatOptions format() {
    return format;
  }

  /** Reads from the table what a model needs to go on learning. */
  public ModelData read(Model model) throws IOException {
    if (positive != null) {
      throw new ParameterException(
          command.commandLine(),
          "--positive can't be used with --from: the model knows its positive class");
    }
    return ModelData.read(model, source(), target.names(), featureNames(), task(), options());
  }

  private @Nullable List<String> featureNames() {
    return features == null ? null : features.names();
  }

  private @Nullable Task task() {
    return task(task, command);
  }

  /** The task of this name; null for {@code auto}. */
  public static @Nullable Task task(String name, CommandSpec command) {
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
