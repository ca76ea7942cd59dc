package org.shallownet.backend.cuda.driver;

import java.util.function.IntSupplier;
import jcuda.CudaException;
import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;
import org.shallownet.backend.device.BackendException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls of the driver and of cuBLAS, whose answers become exceptions.
 *
 * <p>JCuda either returns a failure's code or throws its name, by a switch that the whole process
 * shares; both are understood.
 */
public final class DriverCalls {
  /** What the driver answers when there is not enough memory. */
  static final String OUT_OF_MEMORY = "CUDA_ERROR_OUT_OF_MEMORY";

  private static final Logger LOG = LoggerFactory.getLogger(DriverCalls.class);

  private DriverCalls() {}

  /**
   * Calls the driver.
   *
   * @param what what is being done, for the message
   * @throws BackendException if it fails
   */
  public static void run(String what, IntSupplier call) {
    String failure = attempt(call);
    if (!failure.isEmpty()) {
      throw fault(what, failure);
    }
  }

  /** Calls the driver; returns the name of what it answers, empty if all is well. */
  public static String attempt(IntSupplier call) {
    try {
      int result = call.getAsInt();
      return result == CUresult.CUDA_SUCCESS ? "" : CUresult.stringFor(result);
    } catch (CudaException e) {
      return name(e);
    }
  }

  /** Calls cuBLAS; otherwise like {@link #run}. */
  public static void runBlas(String what, IntSupplier call) {
    try {
      int status = call.getAsInt();
      if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
        throw fault(what, cublasStatus.stringFor(status));
      }
    } catch (CudaException e) {
      throw fault(what, name(e));
    }
  }

  /**
   * Gives something back. A failure is only logged: what can't be given back singly goes with the
   * context, and whoever closes has no use for it.
   */
  public static void release(String what, IntSupplier call) {
    String failure;
    try {
      int result = call.getAsInt();
      failure = result == 0 ? "" : "code " + result;
    } catch (CudaException e) {
      failure = name(e);
    }
    if (!failure.isEmpty()) {
      LOG.warn("{} failed: {}", what, failure);
    }
  }

  /** What is thrown for a failure of this name. */
  public static BackendException fault(String what, String failure) {
    return new BackendException(what + ": " + failure, new CudaException(failure));
  }

  public static String name(CudaException e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }
}
