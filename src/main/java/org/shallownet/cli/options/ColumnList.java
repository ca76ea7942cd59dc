package org.shallownet.cli.options;

import java.util.List;
import org.shallownet.data.Columns;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Columns named on the command line, such as {@code a,b,"c,d"}. */
public record ColumnList(List<String> names) {
  /** Makes a malformed list an error of usage. */
  public static final class Converter implements ITypeConverter<ColumnList> {
    @Override
    public ColumnList convert(String text) {
      try {
        return new ColumnList(Columns.parseList(text));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
