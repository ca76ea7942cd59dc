package org.shallownet.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.shallownet.Version;
import org.shallownet.cli.options.NumberConverters;
import org.shallownet.cli.output.StandardOutput;
import org.shallownet.cli.output.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code shallownet}. */
@Command(
    name = "shallownet",
    description = "Trains shallow neural networks on tables of numbers.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionLine.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class Main implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show stack traces and the log of what is going on inside.")
  private boolean debug;

  /** Runs the command line of the process and ends it with the command's exit code. */
  public static void main(String[] args) {
    boolean debug = Arrays.asList(args).contains("--debug");
    // Read when the first logger is made, so it must be set before anything else runs.
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", debug ? "debug" : "error");
    Interruption interruption = Interruption.ofProcess();
    int exitCode = ExitCode.FAULT;
    try {
      exitCode = run(Terminal.ofProcess(), interruption, args);
    } finally {
      // Whatever happened: the shutdown hook waits for this.
      interruption.finished();
    }
    System.exit(exitCode);
  }

  /** Runs a command line and returns its exit code; nothing ends the process. */
  static int run(Terminal terminal, Interruption interruption, String... args) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    commandLine.addSubcommand("train", new TrainCommand(terminal, interruption));
    commandLine.addSubcommand("compare", new CompareCommand(terminal, interruption));
    commandLine.addSubcommand("evaluate", new EvaluateCommand(terminal));
    commandLine.addSubcommand("predict", new PredictCommand(terminal, interruption));
    commandLine.addSubcommand("info", new InfoCommand(terminal));
    commandLine.addSubcommand("doctor", new DoctorCommand(terminal));
    commandLine.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    commandLine.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    commandLine.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            terminal.color() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    Failures failures = new Failures(terminal, () -> main.debug);
    NumberConverters.register(commandLine);
    commandLine.setParameterExceptionHandler(failures::usage);
    commandLine.setExecutionExceptionHandler(failures::execution);
    commandLine.setExecutionStrategy(
        parsed -> {
          try {
            return new CommandLine.RunLast().execute(parsed);
          } catch (UncheckedIOException | StandardOutput.ReaderGoneException e) {
            // From printing help; a command's own exceptions come wrapped.
            return failures.of(e);
          }
        });
    try {
      return commandLine.execute(args);
    } catch (Error e) {
      // Picocli handles exceptions only.
      return failures.of(e);
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** What {@code --version} prints. */
  static final class VersionLine implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String commit = Version.commit();
      return new String[] {
        "ShallowNet " + Version.current() + (commit.isEmpty() ? "" : " (" + commit + ")")
      };
    }
  }
}
