package org.shallownet.backend;

/** Whether a backend can be used here; if not, why, and what would help. */
public sealed interface Availability {
  /** Why a backend can't be used. */
  enum Reason {
    /** No backend of this name is on the class path, or its native side is not. */
    NOT_INSTALLED,
    /** There is none of its devices with the number asked for. */
    NO_SUCH_DEVICE,
    /** The backend can't compute in the precision asked for. */
    PRECISION,
    /** The operating system, the processor or the card is of a kind that it doesn't run on. */
    UNSUPPORTED_PLATFORM,
    /** The device's driver is missing or doesn't start. */
    NO_DRIVER,
    /** The device's driver is too old. */
    OLD_DRIVER,
    /** The driver sees no device. */
    NO_DEVICE,
    /** NVIDIA's cuBLAS, which multiplies matrices, is missing. */
    NO_CUBLAS,
    /** NVIDIA's NVRTC, which compiles kernels, is missing. */
    NO_NVRTC,
    /** A native library is there but can't be loaded. */
    UNLOADABLE
  }

  /**
   * It can be used.
   *
   * @param device what it would run on
   */
  record Available(String device) implements Availability {}

  /**
   * It can't be used.
   *
   * @param reason the kind of reason
   * @param explanation what is missing, a clause in lower case without a full stop
   * @param fix what to do, a clause in lower case without a full stop
   */
  record Unavailable(Reason reason, String explanation, String fix) implements Availability {}
}
