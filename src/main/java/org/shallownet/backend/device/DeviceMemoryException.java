package org.shallownet.backend.device;

import org.jspecify.annotations.Nullable;

/** Memory for a matrix could not be had. Nothing was changed. */
public final class DeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long bytesAsked;
  private final long bytesFree;

  /**
   * States both sizes in the message.
   *
   * @param memory which memory, such as {@code the card's memory}
   * @param fix what to do about it
   */
  public DeviceMemoryException(
      String memory, long bytesAsked, long bytesFree, String fix, @Nullable Throwable cause) {
    super(
        "not enough of "
            + memory
            + ": "
            + text(bytesAsked)
            + " asked, "
            + text(bytesFree)
            + " free; "
            + fix,
        cause);
    this.bytesAsked = bytesAsked;
    this.bytesFree = bytesFree;
  }

  private static String text(long bytes) {
    return bytes < 1 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
  }

  /** How many bytes were asked for. */
  public long bytesAsked() {
    return bytesAsked;
  }

  /** About how many bytes were free. */
  public long bytesFree() {
    return bytesFree;
  }
}
