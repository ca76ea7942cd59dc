package org.shallownet.cli.help;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Settings that a model file keeps as Java writes them, in words. */
public final class Words {
  private static final Pattern RECORD = Pattern.compile("(\\w+)\\[([^\\[\\]]*)]");
  private static final Pattern CAMEL = Pattern.compile("(?<=[a-z])(?=[A-Z])");

  private Words() {}

  /**
   * {@code Adam, learning rate 0.003, beta1 0.9} for {@code Adam[learningRate=0.003, beta1=0.9]};
   * other text as it is.
   */
  public static String of(String text) {
    Matcher record = RECORD.matcher(text);
    if (!record.matches()) {
      return text;
    }
    String name = record.group(1);
    if (record.group(2).isEmpty()) {
      return CAMEL.matcher(name).replaceAll(" ").toLowerCase(Locale.ROOT);
    }
    StringBuilder words = new StringBuilder(name);
    for (String setting : record.group(2).split(", ", -1)) {
      String[] parts = setting.split("=", 2);
      words.append(", ").append(CAMEL.matcher(parts[0]).replaceAll(" ").toLowerCase(Locale.ROOT));
      if (parts.length == 2) {
        words.append(' ').append(parts[1]);
      }
    }
    return words.toString();
  }
}
