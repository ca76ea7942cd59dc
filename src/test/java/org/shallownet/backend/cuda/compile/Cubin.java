package org.shallownet.backend.cuda.compile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What NVIDIA's assembler notes about the kernels of a cubin, which is an ELF file: section {@code
 * .nv.info} is a list of attributes, each a byte that says how its value is stored, a byte that
 * says what it is, and the value; those of functions name a symbol and a number.
 */
final class Cubin {
  private static final int SYMBOL_TABLE = 2;
  private static final int SIZED_VALUE = 4;
  private static final int FRAME_SIZE = 0x11;
  private static final int REGISTERS = 0x2f;

  private final ByteBuffer file;
  private final List<Section> sections = new ArrayList<>();
  private final Map<String, Integer> frames = new TreeMap<>();
  private final Map<String, Integer> registers = new TreeMap<>();

  private record Section(String name, int type, int offset, int size, int link) {}

  /** Reads a cubin. */
  Cubin(byte[] image) {
    file = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    if (file.getInt(0) != 0x464c457f || file.getShort(18) != 190) {
      throw new IllegalArgumentException("not a cubin");
    }
    readSections();
    Section symbols =
        sections.stream().filter(s -> s.type() == SYMBOL_TABLE).findFirst().orElseThrow();
    for (Section section : sections) {
      if (section.name().equals(".nv.info")) {
        readAttributes(section, symbols);
      }
    }
  }

  /**
   * By kernel: the bytes of local memory that each thread has for arrays, spilled registers and
   * what else does not fit registers.
   */
  Map<String, Integer> frames() {
    return frames;
  }

  /** By kernel: how many registers each thread has. */
  Map<String, Integer> registers() {
    return registers;
  }

  private void readSections() {
    int table = (int) file.getLong(40);
    int entry = file.getShort(58);
    int names = (int) file.getLong(table + entry * file.getShort(62) + 24);
    for (int i = 0; i < file.getShort(60); i++) {
      int at = table + i * entry;
      sections.add(
          new Section(
              text(names + file.getInt(at)),
              file.getInt(at + 4),
              (int) file.getLong(at + 24),
              (int) file.getLong(at + 32),
              file.getInt(at + 40)));
    }
  }

  private void readAttributes(Section info, Section symbols) {
    int names = sections.get(symbols.link()).offset();
    for (int at = info.offset(); at < info.offset() + info.size(); ) {
      int attribute = file.get(at + 1);
      if (file.get(at) == SIZED_VALUE) {
        if (attribute == FRAME_SIZE || attribute == REGISTERS) {
          int symbol = symbols.offset() + 24 * file.getInt(at + 4);
          Map<String, Integer> values = attribute == FRAME_SIZE ? frames : registers;
          values.put(text(names + file.getInt(symbol)), file.getInt(at + 8));
        }
        at += Short.toUnsignedInt(file.getShort(at + 2));
      }
      at += 4;
    }
  }

  private String text(int at) {
    int end = at;
    while (file.get(end) != 0) {
      end++;
    }
    return new String(file.array(), at, end - at, StandardCharsets.US_ASCII);
  }
}
