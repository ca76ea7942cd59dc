package org.shallownet.backend.cuda.driver;

import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;

/**
 * A card: its context, the one stream that all work goes through, and its memory.
 *
 * <p>The context is the card's primary one, which all libraries of the process share. It is the
 * current context of the calling thread only after {@link #enter}, since a thread may use several
 * backends in turn.
 */
public final class CudaDevice implements AutoCloseable {
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream();
  private final String name;
  private final long totalBytes;
  private final int major;
  private final int minor;
  private String operation = "open";

  /**
   * Takes hold of a card.
   *
   * @param index its number, from 0
   */
  public CudaDevice(int index) {
    DriverCalls.run("cuInit", () -> JCudaDriver.cuInit(0));
    DriverCalls.run("cuDeviceGet", () -> JCudaDriver.cuDeviceGet(device, index));
    name = queryName();
    long[] bytes = new long[1];
    DriverCalls.run("cuDeviceTotalMem", () -> JCudaDriver.cuDeviceTotalMem(bytes, device));
    totalBytes = bytes[0];
    major = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    minor = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    DriverCalls.run(
        "cuDevicePrimaryCtxRetain", () -> JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    try {
      enter("open");
      run(
          "creating a stream",
          () -> JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    } catch (RuntimeException | Error e) {
      releaseContext();
      throw e;
    }
  }

  private String queryName() {
    byte[] text = new byte[256];
    DriverCalls.run(
        "cuDeviceGetName", () -> JCudaDriver.cuDeviceGetName(text, text.length, device));
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }

  private int attribute(int attribute) {
    int[] value = new int[1];
    DriverCalls.run(
        "cuDeviceGetAttribute", () -> JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }

  /** The card's name, memory and architecture. */
  public String describe() {
    return name + ", " + (totalBytes >> 20) + " MiB, sm_" + major + minor;
  }

  /** The card's whole memory. */
  public long totalBytes() {
    return totalBytes;
  }

  /** The first number of the card's architecture, 9 for sm_90. */
  public int major() {
    return major;
  }

  /** The second number of the card's architecture. */
  public int minor() {
    return minor;
  }

  /** The stream that all work goes through. */
  public CUstream stream() {
    return stream;
  }

  /** Makes the card's context current and notes what is being done, for messages. */
  public void enter(String newOperation) {
    operation = newOperation;
    DriverCalls.run(newOperation, () -> JCudaDriver.cuCtxSetCurrent(context));
  }

  /** What is being done, as {@link #enter} was told. */
  public String operation() {
    return operation;
  }

  private void run(String what, java.util.function.IntSupplier call) {
    DriverCalls.run(operation + ": " + what, call);
  }

  // Memory

  /** How many bytes are free on the card. */
  public long freeBytes() {
    long[] free = new long[1];
    long[] total = new long[1];
    run("cuMemGetInfo", () -> JCudaDriver.cuMemGetInfo(free, total));
    return free[0];
  }

  /**
   * Allocates memory and fills it with zeros.
   *
   * @throws DeviceMemoryException if there is not enough
   */
  public DeviceMemory allocate(long bytes) {
    if (bytes > totalBytes) {
      throw outOfMemory(bytes);
    }
    DeviceMemory.Address address = new DeviceMemory.Address();
    String failure = DriverCalls.attempt(() -> JCudaDriver.cuMemAlloc(address, bytes));
    if (failure.equals(DriverCalls.OUT_OF_MEMORY)) {
      throw outOfMemory(bytes);
    }
    if (!failure.isEmpty()) {
      throw DriverCalls.fault(operation + ": allocating " + bytes + " bytes", failure);
    }
    DeviceMemory memory = new DeviceMemory(this::free, address, bytes);
    try {
      zero(memory);
    } catch (BackendException e) {
      free(memory);
      throw e;
    }
    return memory;
  }

  private DeviceMemoryException outOfMemory(long bytes) {
    return new DeviceMemoryException(
        "the card's memory",
        bytes,
        freeBytes(),
        "nvidia-smi shows who has it; close that, or choose fewer units",
        null);
  }

  /** Fills memory with zeros. */
  public void zero(DeviceMemory memory) {
    run(
        "cuMemsetD8Async",
        () -> JCudaDriver.cuMemsetD8Async(memory.pointer(), (byte) 0, memory.bytes(), stream));
  }

  /** Fills a matrix with zeros. */
  public void zero(CudaMatrix matrix) {
    run(
        "cuMemsetD8Async",
        () ->
            JCudaDriver.cuMemsetD8Async(
                matrix.pointer(), (byte) 0, Float.BYTES * matrix.size(), stream));
  }

  /** Makes the card's context current in order to give something back. */
  public void makeCurrent() {
    DriverCalls.release("cuCtxSetCurrent", () -> JCudaDriver.cuCtxSetCurrent(context));
  }

  /** Waits until all work so far has ended, in order to give back what it uses. */
  public void awaitWork() {
    DriverCalls.release(
        "waiting for the card's work", () -> JCudaDriver.cuStreamSynchronize(stream));
  }

  /** Gives memory back, once the operations so far have ended. */
  public void free(DeviceMemory memory) {
    makeCurrent();
    DriverCalls.release(
        "freeing " + memory.bytes() + " bytes of the card's memory",
        () -> JCudaDriver.cuMemFree(memory.pointer()));
  }

  // Copies, in the order of the stream

  void copyToDevice(Pointer from, CUdeviceptr to, long bytes) {
    run("cuMemcpyHtoDAsync", () -> JCudaDriver.cuMemcpyHtoDAsync(to, from, bytes, stream));
  }

  void copyToHost(CUdeviceptr from, Pointer to, long bytes) {
    run("cuMemcpyDtoHAsync", () -> JCudaDriver.cuMemcpyDtoHAsync(to, from, bytes, stream));
  }

  public void copyOnDevice(CUdeviceptr from, CUdeviceptr to, long bytes) {
    run("cuMemcpyDtoDAsync", () -> JCudaDriver.cuMemcpyDtoDAsync(to, from, bytes, stream));
  }

  /** Waits until all work so far has ended; a fault in any of it shows here at the latest. */
  public void synchronize() {
    run("cuStreamSynchronize", () -> JCudaDriver.cuStreamSynchronize(stream));
  }

  /** Gives the stream and the context back. */
  @Override
  public void close() {
    makeCurrent();
    DriverCalls.release("cuStreamDestroy", () -> JCudaDriver.cuStreamDestroy(stream));
    releaseContext();
  }

  private void releaseContext() {
    DriverCalls.release("cuCtxSetCurrent", () -> JCudaDriver.cuCtxSetCurrent(new CUcontext()));
    DriverCalls.release(
        "cuDevicePrimaryCtxRelease", () -> JCudaDriver.cuDevicePrimaryCtxRelease(device));
  }
}
