package org.shallownet.cli.options;

import org.shallownet.training.Defaults;
import picocli.CommandLine.Option;

/** The option that trades exactness for speed on cards that can. */
public final class PrecisionOption {
  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "Of matrix products: fp32, or on NVIDIA cards tf32 or bf16 (default:"
              + " ${DEFAULT-VALUE}).")
  private String precision = Defaults.PRECISION;

  /** What was asked for, as it was written. */
  public String name() {
    return precision;
  }
}
