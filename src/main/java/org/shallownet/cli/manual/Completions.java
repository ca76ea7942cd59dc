package org.shallownet.cli.manual;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Scripts by which shells complete commands and options; any other word is a file. */
public final class Completions {
  private Completions() {}

  /** For bash. */
  public static String bash(CommandSpec program) {
    String name = program.name();
    StringBuilder script = new StringBuilder();
    script
        .append("# Completion of ")
        .append(name)
        .append(" for bash.\n_")
        .append(name)
        .append(
            """
            () {
              local word=${COMP_WORDS[COMP_CWORD]} words=
              COMPREPLY=()
              if [ "$COMP_CWORD" -eq 1 ]; then
                words="\
            """)
        .append(commandNames(program))
        .append(" help ")
        .append(optionNames(program))
        .append("\"\n  else\n    case ${COMP_WORDS[1]} in\n      help) words=\"")
        .append(commandNames(program))
        .append("\" ;;\n");
    for (CommandSpec command : Described.commands(program)) {
      script
          .append("      ")
          .append(command.name())
          .append(") [[ $word != -* ]] || words=\"")
          .append(optionNames(command))
          .append("\" ;;\n");
    }
    return script
        .append(
            """
                esac
              fi
              [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$word"))
            }
            complete -o default -F _\
            """)
        .append(name)
        .append(' ')
        .append(name)
        .append('\n')
        .toString();
  }

  /** For zsh. */
  public static String zsh(CommandSpec program) {
    String name = program.name();
    StringBuilder script =
        new StringBuilder("#compdef " + name + "\nlocal -a commands\ncommands=(\n");
    for (CommandSpec command : Described.commands(program)) {
      script.append("  ").append(quoted(command.name() + ":" + Described.of(command))).append('\n');
    }
    script
        .append("  'help:Explain a command.'\n)\nif (( CURRENT == 2 )); then\n")
        .append("  _describe command commands\n  return\nfi\ncase $words[2] in\n")
        .append("  help) _describe command commands ;;\n");
    for (CommandSpec command : Described.commands(program)) {
      script.append("  ").append(command.name()).append(")\n    _arguments");
      for (OptionSpec option : Described.options(command)) {
        for (String each : option.names()) {
          String brief = Described.brief(option).replaceAll("[\\[\\]\\\\]", "").replace(":", "\\:");
          String value = Described.takesValue(option) ? ":value:_files" : "";
          String assigned = !value.isEmpty() && each.startsWith("--") ? "=" : "";
          script
              .append(" \\\n      ")
              .append(quoted("*" + each + assigned + "[" + brief + "]" + value));
        }
      }
      script.append(" \\\n      '*:file:_files' ;;\n");
    }
    return script.append("esac\n").toString();
  }

  /** For fish. */
  public static String fish(CommandSpec program) {
    StringBuilder script = new StringBuilder();
    String start = "complete -c " + program.name();
    List<CommandSpec> commands = Described.commands(program);
    for (CommandSpec command : commands) {
      script
          .append(start)
          .append(" -f -n __fish_use_subcommand -a ")
          .append(command.name())
          .append(" -d ")
          .append(quoted(Described.of(command)))
          .append('\n');
    }
    script
        .append(start)
        .append(" -f -n __fish_use_subcommand -a help -d 'Explain a command.'\n")
        .append(start)
        .append(" -f -n '__fish_seen_subcommand_from help' -a '")
        .append(commandNames(program))
        .append("'\n");
    for (CommandSpec command : commands) {
      for (OptionSpec option : Described.options(command)) {
        script
            .append(start)
            .append(" -n '__fish_seen_subcommand_from ")
            .append(command.name())
            .append('\'');
        for (String each : option.names()) {
          script
              .append(each.startsWith("--") ? " -l " : " -s ")
              .append(each.replaceFirst("^-+", ""));
        }
        script
            .append(Described.takesValue(option) ? " -r" : "")
            .append(" -d ")
            .append(quoted(Described.brief(option)))
            .append('\n');
      }
    }
    return script.toString();
  }

  private static String commandNames(CommandSpec program) {
    return Described.commands(program).stream()
        .map(CommandSpec::name)
        .collect(Collectors.joining(" "));
  }

  private static String optionNames(CommandSpec command) {
    return Described.options(command).stream()
        .flatMap(option -> List.of(option.names()).stream())
        .filter(name -> name.startsWith("--"))
        .collect(Collectors.joining(" "));
  }

  /** For all three shells; a closing apostrophe ends fish's and zsh's alike. */
  private static String quoted(String text) {
    return "'" + text.replace("'", "’") + "'";
  }
}
