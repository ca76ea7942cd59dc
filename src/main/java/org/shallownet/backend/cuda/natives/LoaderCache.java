package org.shallownet.backend.cuda.natives;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the loader knows of libraries: {@code /etc/ld.so.cache}, which {@code ldconfig} writes.
 *
 * <p>Format, of glibc 2.2 and newer: a header of 48 bytes that begins with {@code
 * glibc-ld.so.cache1.1} and has the number of entries at 20, then entries of 24 bytes: flags,
 * offset of the name and offset of the path, 4 bytes each, the rest of no interest here. Offsets
 * count from the header. A cache in an older format may stand before it.
 */
final class LoaderCache {
  private static final String MAGIC = "glibc-ld.so.cache1.1";
  private static final int HEADER = 48;
  private static final int ENTRY = 24;

  /** In an entry's flags the processor, and what it has for x86-64. */
  private static final int PROCESSOR = 0xff00;

  private static final int X86_64 = 0x0300;

  private LoaderCache() {}

  /**
   * The folders of the libraries whose names begin so, in the cache's order.
   *
   * @param root the top of the file system
   * @return none where there is no cache or none that is understood
   */
  static Collection<Path> folders(Path root, List<String> prefixes) {
    Set<Path> found = new LinkedHashSet<>();
    try {
      ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(root.resolve("etc/ld.so.cache")));
      int start = new String(file.array(), StandardCharsets.ISO_8859_1).indexOf(MAGIC);
      if (start < 0) {
        return List.of();
      }
      ByteBuffer cache = file.slice(start, file.capacity() - start).order(ByteOrder.LITTLE_ENDIAN);
      int count = Math.min(cache.getInt(MAGIC.length()), (cache.capacity() - HEADER) / ENTRY);
      for (int i = 0; i < count; i++) {
        int entry = HEADER + i * ENTRY;
        String name = text(cache, cache.getInt(entry + 4));
        if ((cache.getInt(entry) & PROCESSOR) == X86_64
            && prefixes.stream().anyMatch(name::startsWith)) {
          String path = text(cache, cache.getInt(entry + 8));
          Path folder = Path.of(path.startsWith("/") ? path.substring(1) : path).getParent();
          found.add(folder == null ? root : root.resolve(folder));
        }
      }
    } catch (IOException
        | InvalidPathException
        | IndexOutOfBoundsException
        | BufferUnderflowException e) {
      // What the cache would have told may be found elsewhere.
    }
    return found;
  }

  private static String text(ByteBuffer cache, int offset) {
    int end = offset;
    while (cache.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - offset];
    cache.get(offset, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
