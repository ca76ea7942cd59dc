package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.cli.options.BackendChoice;
import org.shallownet.cli.options.ColumnList;
import org.shallownet.cli.options.FormatOptions;
import org.shallownet.cli.options.ModelData;
import org.shallownet.cli.options.QueryOptions;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.cli.output.PredictionWriter;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.KeptCells;
import org.shallownet.data.Table;
import org.shallownet.data.TableSource;
import org.shallownet.data.csv.CsvKeptCells;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.model.AtomicFile;
import org.shallownet.model.Model;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code shallownet predict}: what a model says of each row of a table. */
@Command(name = "predict", description = "Predict the target of each row of a table, as CSV.")
final class PredictCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Interruption interruption;

  @Parameters(index = "0", paramLabel = "MODEL", description = "The model, an .onnx file.")
  private Path modelFile = Path.of("");

  @Parameters(index = "1..*", arity = "0..*", paramLabel = "DATA", description = QueryOptions.FILES)
  private List<Path> files = new ArrayList<>();

  @Mixin private QueryOptions query = new QueryOptions();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where to write (default: -, standard output).")
  private @Nullable Path out;

  @Option(
      names = "--probabilities",
      description = "Add a column with the probability of each class.")
  private boolean probabilities;

  @Option(
      names = "--features",
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "The columns for a model from another tool (default: all).")
  private @Nullable ColumnList features;

  @Option(
      names = {"--keep", "--id"},
      paramLabel = "A,B,…",
      converter = ColumnList.Converter.class,
      description = "Columns of the data to write before the prediction; * or all for all of them.")
  private @Nullable ColumnList kept;

  @Mixin private FormatOptions format = new FormatOptions();
  @Mixin private BackendChoice backend = new BackendChoice();

  PredictCommand(Terminal terminal, Interruption interruption) {
    this.terminal = terminal;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    TableSource data = query.source(files);
    if (out != null && out.toString().equals("-")) {
      out = null;
    }
    if (out != null) {
      OutputFiles.require(out, data, modelFile);
    }
    backend.require();
    Model model = Model.load(modelFile);
    List<String> chosen = features == null ? null : features.names();
    Table read =
        ModelData.features(
            model,
            data,
            chosen,
            format.options(Columns.training(null, null)).withKept(keptColumns()));
    FeatureTable table = read.features();
    ModelData.doubts(read).forEach(terminal::warn);
    Backends.Selection selection = backend.select(table.rows(), model);
    try (Backend opened = selection.open();
        KeptCells cells = cells(read, data)) {
      PredictionWriter writer =
          new PredictionWriter(model, probabilities, cells, interruption::isRequested);
      if (out == null) {
        writer.write(opened, table, terminal.forTables());
      } else {
        // The half-written temporary file is to be removed before the process ends.
        interruption.guard();
        AtomicFile.write(out, stream -> writer.write(opened, table, stream));
      }
    } catch (PredictionWriter.InterruptedWritingException e) {
      terminal.err().println("Interrupted; nothing was written.");
      return ExitCode.INTERRUPTED;
    }
    return ExitCode.OK;
  }

  /** Reads the columns that are to be kept; null for none. */
  private @Nullable KeptCells cells(Table table, TableSource data) throws IOException {
    if (kept == null || table.kept() != null) {
      return table.kept();
    }
    if (table.format().separator() == null
        || data.files().isEmpty()
        || data.files().contains(Path.of("-"))) {
      throw new DataException(
          data.name()
              + ": columns can be kept of a CSV file or a database only; leave --keep out, or name"
              + " such a file");
    }
    return new CsvKeptCells(data.files(), table.format(), keptColumns());
  }

  private List<String> keptColumns() {
    if (kept == null) {
      return List.of();
    }
    return kept.names().equals(List.of("all")) ? List.of("*") : kept.names();
  }
}
