package org.shallownet.cli.options;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.output.OutputFiles;
import picocli.CommandLine.Option;

/** The options that say what becomes of a training's result. */
public final class ResultOptions {
  @Option(
      names = "--out",
      paramLabel = "MODEL",
      description = "Where to save the model (default: ./NAME.onnx for DATA NAME.csv).")
  private @Nullable Path out;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress, only warnings and the result.")
  private boolean quiet;

  /** Where the model of this data goes. */
  public Path modelFile(Path data) {
    return out == null ? OutputFiles.defaultModel(data) : out;
  }

  /** Whether the result is to be JSON. */
  public boolean json() {
    return json;
  }

  /** Whether to say nothing but warnings and the result. */
  public boolean quiet() {
    return quiet;
  }
}
