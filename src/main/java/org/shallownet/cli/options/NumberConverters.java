package org.shallownet.cli.options;

import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers on the command line; where there is none it says what was expected. */
public final class NumberConverters {
  private static final String WHOLE = "a whole number such as 100";

  private NumberConverters() {}

  /** Makes a command line and its subcommands, which must be there already, read numbers so. */
  public static void register(CommandLine commandLine) {
    commandLine.registerConverter(Double.class, of(Double::valueOf, "a number such as 0.01"));
    commandLine.registerConverter(Integer.class, of(Integer::valueOf, WHOLE));
    commandLine.registerConverter(int.class, of(Integer::valueOf, WHOLE));
    commandLine.registerConverter(Long.class, of(Long::valueOf, WHOLE));
    commandLine.registerConverter(long.class, of(Long::valueOf, WHOLE));
  }

  private static <T> ITypeConverter<T> of(Function<String, T> parse, String expected) {
    return text -> {
      try {
        return parse.apply(text);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("it must be " + expected + ", not '" + text + "'");
      }
    };
  }
}
