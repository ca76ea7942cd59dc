package org.shallownet.cli.options;

import picocli.CommandLine.Option;

/** The option that trades exactness for speed on cards that can. */
public final class PrecisionOption {
  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "fp32",
      description = "Of matrix products: fp32, or on NVIDIA cards tf32 or bf16 (default: fp32).")
  private String precision = "fp32";

  /** What was asked for, as it was written. */
  public String name() {
    return precision;
  }
}
