package org.shallownet.backend;

import org.jspecify.annotations.Nullable;

/** Memory for a matrix could not be had. Nothing was changed. */
public final class DeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long bytesAsked;
  private final long bytesFree;

  /** States both sizes in the message. */
  public DeviceMemoryException(long bytesAsked, long bytesFree, @Nullable Throwable cause) {
    super(
        "not enough memory: "
            + bytesAsked / (1 << 20)
            + " MiB asked, "
            + bytesFree / (1 << 20)
            + " MiB free",
        cause);
    this.bytesAsked = bytesAsked;
    this.bytesFree = bytesFree;
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
