package org.shallownet.cli.options;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say how a CSV file is written; what is not said is found by looking. */
public final class FormatOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--separator",
      paramLabel = "C",
      description = "What stands between cells: a character, or tab (default: found by looking).")
  private @Nullable String separator;

  @Option(
      names = "--decimal",
      paramLabel = "C",
      description = "The decimal point of numbers: . or , (default: found by looking).")
  private @Nullable String decimal;

  @Option(
      names = "--thousands",
      paramLabel = "C",
      description = "What stands between groups of three digits, as in 160,000 (default: nothing).")
  private @Nullable String thousands;

  @Option(
      names = "--comment",
      paramLabel = "C",
      description = "Lines that begin with this character are skipped (default: none are).")
  private @Nullable String comment;

  @Option(
      names = "--header",
      negatable = true,
      description =
          "Whether the first row names the columns; without, they are c0, c1, … (default: it does).")
  private @Nullable Boolean header;

  @Option(
      names = "--missing",
      paramLabel = "A,B,…",
      description =
          "What stands for a missing cell besides an empty one (default: NA, NaN, null, ? and the"
              + " like; \"\" for nothing else).")
  private @Nullable String missing;

  /** How a file is read of which these columns are wanted. */
  public TableOptions options(Columns columns) {
    CsvFormat format =
        new CsvFormat(
            character("--separator", separator),
            character("--decimal", decimal),
            character("--thousands", thousands),
            header,
            character("--comment", comment));
    Character point = format.decimal();
    if (point != null && point != '.' && point != ',') {
      throw refuse("--decimal must be . or , and not '" + decimal + "'");
    }
    if (point != null && (point.equals(format.separator()) || point.equals(format.thousands()))) {
      throw refuse("--decimal must be another character than --separator and --thousands");
    }
    TableOptions options = TableOptions.of(columns).withFormat(format);
    return missing == null ? options : options.withMissing(markers(missing));
  }

  private Set<String> markers(String list) {
    if (list.isBlank()) {
      return Set.of();
    }
    try {
      return new LinkedHashSet<>(Columns.parseList(list));
    } catch (IllegalArgumentException e) {
      throw refuse("--missing: " + e.getMessage());
    }
  }

  private @Nullable Character character(String option, @Nullable String text) {
    if (text == null) {
      return null;
    }
    if (text.equals("tab") || text.equals("\\t")) {
      return '\t';
    }
    if (text.length() != 1 || text.charAt(0) > '~' || text.equals("\"")) {
      throw refuse(option + " must be one ASCII character other than a quote, not '" + text + "'");
    }
    return text.charAt(0);
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** Says how a file is written where that is not what most are. */
  public static void tell(Table table, Consumer<String> note) {
    CsvFormat format = table.format();
    List<String> found = new java.util.ArrayList<>();
    Character between = format.separator();
    if (between != null && between != ',') {
      found.add(
          "columns separated by "
              + switch (between) {
                case ';' -> "semicolons";
                case '\t' -> "tabs";
                case '|' -> "vertical bars";
                default -> "'" + between + "'";
              });
    }
    if (format.decimal() != null && format.decimal() == ',') {
      found.add("numbers with a decimal comma");
    }
    if (!found.isEmpty()) {
      note.accept("File: " + String.join(", ", found));
    }
  }
}
