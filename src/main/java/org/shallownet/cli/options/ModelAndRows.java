package org.shallownet.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.Columns;
import org.shallownet.data.TableSource;
import org.shallownet.data.Task;
import org.shallownet.model.Model;
import org.shallownet.training.Defaults;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options that name a model and the rows that it is judged by, whose targets are known. */
public final class ModelAndRows {
  @Parameters(index = "0", paramLabel = "MODEL", description = "The model, an .onnx file.")
  private Path modelFile = Path.of("");

  @Parameters(index = "1..*", arity = "0..*", paramLabel = "DATA", description = QueryOptions.FILES)
  private List<Path> files = new ArrayList<>();

  @Mixin private QueryOptions query = new QueryOptions();

  @Option(
      names = "--target",
      paramLabel = "A[,B,…]",
      converter = ColumnList.Converter.class,
      description = "The column with the truth, or several (default: what the model learned).")
  private @Nullable ColumnList target;

  @Option(
      names = "--weights",
      paramLabel = "COLUMN",
      description =
          "A column of numbers that say how much each row counts (default: all the same).")
  private @Nullable String weights;

  @Option(
      names = "--features",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "The columns for a model from another tool (default: all but the target).")
  private @Nullable ColumnList features;

  @Mixin private FormatOptions format = new FormatOptions();

  @Option(
      names = "--task",
      paramLabel = "T",
      description =
          "What a model from another tool predicts: auto, binary, multiclass, regression or"
              + " multilabel (default: ${DEFAULT-VALUE}, by its outputs and the target).")
  private String task = Defaults.TASK;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  /** The model's file. */
  public Path modelFile() {
    return modelFile;
  }

  /** Where the table comes from. */
  public TableSource source() {
    return query.source(files);
  }

  /** Checks the options before the model is read. */
  public void require() {
    task();
  }

  private @Nullable Task task() {
    return TrainingData.task(task, command);
  }

  /**
   * Reads a model and the rows.
   *
   * @param terminal hears what there is to doubt
   */
  public ModelData read(TableSource data, Terminal terminal) throws IOException {
    Model model = Model.load(modelFile);
    Task wanted = task();
    ModelData read =
        ModelData.read(
            model,
            data,
            target == null ? null : target.names(),
            features == null ? null : features.names(),
            wanted,
            format.options(Columns.training(null, null).withWeights(weights)));
    read.doubts().forEach(terminal::warn);
    if (model.isForeign()) {
      terminal.note(modelFile + " is from another tool: " + read.assumption(model, wanted));
    }
    return read;
  }
}
