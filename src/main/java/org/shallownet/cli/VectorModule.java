package org.shallownet.cli;

import java.util.Set;
import java.util.stream.Stream;

/**
 * The module of Java's Vector API. Java warns on stderr of an incubator's module that its options
 * name, and no option turns the warning off; a module that is loaded once Java has started is not
 * warned of. Java does so for modules of its own by a method that nobody else may call unless its
 * package is opened: by the launcher's options, or the manifest of the release's one jar.
 */
final class VectorModule {
  /** The property by which the launcher asks for the module. */
  static final String PROPERTY = "shallownet.vectors";

  private static final String NAME = "jdk.incubator.vector";
  private static final String LOADERS_PACKAGE = "jdk.internal.module";

  /** As in the launcher. */
  private static final Set<String> COMMANDS =
      Set.of("train", "compare", "cross-validate", "doctor");

  private VectorModule() {}

  /**
   * Loads the module if the launcher asks for it, or if Java was started without the launcher, lets
   * us, and the command is one that trains or says whether vectors are there: others start sooner
   * without. Where this Java can't, training goes by plain Java, as {@code doctor} says.
   */
  static void loadFor(String... arguments) {
    String asked = System.getProperty(PROPERTY);
    if (asked == null ? !wants(arguments) || !mayLoad() : !asked.equals("load")) {
      return;
    }
    try {
      Class.forName(LOADERS_PACKAGE + ".Modules")
          .getMethod("loadModule", String.class)
          .invoke(null, NAME);
    } catch (ReflectiveOperationException e) {
      // A Java without the method, or without the module.
      return;
    }
  }

  /** Whether the command, the first argument that is no option, trains or asks for vectors. */
  static boolean wants(String... arguments) {
    return Stream.of(arguments)
        .filter(argument -> !argument.startsWith("-"))
        .findFirst()
        .filter(COMMANDS::contains)
        .isPresent();
  }

  private static boolean mayLoad() {
    return Object.class.getModule().isExported(LOADERS_PACKAGE, VectorModule.class.getModule());
  }
}
