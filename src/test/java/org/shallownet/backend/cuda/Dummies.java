package org.shallownet.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes libraries that bear the names of NVIDIA's and do next to nothing. */
public final class Dummies {
  private Dummies() {}

  /** Skips the test, saying why, where dummies can't be made or JCuda has no native side. */
  public static void require() {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "JCuda's native side is for Linux on x86-64");
    boolean gcc = true;
    try {
      new ProcessBuilder("gcc", "--version").redirectErrorStream(true).start().destroy();
    } catch (IOException e) {
      gcc = false;
    }
    assumeTrue(gcc, "dummy libraries are built with gcc, which is not installed");
  }

  /**
   * Compiles a library with versioned symbols, as NVIDIA's have.
   *
   * @param file where to
   * @param soname what it says that it is
   */
  public static void compile(Path file, String soname, String code) throws Exception {
    Files.createDirectories(file.getParent());
    Path source = Files.writeString(file.resolveSibling(file.getFileName() + ".c"), code);
    Path versions =
        Files.writeString(
            file.resolveSibling(file.getFileName() + ".map"), soname + " { global: *; };\n");
    Process gcc =
        new ProcessBuilder(
                List.of(
                    "gcc",
                    "-shared",
                    "-fPIC",
                    "-o",
                    file.toString(),
                    "-Wl,-soname," + soname,
                    "-Wl,--version-script=" + versions,
                    source.toString()))
            .redirectErrorStream(true)
            .start();
    String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (gcc.waitFor() != 0) {
      throw new IOException("gcc: " + output);
    }
  }

  /**
   * NVRTC and cuBLAS of a major version; NVRTC says that it is {@code major.77} and knows compute
   * capability 5.0 and 9.0.
   */
  public static void cuda(Path folder, int major) throws Exception {
    compile(
        folder.resolve("libnvrtc.so." + major),
        "libnvrtc.so." + major,
        "int nvrtcVersion(int *a, int *b) { *a = "
            + major
            + "; *b = 77; return 0; }\n"
            + "int nvrtcGetNumSupportedArchs(int *n) { *n = 2; return 0; }\n"
            + "int nvrtcGetSupportedArchs(int *a) { a[0] = 50; a[1] = 90; return 0; }\n");
    compile(
        folder.resolve("libcublas.so." + major), "libcublas.so." + major, "int dummy_cublas;\n");
  }

  /** The same with every function that JCuda imports but some, which do nothing. */
  public static void wholeCuda(Path folder, int major, Set<String> missing) throws Exception {
    for (String[] names :
        new String[][] {{"JNvrtc", "libnvrtc", "nvrtc"}, {"JCublas2", "libcublas", "cublas"}}) {
      Path client = EmulatorBuild.unpack(names[0], folder);
      String stubs =
          EmulatorBuild.imports(client, names[2])
              .filter(name -> !missing.contains(name) && !name.equals("nvrtcVersion"))
              .map(name -> "int " + name + "() { return 1; }\n")
              .collect(Collectors.joining());
      String library = names[1] + ".so." + major;
      String version =
          names[0].equals("JNvrtc")
              ? "int nvrtcVersion(int *a, int *b) { *a = " + major + "; *b = 77; return 0; }\n"
              : "";
      compile(folder.resolve(library), library, version + stubs);
    }
  }

  /** A driver that says that it is of this version and answers this to {@code cuInit}. */
  public static void driver(Path folder, int version, int init) throws Exception {
    compile(
        folder.resolve("libcuda.so.1"),
        "libcuda.so.1",
        "int cuDriverGetVersion(int *v) { *v = "
            + version
            + "; return 0; }\nint cuInit(unsigned flags) { return "
            + init
            + "; }\nint cuDeviceGetCount(int *n) { *n = 0; return 0; }\n");
  }

  /** A driver of CUDA 12.6 with one card of this compute capability. */
  public static void driverWithCard(Path folder, int major, int minor) throws Exception {
    driverWithCards(folder, 1, major, minor);
  }

  /** The same with several cards, each of a minor version one higher than the one before. */
  static void driverWithCards(Path folder, int count, int major, int minor) throws Exception {
    compile(
        folder.resolve("libcuda.so.1"),
        "libcuda.so.1",
        """
        int cuDriverGetVersion(int *v) { *v = 12060; return 0; }
        int cuInit(unsigned flags) { return 0; }
        int cuDeviceGetCount(int *n) { *n = %d; return 0; }
        int cuDeviceGet(int *device, int number) { *device = number; return 0; }
        int cuDeviceGetName(char *name, int size, int device) { name[0] = 'X'; name[1] = 0; return 0; }
        int cuDeviceTotalMem_v2(unsigned long *bytes, int device) { *bytes = 1 << 30; return 0; }
        int cuDeviceGetAttribute(int *value, int attribute, int device) {
          *value = attribute == 75 ? %d : %d + device;
          return 0;
        }
        """
            .formatted(count, major, minor));
  }
}
