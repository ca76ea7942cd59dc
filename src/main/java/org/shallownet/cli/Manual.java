package org.shallownet.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.shallownet.Version;
import org.shallownet.cli.manual.Completions;
import org.shallownet.cli.manual.ManPage;
import org.shallownet.cli.output.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Writes manual pages and completions for an archive. */
final class Manual {
  private Manual() {}

  /**
   * Writes {@code man/man1} and {@code completions} into a folder.
   *
   * @param arguments the folder
   */
  public static void main(String[] arguments) throws IOException {
    write(Path.of(arguments[0]));
  }

  static void write(Path folder) throws IOException {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    CommandSpec program = Main.everything(Terminal.plain(nowhere, nowhere)).getCommandSpec();
    Path pages = Files.createDirectories(folder.resolve("man").resolve("man1"));
    writePage(pages, program);
    for (CommandLine command : program.subcommands().values()) {
      writePage(pages, command.getCommandSpec());
    }
    Path completions = Files.createDirectories(folder.resolve("completions"));
    Files.writeString(completions.resolve(program.name() + ".bash"), Completions.bash(program));
    Files.writeString(completions.resolve("_" + program.name()), Completions.zsh(program));
    Files.writeString(completions.resolve(program.name() + ".fish"), Completions.fish(program));
  }

  private static void writePage(Path folder, CommandSpec command) throws IOException {
    Files.writeString(
        folder.resolve(ManPage.nameOf(command) + ".1"), ManPage.of(command, Version.current()));
  }
}
