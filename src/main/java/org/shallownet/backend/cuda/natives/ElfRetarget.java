package org.shallownet.backend.cuda.natives;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Makes a shared library need another version of a library, such as {@code libcublas.so.13} in
 * place of {@code libcublas.so.12}: JCuda 12.6 was linked with CUDA 12, and CUDA 13 has the same
 * functions, but for a few, under the next version's name.
 *
 * <p>Two things change in a 64-bit ELF file: the name in the dynamic string table, and the hash of
 * the name in the table of needed symbol versions (both named after the library). Functions that
 * the other version lacks become weak symbols, so that the loader does without them even where it
 * is told to look for all of them at once ({@code LD_BIND_NOW}). Everything is found through the
 * program headers, as the loader does, so that a stripped file is no obstacle; and what is replaced
 * must hold what is expected, or nothing is changed.
 *
 * <p>Format: System V Application Binary Interface, "Dynamic Linking"; Linux Standard Base Core
 * Specification, "Symbol Versioning".
 */
final class ElfRetarget {
  private static final int PROGRAM_LOAD = 1;
  private static final int PROGRAM_DYNAMIC = 2;
  private static final long DYNAMIC_END = 0;
  private static final long DYNAMIC_NEEDED = 1;
  private static final long DYNAMIC_PLT_BYTES = 2;
  private static final long DYNAMIC_STRINGS = 5;
  private static final long DYNAMIC_SYMBOLS = 6;
  private static final long DYNAMIC_PLT_RELOCATIONS = 23;
  private static final long DYNAMIC_VERSIONS_NEEDED = 0x6ffffffeL;
  private static final long DYNAMIC_VERSIONS_NEEDED_COUNT = 0x6fffffffL;

  private static final long SYMBOL_BYTES = 24;
  private static final long RELOCATION_BYTES = 24;

  /** The binding of a symbol that may stay undefined. */
  private static final int WEAK = 2;

  private final ByteBuffer file;
  private final String from;
  private final byte[] replacement;
  private final Set<String> optional;
  private final List<Segment> segments = new ArrayList<>();

  /** A stretch of the file and the address at which it is loaded. */
  private record Segment(long offset, long address, long size) {}

