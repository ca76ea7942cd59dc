package org.shallownet.backend.cuda.driver;

import java.util.function.Consumer;
import jcuda.driver.CUdeviceptr;
import org.shallownet.backend.device.Allocation;

/** A piece of a card's memory. Pieces begin at multiples of 256 bytes. */
public final class DeviceMemory extends Allocation {
  /** What pieces of memory, and parts of groups within one, are aligned to. */
  public static final int ALIGNMENT = 256;

  /** The {@link #classes} of memory about which nothing is known. */
  private static final int UNKNOWN = Classes.UNKNOWN;

  private final Consumer<DeviceMemory> freeing;
  private final Address address;
  private int classes = 1;
  private long checkedFrom;
  private long checkedTo;
  private int checkedClasses;
  private boolean written;

  /**
   * Memory of which the driver has filled in the address.
   *
   * @param freeing gives it back to the card
   */
  DeviceMemory(Consumer<DeviceMemory> freeing, Address address, long bytes) {
    super(bytes);
    this.freeing = freeing;
    this.address = address;
  }

  /** Where it begins. */
  public CUdeviceptr pointer() {
    return address;
  }

  /** Where it begins, as a number. */
  public long address() {
    return address.value();
  }

  @Override
  protected void free() {
    freeing.accept(this);
  }

  // What the host knows of the values, because it has uploaded or checked them, need not be asked
  // of the card. Ranges are in floats from the beginning on.

  /** Whether these values are known to be numbers of classes, below {@code count}. */
  boolean holdsClassesBelow(int count, long from, long to) {
    return classesWithin(from, to) <= count;
  }

  private int classesWithin(long from, long to) {
    boolean checked = checkedFrom <= from && to <= checkedTo;
    return checked ? Math.min(classes, checkedClasses) : classes;
  }

  /** These values have been found to be numbers of classes, below {@code count}. */
  void foundClassesBelow(int count, long from, long to) {
    if (!written) {
      checkedFrom = from;
      checkedTo = to;
      checkedClasses = count;
    }
  }

  /** Values that are numbers of classes below {@code count} have been written to it. */
  public void wroteClassesBelow(int count) {
    classes = Math.max(classes, count);
    if (count > checkedClasses) {
      checkedTo = checkedFrom;
    }
  }

  /** Values about which nothing is known have been written to it. */
  public void wroteUnknown() {
    wroteClassesBelow(UNKNOWN);
  }

  /** Some of these values of another memory have been written to it. */
  void wroteValuesOf(DeviceMemory other, long from, long to) {
    wroteClassesBelow(other.classesWithin(from, to));
  }

  /** A recording writes to it: from now on the host does not know when that happens. */
  public void writtenByRecording() {
    written = true;
    checkedTo = checkedFrom;
  }

  /** A device pointer that tells its value. */
  static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer();
    }
  }
}
