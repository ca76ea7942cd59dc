package org.shallownet.backend.cuda.fused;

import java.util.List;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.DeviceMemory;

/** The kernels of a pass that is compiled for a design, and where its blocks leave their sums. */
public final class FusedPass implements AutoCloseable {
  private final CudaDevice device;
  private final FusedModule module;
  private final DeviceMemory sums;
  private final DeviceMemory seen;

  /**
   * Compiles and allocates.
   *
   * @param file the kernels' source
   * @param defines what the design fixes
   * @param blocks that leave a tally, at most
   * @param floats that blocks leave, at most
   * @throws org.shallownet.backend.device.DeviceMemoryException if there is not enough memory
   */
  FusedPass(FusedCard card, String file, List<String> defines, int blocks, long floats) {
    device = card.device();
    sums = device.allocate(Float.BYTES * floats);
    DeviceMemory tallies = null;
    try {
      tallies = device.allocate((long) Kernel.TALLY_BYTES * blocks);
      module = new FusedModule(device, card.loader(), file, defines);
    } catch (RuntimeException | Error e) {
      device.free(sums);
      if (tallies != null) {
        device.free(tallies);
      }
      throw e;
    }
    seen = tallies;
  }

  /** The memory that is allocated for so many blocks and floats. */
  static long bytes(int blocks, long floats) {
    return Float.BYTES * floats + (long) Kernel.TALLY_BYTES * blocks;
  }

  FusedModule module() {
    return module;
  }

  DeviceMemory sums() {
    return sums;
  }

  DeviceMemory seen() {
    return seen;
  }

  /**
   * What the blocks of a pass leave, until the next pass of the same design.
   *
   * @param sums a row for each block, of which the first numbers are derivatives
   * @param columns of a row
   * @param seen a tally for each block
   * @param blocks how many there are
   * @param scale what derivatives are still to be multiplied by
   */
  public record Sums(DeviceMemory sums, int columns, DeviceMemory seen, int blocks, double scale) {}

  /** What so many blocks have left. */
  Sums left(int columns, int blocks, double scale) {
    return new Sums(sums, columns, seen, blocks, scale);
  }

  @Override
  public void close() {
    module.free();
    device.free(seen);
    device.free(sums);
  }
}
