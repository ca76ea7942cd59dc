package org.shallownet.backend.cuda.natives;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jcuda.nvrtc.JNvrtc;
import org.shallownet.backend.Availability;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.cuda.CudaProbe;

/** A JVM of its own that loads CUDA's libraries: what one has loaded, another test can't see. */
public final class LoadingProcess {
  private final Process process;

  private LoadingProcess(Process process) {
    this.process = process;
  }

  /**
   * Starts one.
   *
   * @param what {@code libraries} or {@code probe}
   * @param folder where NVIDIA's libraries are
   * @param cache where JCuda's natives are unpacked
   */
  public static LoadingProcess start(String what, Path folder, Path cache) throws IOException {
    return start(LoadingProcess.class, List.of(what, folder.toString(), cache.toString()));
  }

  /** Starts one that runs the main method of a class. */
  public static LoadingProcess start(Class<?> program, List<String> arguments) throws IOException {
    return start(List.of(), List.of(), program, arguments);
  }

  /**
   * Starts one by another program.
   *
   * @param wrapper a command that runs the command after it; empty for none
   * @param options for Java
   */
  public static LoadingProcess start(
      List<String> wrapper, List<String> options, Class<?> program, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1"));
    if (Runtime.version().feature() >= 24) {
      // These warn of native code otherwise, on the stream that is compared.
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(arguments);
    return new LoadingProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** What it said, once it has ended. */
  public String output() throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  /** Its exit status, once it has ended. */
  public int exitStatus() throws InterruptedException {
    return process.waitFor();
  }

  /** Natives that find nothing but what is in a folder. */
  static CudaNatives natives(Path folder, Path cache) {
    Path root = folder.resolve("no-system");
    List<Path> bases = new ArrayList<>();
    for (String base : cache.toString().split(File.pathSeparator, -1)) {
      bases.add(Path.of(base));
    }
    return new CudaNatives(
        new LibraryFolders(folder.toString(), Map.of(), root), new NativeCache(bases));
  }

  public static void main(String[] args) {
    CudaNatives natives = natives(Path.of(args[1]), Path.of(args[2]));
    String temporary = System.getProperty("java.io.tmpdir");
    try {
      if (args[0].equals("probe")) {
        Availability availability = new CudaProbe(natives).probe(0);
        System.out.println(availability);
      } else {
        System.out.println("NVRTC " + natives.loadNvrtc(13));
        int[] major = new int[1];
        int[] minor = new int[1];
        JNvrtc.nvrtcVersion(major, minor);
        System.out.println("version " + major[0] + "." + minor[0]);
        System.out.println("cuBLAS " + natives.loadCublas(13));
      }
    } catch (BackendUnavailableException e) {
      System.out.println(e.reason() + ": " + e.getMessage());
    }
    if (!temporary.equals(System.getProperty("java.io.tmpdir"))) {
      System.out.println("java.io.tmpdir was not restored");
    }
  }
}
