package org.shallownet.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
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
    if (Arrays.equals(args, new String[] {"--version"})) {
      return printVersion(terminal);
    }
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    addCommands(commandLine, terminal, interruption, args);
    commandLine.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    commandLine.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    commandLine.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            terminal.color() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    // @FILE is an argument like any other: a script may pass on what others wrote.
    commandLine.setExpandAtFiles(false);
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

  /** What scripts ask most often takes no parser, which takes longer to start than Java. */
  private static int printVersion(Terminal terminal) {
    try {
      terminal.out().println(VersionLine.text());
      return ExitCode.OK;
    } catch (UncheckedIOException | StandardOutput.ReaderGoneException e) {
      return new Failures(terminal, () -> false).of(e);
    }
  }

  /**
   * Adds the command that the first argument names, or all of them where it names none: finding a
   * command's options, by reflection, takes longer than many a command.
   */
  private static void addCommands(
      CommandLine commandLine, Terminal terminal, Interruption interruption, String... args) {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("train", () -> new TrainCommand(terminal, interruption));
    commands.put("cross-validate", () -> new CrossValidateCommand(terminal, interruption));
    commands.put("compare", () -> new CompareCommand(terminal, interruption));
    commands.put("evaluate", () -> new EvaluateCommand(terminal));
    commands.put("explain", () -> new ExplainCommand(terminal));
    commands.put("predict", () -> new PredictCommand(terminal, interruption));
    commands.put("serve", () -> new ServeCommand(terminal, interruption));
    commands.put("info", () -> new InfoCommand(terminal));
    commands.put("doctor", () -> new DoctorCommand(terminal));
    if (args.length > 0 && commands.containsKey(args[0])) {
      commands.keySet().retainAll(Set.of(args[0]));
    }
    commands.forEach((name, command) -> commandLine.addSubcommand(name, command.get()));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** What {@code --version} prints. */
  static final class VersionLine implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {text()};
    }

    /** Name, version and commit. */
    static String text() {
      String commit = Version.commit();
      return "ShallowNet " + Version.current() + (commit.isEmpty() ? "" : " (" + commit + ")");
    }
  }
}
