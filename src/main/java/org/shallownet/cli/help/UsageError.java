package org.shallownet.cli.help;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.shallownet.data.text.Printable;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What is wrong with a command line, all of it in one line, and what to type instead.
 *
 * @param message a sentence without its full stop
 * @param hint a line of its own, with a command that can be pasted
 */
public record UsageError(String message, String hint) {
  /** Explains why the parser refused these arguments. */
  public static UsageError of(ParameterException e, String[] args) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String help =
        "Try '"
            + Printable.shellWord(command.root().name())
            + pathOf(command)
            + " --help' for the options.";
    if (command.parent() == null && args.length > 0 && !args[0].startsWith("-")) {
      return unknownCommand(command, args, help);
    }
    if (e instanceof MissingParameterException || e instanceof UnmatchedArgumentException) {
      List<String> unknown = unknownOptions(command, args);
      if (!unknown.isEmpty()) {
        return unknownOptions(command, unknown, e, args, help);
      }
    }
    return new UsageError(ParserWords.of(e), help);
  }

  private static UsageError unknownCommand(CommandSpec program, String[] args, String help) {
    Collection<String> known = program.subcommands().keySet();
    String message = "there is no command '" + args[0] + "'; choose " + String.join(", ", known);
    return new UsageError(
        message,
        Nearest.to(args[0], known)
            .map(
                meant -> {
                  String[] words = args.clone();
                  words[0] = meant;
                  return "Did you mean: " + line(program, words);
                })
            .orElse(help));
  }

  private static UsageError unknownOptions(
      CommandSpec command, List<String> unknown, ParameterException e, String[] args, String help) {
    String[] words = args.clone();
    boolean allFound = true;
    List<String> meant = new ArrayList<>();
    for (String option : unknown) {
      Optional<String> nearest = Nearest.to(option, longNames(command));
      allFound &= nearest.isPresent();
      nearest.ifPresent(
          name -> {
            meant.add(name);
            for (int i = 0; i < words.length; i++) {
              if (words[i].equals(option) || words[i].startsWith(option + "=")) {
                words[i] = name + words[i].substring(option.length());
              }
            }
          });
    }
    String message =
        (unknown.size() == 1 ? "there is no option " : "there are no options ")
            + unknown.stream().map(option -> "'" + option + "'").collect(Collectors.joining(", "))
            + (command.parent() == null ? "" : " of " + command.name());
    if (e instanceof MissingParameterException missing) {
      List<String> stillMissing =
          missing.getMissing().stream()
              .filter(each -> namesOf(each).stream().noneMatch(meant::contains))
              .map(ParserWords::label)
              .toList();
      if (!stillMissing.isEmpty()) {
        message += ", and " + String.join(" and ", stillMissing) + " is missing";
        allFound = false;
      }
    }
    if (allFound) {
      return new UsageError(message, "Did you mean: " + line(command.root(), words));
    }
    return new UsageError(
        meant.isEmpty() ? message : message + "; did you mean " + String.join(", ", meant) + "?",
        help);
  }

  /** Words that look like options and are none, up to where options end. */
  private static List<String> unknownOptions(CommandSpec command, String[] args) {
    List<String> unknown = new ArrayList<>();
    for (String word : args) {
      if (word.equals("--")) {
        break;
      }
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (name.startsWith("--") && !command.optionsMap().containsKey(name)) {
        unknown.add(name);
      }
    }
    return unknown;
  }

  private static List<String> longNames(CommandSpec command) {
    return command.options().stream()
        .filter(option -> !option.hidden())
        .map(OptionSpec::longestName)
        .toList();
  }

  private static List<String> namesOf(ArgSpec argument) {
    return argument instanceof OptionSpec option ? List.of(option.names()) : List.of();
  }

  private static String pathOf(CommandSpec command) {
    return command.parent() == null ? "" : " " + command.name();
  }

  private static String line(CommandSpec program, String[] words) {
    StringBuilder line = new StringBuilder(Printable.shellWord(program.name()));
    for (String word : words) {
      line.append(' ').append(Printable.shellWord(word));
    }
    return line.toString();
  }
}
