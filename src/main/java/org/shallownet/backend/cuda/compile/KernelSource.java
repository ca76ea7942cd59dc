package org.shallownet.backend.cuda.compile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A source file of {@code kernels/}, as it is packed into the jar.
 *
 * @param name its file name
 * @param text what it says
 * @param headers the files of {@code kernels/} that it includes, also through others, by name
 * @param defines what is fixed when it is compiled, such as {@code N_X=28}
 */
public record KernelSource(
    String name, String text, SortedMap<String, String> headers, List<String> defines) {
  private static final String FOLDER = "/org/shallownet/kernels/";
  private static final Pattern INCLUDE =
      Pattern.compile("^#include \"([^\"]+)\"", Pattern.MULTILINE);

  /** Copies the list. */
  public KernelSource {
    defines = List.copyOf(defines);
  }

  /** Reads a source file for which nothing needs to be fixed, and what it includes. */
  public static KernelSource read(String name) {
    return read(name, List.of());
  }

  /** Reads a source file and what it includes. */
  public static KernelSource read(String name, List<String> defines) {
    String text = resource(name);
    SortedMap<String, String> headers = new TreeMap<>();
    Deque<String> unread = new ArrayDeque<>();
    unread.push(text);
    while (!unread.isEmpty()) {
      Matcher include = INCLUDE.matcher(unread.pop());
      while (include.find()) {
        String header = include.group(1);
        if (!headers.containsKey(header)) {
          headers.put(header, resource(header));
          unread.push(headers.get(header));
        }
      }
    }
    return new KernelSource(name, text, headers, defines);
  }

  private static String resource(String name) {
    try (InputStream in = KernelSource.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IllegalStateException("the class path has no " + FOLDER + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + FOLDER + name, e);
    }
  }
}
