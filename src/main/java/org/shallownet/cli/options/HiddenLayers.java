package org.shallownet.cli.options;

import java.util.ArrayList;
import java.util.List;

/**
 * How the command line writes the hidden layers of one network: {@code none}, {@code 64}, or {@code
 * 64x32} for two layers. A comma never separates layers: it separates networks, where a command
 * takes several.
 */
final class HiddenLayers {
  static final String NONE = "none";

  private HiddenLayers() {}

  /**
   * The units of each hidden layer, the first first.
   *
   * @throws NumberFormatException if the text is not of this form
   */
  static List<Integer> parse(String text) {
    return text.equals(NONE) ? List.of() : numbers(text, "x");
  }

  /**
   * What somebody who separated the layers of one network by commas should have written.
   *
   * @throws NumberFormatException if the text is not positive numbers and commas
   */
  static String withoutCommas(String text) {
    List<Integer> units = numbers(text, ",");
    if (units.stream().anyMatch(n -> n < 1)) {
      throw new NumberFormatException("no layer has fewer than 1 unit");
    }
    return String.join("x", units.stream().map(String::valueOf).toList());
  }

  private static List<Integer> numbers(String text, String separator) {
    List<Integer> numbers = new ArrayList<>();
    for (String part : text.split(separator, -1)) {
      numbers.add(Integer.parseInt(part.trim()));
    }
    return List.copyOf(numbers);
  }
}
