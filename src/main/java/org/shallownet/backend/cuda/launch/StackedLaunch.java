package org.shallownet.backend.cuda.launch;

import java.nio.ByteBuffer;
import java.util.List;
import org.shallownet.backend.cuda.compile.Kernel;

/**
 * A launch of one kernel for several operations: the grid's y is their number.
 *
 * @param kernel one whose arguments are a struct
 * @param blocksX blocks of the grid in x for each operation
 * @param blocksZ in z
 * @param arguments a struct for each operation
 */
public record StackedLaunch(Kernel kernel, int blocksX, int blocksZ, List<ByteBuffer> arguments) {
  /** Tables begin at multiples of this many bytes. */
  private static final int ALIGNMENT = 16;

  /** How many operations. */
  public int count() {
    return arguments.size();
  }

  /** How many bytes the structs take, with the gap to what follows. */
  public int tableBytes() {
    int bytes = arguments.get(0).remaining() * count();
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Puts the structs one after the other, from a place on. */
  public void putTable(ByteBuffer to, int from) {
    int at = from;
    for (ByteBuffer struct : arguments) {
      to.put(at, struct, 0, struct.remaining());
      at += struct.remaining();
    }
  }
}