  private ElfRetarget(byte[] elf, String from, String to, Set<String> optional) {
    this.optional = optional;
    this.file = ByteBuffer.wrap(elf.clone()).order(ByteOrder.LITTLE_ENDIAN);
    this.from = from;
    this.replacement = to.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * A copy of a shared library that needs {@code to} where the original needs {@code from}.
   *
   * @param elf the library's bytes, which stay as they are
   * @param to a name of the same length
   * @param optional functions that the other library may lack; they must not be called then
   * @throws IllegalArgumentException if the bytes are not a 64-bit little-endian ELF library that
   *     needs {@code from}
   */
  static byte[] retarget(byte[] elf, String from, String to, Set<String> optional) {
    if (from.length() != to.length()) {
      throw new IllegalArgumentException(
          "names of different lengths can't be exchanged: " + from + ", " + to);
    }
    try {
      ElfRetarget retarget = new ElfRetarget(elf, from, to, optional);
      retarget.run();
      return retarget.file.array();
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the ELF file is damaged: a table lies outside it", e);
    }
  }

  private void run() {
    if (file.capacity() < 64
        || file.getInt(0) != 0x464c457f
        || file.get(4) != 2
        || file.get(5) != 1) {
      throw new IllegalArgumentException("not a 64-bit little-endian ELF file");
    }
    Segment dynamic = readProgramHeaders();
    List<Long> needed = new ArrayList<>();
    long strings = -1;
    long versions = -1;
    long versionCount = 0;
    long symbols = -1;
    long calls = -1;
    long callBytes = 0;
    for (long at = dynamic.offset(); at < dynamic.offset() + dynamic.size(); at += 16) {
      long tag = file.getLong(index(at));
      long value = file.getLong(index(at + 8));
      if (tag == DYNAMIC_END) {
        break;
      } else if (tag == DYNAMIC_NEEDED) {
        needed.add(value);
      } else if (tag == DYNAMIC_STRINGS) {
        strings = offset(value);
      } else if (tag == DYNAMIC_VERSIONS_NEEDED) {
        versions = offset(value);
      } else if (tag == DYNAMIC_VERSIONS_NEEDED_COUNT) {
        versionCount = value;
      } else if (tag == DYNAMIC_SYMBOLS) {
        symbols = offset(value);
      } else if (tag == DYNAMIC_PLT_RELOCATIONS) {
        calls = offset(value);
      } else if (tag == DYNAMIC_PLT_BYTES) {
        callBytes = value;
      }
    }
    if (strings < 0) {
      throw new IllegalArgumentException("the ELF file has no dynamic strings");
    }
    // Version tables first: they are recognised by the old name, whose string they may share.
    List<Long> names = new ArrayList<>();
    for (long i = 0, at = versions; versions >= 0 && i < versionCount; i++) {
      long name = strings + unsigned(at + 4);
      if (holdsOldName(name)) {
        names.add(name);
        retargetVersions(at, strings, names);
      }
      at += unsigned(at + 12);
    }
    int libraries = 0;
    for (long name : needed) {
      if (holdsOldName(strings + name)) {
        names.add(strings + name);
        libraries++;
      }
    }
    if (libraries == 0) {
      throw new IllegalArgumentException("the library does not need " + from);
    }
    for (long name : names) {
      file.put(index(name), replacement);
    }
    if (symbols >= 0 && calls >= 0) {
      for (long at = calls; at < calls + callBytes; at += RELOCATION_BYTES) {
        // The upper half of what a relocation says is the number of its symbol.
        weaken(symbols + SYMBOL_BYTES * unsigned(at + 12), strings);
      }
    }
  }

  /** Makes a symbol weak if it is optional. */
  private void weaken(long symbol, long strings) {
    int binding = index(symbol + 4);
    if (optional.contains(text(strings + unsigned(symbol)))) {
      file.put(binding, (byte) ((WEAK << 4) | (file.get(binding) & 0xf)));
    }
  }

  private String text(long at) {
    int end = index(at);
    while (file.get(end) != 0) {
      end++;
    }
    return new String(file.array(), index(at), end - index(at), StandardCharsets.US_ASCII);
  }

  /** Fills {@link #segments} and returns the dynamic section. */
  private Segment readProgramHeaders() {
    long table = file.getLong(32);
    int entrySize = Short.toUnsignedInt(file.getShort(54));
    int entries = Short.toUnsignedInt(file.getShort(56));
    Segment dynamic = null;
    for (int i = 0; i < entries; i++) {
      long at = table + (long) i * entrySize;
      int type = file.getInt(index(at));
      Segment segment =
          new Segment(
              file.getLong(index(at + 8)),
              file.getLong(index(at + 16)),
              file.getLong(index(at + 32)));
      if (type == PROGRAM_LOAD) {
        segments.add(segment);
      } else if (type == PROGRAM_DYNAMIC) {
        dynamic = segment;
      }
    }
    if (dynamic == null) {
      throw new IllegalArgumentException("the ELF file is not a shared library");
    }
    return dynamic;
  }

  /** Replaces the hashes of the versions that bear the old name; adds where the name is. */
  private void retargetVersions(long need, long strings, List<Long> names) {
    int count = Short.toUnsignedInt(file.getShort(index(need + 2)));
    long at = need + unsigned(need + 8);
    for (int i = 0; i < count; i++) {
      long name = strings + unsigned(at + 8);
      if (holdsOldName(name)) {
        if (file.getInt(index(at)) != hash(from)) {
          throw new IllegalArgumentException(
              "the ELF file is damaged: the hash of version " + from + " is wrong");
        }
        file.putInt(index(at), hash(new String(replacement, StandardCharsets.US_ASCII)));
        names.add(name);
      }
      at += unsigned(at + 12);
    }
  }

  private boolean holdsOldName(long at) {
    for (int i = 0; i < from.length(); i++) {
      if (file.get(index(at + i)) != from.charAt(i)) {
        return false;
      }
    }
    return file.get(index(at + from.length())) == 0;
  }

  /** Where in the file an address of the loaded library is. */
  private long offset(long address) {
    for (Segment segment : segments) {
      if (address >= segment.address() && address - segment.address() < segment.size()) {
        return address - segment.address() + segment.offset();
      }
    }
    throw new IllegalArgumentException("the ELF file is damaged: an address lies outside it");
  }

  private long unsigned(long at) {
    return Integer.toUnsignedLong(file.getInt(index(at)));
  }

  private static int index(long at) {
    if (at < 0 || at > Integer.MAX_VALUE) {
      throw new IndexOutOfBoundsException(at);
    }
    return (int) at;
  }

  /** The hash of System V's symbol tables. */
  static int hash(String name) {
    int hash = 0;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash << 4) + name.charAt(i);
      int high = hash & 0xf0000000;
      hash = (hash ^ (high >>> 24)) & ~high;
    }
    return hash;
  }
}
