package org.shallownet.backend.cuda.compile;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import jcuda.CudaException;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.device.BackendException;

/** Compiles kernels for an architecture with NVRTC, whose libraries must have been loaded. */
public final class KernelCompiler {
  private final String version;
  private final String architecture;
  private final List<String> options;

  /**
   * A compiler for devices of a compute capability.
   *
   * @throws BackendException if this NVRTC doesn't know devices as old as this
   */
  public KernelCompiler(int major, int minor) {
    int[] versionMajor = new int[1];
    int[] versionMinor = new int[1];
    check("version", () -> JNvrtc.nvrtcVersion(versionMajor, versionMinor));
    version = versionMajor[0] + "." + versionMinor[0];
    architecture = architecture(10 * major + minor, supported(), version);
    // Multiplications and additions are contracted, which rounds once less; nothing else that
    // changes results is allowed. NVRTC takes a lambda in a kernel for a function of the host
    // unless
    // told that all code is the device's.
    options =
        List.of(
            "--gpu-architecture=" + architecture,
            "--std=c++17",
            "--device-as-default-execution-space",
            "--fmad=true",
            "--ftz=false",
            "--prec-div=true",
            "--prec-sqrt=true");
  }

  /** What it compiles for, such as {@code sm_90}. */
  String architecture() {
    return architecture;
  }

  /**
   * The architecture to compile for: the device's own, for machine code; for a device newer than
   * this NVRTC the newest that it knows, as a virtual one, whose code the driver translates.
   */
  static String architecture(int device, int[] supported, String version) {
    int best = Arrays.stream(supported).filter(known -> known <= device).max().orElse(0);
    if (best == 0) {
      throw new BackendException(
          "NVRTC %s compiles for compute capability %.1f and newer; this device has %.1f"
              .formatted(version, Arrays.stream(supported).min().orElse(0) / 10.0, device / 10.0));
    }
    return (best == device ? "sm_" : "compute_") + best;
  }

  private static int[] supported() {
    int[] count = new int[1];
    check("architectures", () -> JNvrtc.nvrtcGetNumSupportedArchs(count));
    int[] supported = new int[count[0]];
    check("architectures", () -> JNvrtc.nvrtcGetSupportedArchs(supported));
    return supported;
  }

  /** The SHA-256, in hexadecimal, of all that decides what {@link #compile} returns. */
  String key(KernelSource source) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // With their lengths, so that no two lists of parts give the same bytes.
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      add(out, version);
      for (String option : options) {
        add(out, option);
      }
      for (String define : source.defines()) {
        add(out, define);
      }
      add(out, source.name());
      add(out, source.text());
      for (Map.Entry<String, String> header : source.headers().entrySet()) {
        add(out, header.getKey());
        add(out, header.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HexFormat.of().formatHex(ImageCache.sha256(bytes.toByteArray()));
  }

  private static void add(DataOutputStream out, String part) throws IOException {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /**
   * Compiles a source.
   *
   * @return an image that the driver loads
   * @throws BackendException if it does not compile, with the compiler's log
   */
  byte[] compile(KernelSource source) {
    nvrtcProgram program = new nvrtcProgram();
    String[] names = source.headers().keySet().toArray(String[]::new);
    String[] headers = source.headers().values().toArray(String[]::new);
    String what = "compiling " + source.name();
    check(
        what,
        () ->
            JNvrtc.nvrtcCreateProgram(
                program, source.text(), source.name(), names.length, headers, names));
    try {
      String[] arguments =
          Stream.concat(options.stream(), source.defines().stream().map(define -> "-D" + define))
              .toArray(String[]::new);
      String failure =
          attempt(() -> JNvrtc.nvrtcCompileProgram(program, arguments.length, arguments));
      if (!failure.isEmpty()) {
        throw new BackendException(
            what + " for " + architecture + ": " + failure + "; " + log(program),
            new CudaException(failure));
      }
      return architecture.startsWith("sm_") ? machineCode(what, program) : portable(what, program);
    } finally {
      attempt(() -> JNvrtc.nvrtcDestroyProgram(program));
    }
  }

  private static byte[] machineCode(String what, nvrtcProgram program) {
    long[] size = new long[1];
    check(what, () -> JNvrtc.nvrtcGetCUBINSize(program, size));
    byte[] cubin = new byte[Math.toIntExact(size[0])];
    check(what, () -> JNvrtc.nvrtcGetCUBIN(program, cubin));
    return cubin;
  }

  /** PTX, with the 0 at its end that the driver wants. */
  private static byte[] portable(String what, nvrtcProgram program) {
    String[] ptx = new String[1];
    check(what, () -> JNvrtc.nvrtcGetPTX(program, ptx));
    byte[] text = ptx[0].stripTrailing().getBytes(StandardCharsets.US_ASCII);
    return Arrays.copyOf(text, text.length + 1);
  }

  private static String log(nvrtcProgram program) {
    String[] log = {""};
    String failure = attempt(() -> JNvrtc.nvrtcGetProgramLog(program, log));
    // A message is one line.
    return failure.isEmpty()
        ? log[0].strip().replaceAll("\\s*\\R\\s*", "; ")
        : "no log: " + failure;
  }

  private static void check(String what, IntSupplier call) {
    String failure = attempt(call);
    if (!failure.isEmpty()) {
      throw new BackendException("NVRTC, " + what + ": " + failure, new CudaException(failure));
    }
  }

  /** Calls NVRTC; returns the name of its failure, empty if there was none. */
  private static String attempt(IntSupplier call) {
    try {
      int result = call.getAsInt();
      return result == nvrtcResult.NVRTC_SUCCESS ? "" : nvrtcResult.stringFor(result);
    } catch (CudaException e) {
      return DriverCalls.name(e);
    }
  }
}
