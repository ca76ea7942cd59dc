package org.shallownet.cli.manual;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Picocli's descriptions as plain text. */
final class Described {
  private Described() {}

  /** What a command does, in one line. */
  static String of(CommandSpec command) {
    return text(command.usageMessage().description());
  }

  /** Lines of a description joined, with what stands for other characters replaced. */
  static String text(String[] lines) {
    return String.join(" ", lines).replace("%n", " ").replace("%%", "%");
  }

  /** What an option does up to the end of the first sentence or its remark in parentheses. */
  static String brief(OptionSpec option) {
    String text = text(option.description());
    int end = text.indexOf(". ");
    int remark = text.indexOf(" (");
    if (remark > 0 && (end < 0 || remark < end)) {
      end = remark;
    }
    String brief = end < 0 ? text : text.substring(0, end);
    return brief.endsWith(".") ? brief.substring(0, brief.length() - 1) : brief;
  }

  /** The options that help shows, in its order. */
  static List<OptionSpec> options(CommandSpec command) {
    return command.options().stream().filter(option -> !option.hidden()).toList();
  }

  /** Whether an option is followed by a value. */
  static boolean takesValue(OptionSpec option) {
    return option.arity().max() > 0;
  }

  /** The commands that help lists, without picocli's other names for them. */
  static List<CommandSpec> commands(CommandSpec program) {
    return program.subcommands().values().stream()
        .map(command -> command.getCommandSpec())
        .toList();
  }
}
