package org.shallownet.backend.cuda.compile;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import jcuda.nvrtc.JNvrtc;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.cuda.fused.SpecialisedSources;
import org.shallownet.backend.cuda.natives.CudaNatives;
import org.shallownet.backend.cuda.natives.LibraryFolders;
import org.shallownet.backend.cuda.natives.NativeCache;
import org.shallownet.backend.device.BackendException;

/**
 * Compiles the kernels as the product does, by NVIDIA's NVRTC, which needs neither driver nor card:
 * with the loader, the compiler and the options that the backend has. A program of its own, since a
 * JVM that has loaded the emulation has no other CUDA.
 */
final class RealCompilation {
  /** A kernel that can't do without a frame: it indexes an array by what only the card knows. */
  private static final String FRAMED =
      """
      extern "C" __global__ void framed(float* x, int n) {
        float copy[64];
        for (int i = 0; i < n; i++) copy[(i * 7) & 63] += x[i];
        x[threadIdx.x] = copy[n & 63];
      }
      """;

  private final CudaNatives natives;
  private final PrintStream out;

  private RealCompilation(CudaNatives natives, PrintStream out) {
    this.natives = natives;
    this.out = out;
  }

  /**
   * Compiles and says, a line each, what with, how many kernels for each architecture, and which
   * have a frame.
   *
   * @param args where natives are unpacked, then architectures such as {@code 90}
   */
  public static void main(String[] args) {
    NativeCache cache = new NativeCache(List.of(Path.of(args[0])));
    new RealCompilation(
            new CudaNatives(LibraryFolders.ofThisMachine(), cache),
            new PrintStream(System.out, true, StandardCharsets.UTF_8))
        .run(Arrays.stream(args).skip(1).mapToInt(Integer::parseInt).toArray());
  }

  private void run(int[] architectures) {
    out.println("NVRTC " + natives.loadNvrtc(13));
    int[] major = new int[1];
    int[] minor = new int[1];
    JNvrtc.nvrtcVersion(major, minor);
    out.println("version " + major[0] + "." + minor[0]);
    for (int architecture : architectures) {
      compileAll(architecture);
    }
    KernelCompiler compiler = new KernelCompiler(9, 0);
    KernelSource framed = new KernelSource("framed.cu", FRAMED, new TreeMap<>(), List.of());
    out.println("a frame for comparison: " + new Cubin(compiler.compile(framed)).frames());
    try {
      out.println("cuBLAS " + natives.loadCublas(major[0]));
    } catch (BackendUnavailableException e) {
      out.println("cuBLAS: " + e.reason());
    }
  }

  private void compileAll(int architecture) {
    KernelCompiler compiler;
    try {
      compiler = new KernelCompiler(architecture / 10, architecture % 10);
    } catch (BackendException e) {
      out.println("sm_" + architecture + ": skipped, " + e.getMessage());
      return;
    }
    Set<Kernel> missing = EnumSet.allOf(Kernel.class);
    Map<String, Integer> registers = new TreeMap<>();
    List<String> framed = new ArrayList<>();
    for (String file : Arrays.stream(Kernel.values()).map(Kernel::file).distinct().toList()) {
      byte[] image = compiler.compile(KernelSource.read(file));
      if (image[image.length - 1] == 0 && image[0] != 0x7f) {
        out.println("sm_" + architecture + ": skipped, this NVRTC makes only PTX for it");
        return;
      }
      Cubin cubin = new Cubin(image);
      missing.removeIf(kernel -> cubin.registers().containsKey(kernel.symbol()));
      registers.putAll(cubin.registers());
      cubin.frames().entrySet().stream()
          .filter(frame -> frame.getValue() != 0)
          .forEach(frame -> framed.add(frame.getKey() + " of " + frame.getValue() + " bytes"));
    }
    out.println(
        "sm_"
            + architecture
            + ": "
            + registers.size()
            + " kernels, missing "
            + missing
            + ", frames "
            + framed
            + ", at most "
            + registers.values().stream().mapToInt(count -> count).max().orElse(0)
            + " registers");
    compileSpecialised(compiler, architecture);
  }

  private void compileSpecialised(KernelCompiler compiler, int architecture) {
    List<KernelSource> sources = SpecialisedSources.of(architecture / 10);
    List<String> framed = new ArrayList<>();
    for (KernelSource source : sources) {
      new Cubin(compiler.compile(source))
          .frames().entrySet().stream()
              .filter(frame -> frame.getValue() != 0)
              .forEach(frame -> framed.add(frame + " bytes with " + source.defines()));
    }
    out.println(
        "sm_" + architecture + ": " + sources.size() + " specialised sources, frames " + framed);
  }
}
