package org.shallownet.data.csv;

import java.util.ArrayList;
import java.util.List;

/** Lines of files that are read one after the other, counted through all of them. */
final class FileLines {
  private final List<String> names = new ArrayList<>();
  private final List<Long> before = new ArrayList<>();

  /**
   * A file begins.
   *
   * @param name what it is called in messages
   * @param lines how many lines were counted before its first
   */
  void begin(String name, long lines) {
    names.add(name);
    before.add(lines);
  }

  /** Where a line is, for people: the file and the line in it. */
  String at(long line) {
    int file = names.size() - 1;
    while (file > 0 && before.get(file) >= line) {
      file--;
    }
    return names.get(file) + ", line " + (line - before.get(file));
  }

  /** The name of the file that is being read. */
  String current() {
    return names.get(names.size() - 1);
  }
}
