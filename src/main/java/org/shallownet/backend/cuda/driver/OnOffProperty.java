package org.shallownet.backend.cuda.driver;

/**
 * A system property by which something is on, unless it is set to off.
 *
 * @param name of the property
 */
public record OnOffProperty(String name) {
  /**
   * Whether it is on.
   *
   * @throws IllegalArgumentException if the property is neither on nor off
   */
  public boolean on() {
    String value = System.getProperty(name, "on");
    if (!value.equals("on") && !value.equals("off")) {
      throw new IllegalArgumentException(
          "the system property " + name + " is '" + value + "': choose on or off");
    }
    return value.equals("on");
  }
}
