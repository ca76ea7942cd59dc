package org.shallownet.cli.manual;

import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Manual pages in roff, for {@code man}. */
public final class ManPage {
  private final StringBuilder page = new StringBuilder();

  private ManPage() {}

  /**
   * The page of a command, or of the program.
   *
   * @param version the program's, which stands at the foot
   */
  public static String of(CommandSpec command, String version) {
    ManPage page = new ManPage();
    page.write(command, version);
    return page.page.toString();
  }

  /** The page's name without its section: {@code shallownet-train}. */
  public static String nameOf(CommandSpec command) {
    return command.qualifiedName("-");
  }

  private void write(CommandSpec command, String version) {
    String name = nameOf(command);
    page.append(".TH \"")
        .append(name.toUpperCase(Locale.ROOT))
        .append("\" 1 \"\" \"ShallowNet ")
        .append(version)
        .append("\"\n");
    section("NAME");
    line(name + " \\- " + escaped(Described.of(command)), false);
    section("SYNOPSIS");
    Help help = new Help(command, CommandLine.Help.defaultColorScheme(Help.Ansi.OFF));
    line(help.synopsis(0).replaceAll("\\s+", " ").strip(), true);
    if (!command.subcommands().isEmpty()) {
      section("COMMANDS");
      for (CommandSpec sub : Described.commands(command)) {
        item(sub.name(), Described.of(sub));
      }
    }
    if (!command.positionalParameters().isEmpty()) {
      section("ARGUMENTS");
      for (PositionalParamSpec parameter : command.positionalParameters()) {
        item(parameter.paramLabel(), Described.text(parameter.description()));
      }
    }
    section("OPTIONS");
    for (OptionSpec option : Described.options(command)) {
      String value = Described.takesValue(option) ? "=" + option.paramLabel() : "";
      item(String.join(", ", option.names()) + value, Described.text(option.description()));
    }
    section("EXAMPLES");
    page.append(".nf\n");
    for (String example : command.usageMessage().footer()) {
      line(example.replace("%%", "%").strip(), true);
    }
    page.append(".fi\n");
    if (command.parent() != null) {
      section("SEE ALSO");
      line(command.root().name() + "(1)", true);
    }
  }

  private void section(String heading) {
    page.append(".SH ").append(heading).append('\n');
  }

  private void item(String term, String text) {
    page.append(".TP\n\\fB").append(escaped(term)).append("\\fR\n");
    line(text, true);
  }

  private void line(String text, boolean plain) {
    String escaped = plain ? escaped(text) : text;
    // A line that begins with a point or an apostrophe would be an instruction.
    page.append(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" : "")
        .append(escaped)
        .append('\n');
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-");
  }
}
