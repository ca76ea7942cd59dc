package org.shallownet.backend.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.cuda.CudaEmulator;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.device.BackendException;

/** Kernels compiled, kept and loaded, on the emulation. */
class KernelLibraryTest {
  private static final FileTime LONG_AGO = FileTime.fromMillis(0);

  @TempDir private Path folder;

  @BeforeEach
  void makeContextCurrent() {
    assumeTrue(CudaEmulator.available(), CudaEmulator::unavailableReason);
    CudaEmulator.load();
    CudaEmulator.reset();
    DriverCalls.run("cuInit", () -> JCudaDriver.cuInit(0));
    CUdevice device = new CUdevice();
    DriverCalls.run("cuDeviceGet", () -> JCudaDriver.cuDeviceGet(device, 0));
    CUcontext context = new CUcontext();
    DriverCalls.run(
        "cuDevicePrimaryCtxRetain", () -> JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    DriverCalls.run("cuCtxSetCurrent", () -> JCudaDriver.cuCtxSetCurrent(context));
  }

  @Test
  void compilesOnceAndAgainOnlyWhatIsUnsound() throws IOException {
    open();
    List<Path> images = images();
    assertThat(images)
        .hasSize((int) Arrays.stream(Kernel.values()).map(Kernel::file).distinct().count());

    // Cut short; and whole, but nothing that a driver takes.
    Path cut = images.get(0);
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 1000));
    Path foreign = images.get(1);
    new ImageCache(foreign.getParent())
        .store(foreign.getFileName().toString().replace(".image", ""), new byte[100]);
    for (Path image : images) {
      Files.setLastModifiedTime(image, LONG_AGO);
    }
    open();
    Map<Boolean, List<Path>> rewritten =
        images().stream().collect(Collectors.partitioningBy(KernelLibraryTest::isNew));
    assertThat(rewritten.get(true)).containsExactly(cut, foreign);

    for (Path image : images) {
      Files.setLastModifiedTime(image, LONG_AGO);
    }
    open();
    assertThat(images()).isEqualTo(images).noneMatch(KernelLibraryTest::isNew);
  }

  private void open() {
    try (KernelLibrary library = new KernelLibrary(9, 0, Optional.of(folder))) {
      assertThat(Kernel.values()).extracting(library::function).doesNotContainNull();
    }
  }

  private List<Path> images() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("kernels"))) {
      return files.sorted().toList();
    }
  }

  private static boolean isNew(Path image) {
    try {
      return !Files.getLastModifiedTime(image).equals(LONG_AGO);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aDeviceNewerThanTheCompilerGetsPortableCode() {
    byte[] image = new KernelCompiler(99, 0).compile(source("extern \"C\" __global__ void f() {}"));
    assertThat(image).endsWith((byte) 0);
    CUmodule module = new CUmodule();
    DriverCalls.run("cuModuleLoadData", () -> JCudaDriver.cuModuleLoadData(module, image));
  }

  @Test
  void whatDoesNotCompileIsToldWithTheLog() {
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> new KernelCompiler(9, 0).compile(source("extern int x = y_is_missing;")))
        .withMessageStartingWith("compiling test.cu for sm_90: NVRTC_ERROR_COMPILATION; ")
        .withMessageContaining("y_is_missing");
  }

  @Test
  void whateverDecidesTheImageDecidesTheKey() {
    Function<KernelSource, String> key = new KernelCompiler(9, 0)::key;
    KernelSource source = source("a");
    assertThat(key.apply(source)).hasSize(64).isEqualTo(key.apply(source("a")));
    TreeMap<String, String> header = new TreeMap<>(Map.of("h", "b"));
    assertThat(
            List.of(
                key.apply(source("b")),
                key.apply(new KernelSource("other.cu", "a", new TreeMap<>(), List.of())),
                key.apply(new KernelSource("test.cu", "a", header, List.of())),
                key.apply(new KernelSource("test.cu", "a", new TreeMap<>(), List.of("N_X=2"))),
                new KernelCompiler(8, 0).key(source)))
        .doesNotHaveDuplicates()
        .doesNotContain(key.apply(source));
  }

  private static KernelSource source(String text) {
    return new KernelSource("test.cu", text, new TreeMap<>(), List.of());
  }

  @Test
  void theArchitectureIsTheDevicesOrTheNewestKnown() {
    int[] known = {75, 80, 86, 90};
    assertThat(KernelCompiler.architecture(86, known, "12.6")).isEqualTo("sm_86");
    assertThat(KernelCompiler.architecture(89, known, "12.6")).isEqualTo("compute_86");
    assertThat(KernelCompiler.architecture(120, known, "12.6")).isEqualTo("compute_90");
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> KernelCompiler.architecture(61, known, "13.0"))
        .withMessage(
            "NVRTC 13.0 compiles for compute capability 7.5 and newer; this device has 6.1")
        .withNoCause();
  }
}
