package org.shallownet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which ShallowNet this is. */
public final class Version {
  private static final String RESOURCE = "/org/shallownet/version.properties";

  private Version() {}

  /** The version, such as {@code 1.2.0}. */
  public static String current() {
    return property("version");
  }

  /**
   * The commit that it was built from, such as {@code 10f4fef1a2b3}, with {@code -dirty} where
   * files were changed since; empty where the build was not told, as only the launcher's is.
   */
  public static String commit() {
    return property("commit");
  }

  private static String property(String name) {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the class path");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty(name, "");
  }
}
