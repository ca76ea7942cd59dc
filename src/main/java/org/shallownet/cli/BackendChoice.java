package org.shallownet.cli;

import java.util.Locale;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.Backends;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that choose where a command computes. */
final class BackendChoice {
  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--backend",
      paramLabel = "B",
      defaultValue = "auto",
      description = "auto, cpu, cuda or cuda:i (default: auto, the best one available).")
  private String backend = "auto";

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Processor threads to compute with (default: one per processor).")
  private int threads;

  /** Chooses a backend that computes exactly. */
  Backends.Selection select() {
    return select("fp32");
  }

  /** Chooses a backend without opening it. */
  Backends.Selection select(String precision) {
    BackendOptions options;
    try {
      options =
          new BackendOptions(
              0, threads, BackendOptions.Precision.valueOf(precision.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(),
          threads < 0 || threads > BackendOptions.MOST_THREADS
              ? "--threads must be from 0 to " + BackendOptions.MOST_THREADS + ", not " + threads
              : "--precision must be fp32, tf32 or bf16, not '" + precision + "'",
          e);
    }
    try {
      return Backends.select(backend, options, Backends.providers());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), "--backend: " + e.getMessage(), e);
    }
  }
}
