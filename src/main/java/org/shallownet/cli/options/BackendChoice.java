package org.shallownet.cli.options;

import java.util.Locale;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.Backends;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.Defaults;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that choose where a command computes. */
public final class BackendChoice {
  private static final String EXACT = "fp32";

  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--backend",
      paramLabel = "B",
      description =
          "auto, cpu, cuda or cuda:i (default: ${DEFAULT-VALUE}, a card where the job is large enough"
              + " to gain from it).")
  private String backend = Defaults.BACKEND;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Processor threads to compute with (default: one per processor).")
  private int threads;

  /**
   * Checks a backend that was asked for by name, before any work is done; the automatic choice has
   * to know the work.
   */
  public void require(String precision) {
    BackendOptions options = options(precision);
    if (!backend.equals("auto")) {
      select(options, Long.MAX_VALUE);
    }
  }

  /** Checks the same where only exact arithmetic will do. */
  public void require() {
    require(EXACT);
  }

  /** Chooses a backend that computes exactly, for one pass of a model over so many rows. */
  public Backends.Selection select(long rows, Model model) {
    long work = rows * model.parameterCount();
    return select(options(EXACT).withWork(work), work);
  }

  /** Chooses a backend for a network and so many rows, without opening it. */
  public Backends.Selection select(String precision, long rows, NetworkSpec network) {
    return select(precision, rows, network.parameterCount());
  }

  /** Chooses a backend for networks of so many parameters and so many rows, without opening it. */
  public Backends.Selection select(String precision, long rows, long parameters) {
    return select(options(precision), rows * parameters);
  }

  private BackendOptions options(String precision) {
    try {
      return new BackendOptions(
          0, threads, BackendOptions.Precision.valueOf(precision.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(),
          threads < 0 || threads > BackendOptions.MOST_THREADS
              ? "--threads must be from 0 to " + BackendOptions.MOST_THREADS + ", not " + threads
              : "--precision must be fp32, tf32 or bf16, not '" + precision + "'",
          e);
    }
  }

  private Backends.Selection select(BackendOptions options, long work) {
    try {
      return Backends.select(backend, options, Backends.providers(), work);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), "--backend: " + e.getMessage(), e);
    }
  }
}
