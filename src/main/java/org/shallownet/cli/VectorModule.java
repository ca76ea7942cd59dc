package org.shallownet.cli;

/**
 * The module of Java's Vector API. Java warns on stderr of an incubator's module that its options
 * name, and no option turns the warning off; a module that is loaded once Java has started is not
 * warned of. Java does so for modules of its own by a method that nobody else may call unless the
 * launcher opens its package.
 */
final class VectorModule {
  /** The property by which the launcher asks for the module. */
  static final String PROPERTY = "shallownet.vectors";

  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /**
   * Loads the module if the launcher asks for it. Where this Java can't, training goes by plain
   * Java, as {@code doctor} says.
   */
  static void loadWhereAsked() {
    if (!"load".equals(System.getProperty(PROPERTY))) {
      return;
    }
    try {
      Class.forName("jdk.internal.module.Modules")
          .getMethod("loadModule", String.class)
          .invoke(null, NAME);
    } catch (ReflectiveOperationException e) {
      // A Java without the method, or without the module.
      return;
    }
  }
}
