package org.shallownet.cli.help;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Why the parser refused a command line, in the words of all other messages. */
final class ParserWords {
  /** What picocli says before the reason that a converter gives. */
  private static final Pattern INVALID =
      Pattern.compile(
          "Invalid value for (?:option|positional parameter)[^:]*: (.*)", Pattern.DOTALL);

  private ParserWords() {}

  /** A sentence without its full stop. */
  static String of(ParameterException e) {
    String message = String.valueOf(e.getMessage());
    ArgSpec argument = e.getArgSpec();
    if (e instanceof MissingParameterException missing) {
      return missing(missing.getMissing(), message);
    } else if (e instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched);
    } else if (e instanceof OverwrittenOptionException again) {
      return label(again.getOverwritten()) + " is given twice";
    }
    Matcher invalid = INVALID.matcher(message);
    return argument != null && invalid.matches() ? invalid(argument, invalid.group(1)) : message;
  }

  /** How messages call an option or argument. */
  static String label(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static String missing(@Nullable List<ArgSpec> missing, String message) {
    if (missing == null || missing.isEmpty()) {
      return message;
    }
    // The option is there, only its value is not.
    if (missing.get(0) instanceof OptionSpec option && message.contains("parameter for option")) {
      return label(option) + " needs a value: " + option.paramLabel();
    }
    return missing.stream().map(ParserWords::label).collect(Collectors.joining(" and "))
        + (missing.size() == 1 ? " is missing" : " are missing");
  }

  private static String unmatched(UnmatchedArgumentException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    List<String> words = e.getUnmatched();
    if (words.get(0).startsWith("-")) {
      return "there is no option '"
          + words.get(0)
          + "'"
          + (command.parent() == null ? "" : " of " + command.name());
    }
    return "there is no place for '" + String.join("', '", words) + "'";
  }

  private static String invalid(ArgSpec argument, String reason) {
    if (argument.isOption() && argument.arity().max() == 0) {
      return label(argument) + " takes no value";
    }
    return reason.startsWith("it must be ")
        ? label(argument) + reason.substring("it".length())
        : label(argument) + ": " + reason;
  }
}
