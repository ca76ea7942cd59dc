package org.shallownet.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.data.TableSource;
import org.shallownet.model.Model;
import org.shallownet.model.OnnxOutputs;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say what becomes of a training's result. */
public final class ResultOptions {
  @Option(
      names = "--out",
      paramLabel = "MODEL",
      description =
          "Where to save the model (default: ./NAME.onnx for DATA NAME.csv, ./query.onnx for a query).")
  private @Nullable Path out;

  @Option(
      names = "--onnx",
      paramLabel = "O",
      converter = OutputsConverter.class,
      description =
          "What the model file gives: labels (and probabilities), or probabilities alone for"
              + " runtimes without texts, such as OpenCV (default: labels).")
  private OnnxOutputs onnx = OnnxOutputs.LABELS;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress, only warnings and the result.")
  private boolean quiet;

  /** Where the model of this data goes. */
  public Path modelFile(TableSource data) {
    return out == null ? OutputFiles.defaultModel(data) : out;
  }

  /**
   * Writes a model.
   *
   * @throws IOException if it can't be written
   */
  public void save(Model model, Path file) throws IOException {
    model.save(file, onnx);
  }

  /** Whether the result is to be JSON. */
  public boolean json() {
    return json;
  }

  /** Whether to say nothing but warnings and the result. */
  public boolean quiet() {
    return quiet;
  }

  private static final class OutputsConverter implements ITypeConverter<OnnxOutputs> {
    @Override
    public OnnxOutputs convert(String text) {
      for (OnnxOutputs outputs : OnnxOutputs.values()) {
        if (outputs.id().equals(text)) {
          return outputs;
        }
      }
      throw new TypeConversionException("it must be labels or probabilities, not '" + text + "'");
    }
  }
}
