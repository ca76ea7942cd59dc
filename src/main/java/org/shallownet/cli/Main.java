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
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.Backends;
import org.shallownet.cli.help.Examples;
import org.shallownet.cli.help.Program;
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
    description = "Trains shallow neural networks on tables.",
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
    VectorModule.loadFor(args);
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

  /** The parser with all commands, as for their manual. */
  static CommandLine everything(Terminal terminal) {
    CommandLine commandLine = new CommandLine(new Main());
    commandLine.setCommandName(Program.NAME);
    addCommands(commandLine, terminal, new Interruption(() -> {}));
    Examples.addTo(commandLine.getCommandSpec());
    return commandLine;
  }

  /** Runs a command line and returns its exit code; nothing ends the process. */
  static int run(Terminal terminal, Interruption interruption, String... args) {
    if (Arrays.equals(args, new String[] {"--version"})) {
      return printVersion(terminal);
    }
    if (args.length > 0 && args[0].equals("help")) {
      return run(
          terminal,
          interruption,
          args.length == 1
              ? new String[] {"--help"}
              : commands(terminal, interruption).containsKey(args[1])
                  ? new String[] {args[1], "--help"}
                  : new String[] {args[1]});
    }
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    commandLine.setCommandName(Program.NAME);
    addCommands(commandLine, terminal, interruption, args);
    Examples.addTo(commandLine.getCommandSpec());
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
      for (String line : VersionLine.text()) {
        terminal.out().println(line);
      }
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
    Map<String, Supplier<Object>> commands = commands(terminal, interruption);
    if (args.length > 0 && commands.containsKey(args[0])) {
      commands.keySet().retainAll(Set.of(args[0]));
    }
    commands.forEach((name, command) -> commandLine.addSubcommand(name, command.get()));
  }

  private static Map<String, Supplier<Object>> commands(
      Terminal terminal, Interruption interruption) {
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
    return commands;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** What {@code --version} prints. */
  static final class VersionLine implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return text();
    }

    /** Name, version and commit; then Java and its machine; then what a large training runs on. */
    static String[] text() {
      String commit = Version.commit();
      return new String[] {
        "ShallowNet " + Version.current() + (commit.isEmpty() ? "" : " (" + commit + ")"),
        "Java "
            + System.getProperty("java.version")
            + " ("
            + System.getProperty("java.vendor")
            + "), "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch"),
        "Backend " + backend()
      };
    }

    private static String backend() {
      try {
        Backends.Selection chosen =
            Backends.select("auto", BackendOptions.DEFAULT, Backends.providers(), Long.MAX_VALUE);
        return chosen.provider().name();
      } catch (BackendUnavailableException e) {
        return "none: " + e.getMessage();
      }
    }
  }
}
