package org.shallownet.backend.cuda;

import jcuda.driver.CUdeviceptr;
import org.shallownet.backend.Allocation;

/** A piece of a card's memory. Pieces begin at multiples of 256 bytes. */
final class DeviceMemory extends Allocation {
  /** What pieces of memory, and parts of groups within one, are aligned to. */
  static final int ALIGNMENT = 256;

  /** The {@link #classes} of memory about which nothing is known. */
  private static final int UNKNOWN = Integer.MAX_VALUE;

  private final CudaDevice device;
  private final Address address;
  private int classes = 1;

  /** Memory of which the driver has filled in the address. */
  DeviceMemory(CudaDevice device, Address address, long bytes) {
    super(bytes);
    this.device = device;
    this.address = address;
  }

  /** Where it begins. */
  CUdeviceptr pointer() {
    return address;
  }

  /** Where it begins, as a number. */
  long address() {
    return address.value();
  }

  @Override
  protected void free() {
    device.free(this);
  }

  // What the host knows of the values, because it has uploaded them, need not be asked of the card.

  /** Whether all its values are known to be numbers of classes, below {@code count}. */
  boolean holdsClassesBelow(int count) {
    return classes <= count;
  }

  /** All its values have been found to be numbers of classes, below {@code count}. */
  void foundClassesBelow(int count) {
    classes = count;
  }

  /** Values that are numbers of classes below {@code count} have been written to it. */
  void wroteClassesBelow(int count) {
    classes = Math.max(classes, count);
  }

  /** Values about which nothing is known have been written to it. */
  void wroteUnknown() {
    classes = UNKNOWN;
  }

  /** Some of the other's values have been written to it. */
  void wroteValuesOf(DeviceMemory other) {
    classes = Math.max(classes, other.classes);
  }

  /** A device pointer that tells its value. */
  static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer();
    }
  }
}
