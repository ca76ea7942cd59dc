package org.shallownet.backend.cuda.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Availability.Reason;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.cuda.Dummies;

/** Loading JCuda with libraries that bear the names of NVIDIA's. */
class CudaNativesTest {
  @TempDir private Path folder;
  private Path cuda;
  private Path cache;

  @BeforeEach
  void requireCompiler() {
    Dummies.require();
    cuda = folder.resolve("cuda");
    cache = folder.resolve("cache");
  }

  private BackendUnavailableException failureOfNvrtc() throws Exception {
    CudaNatives natives = LoadingProcess.natives(Files.createDirectories(cuda), cache);
    BackendUnavailableException e =
        catchThrowableOfType(BackendUnavailableException.class, () -> natives.loadNvrtc(13));
    BackendUnavailableException again =
        catchThrowableOfType(BackendUnavailableException.class, () -> natives.loadNvrtc(13));
    assertThat(again).as("what failed is remembered").isSameAs(e);
    return e;
  }

  @Test
  void twoProcessesLoadCuda12AtOnce() throws Exception {
    Dummies.cuda(cuda, 12);
    LoadingProcess one = LoadingProcess.start("libraries", cuda, cache);
    LoadingProcess two = LoadingProcess.start("libraries", cuda, cache);
    String expected =
        "NVRTC %s/libnvrtc.so.12\nversion 12.77\ncuBLAS %s/libcublas.so.12\n".formatted(cuda, cuda);
    assertThat(one.output()).isEqualTo(expected);
    assertThat(two.output()).isEqualTo(expected);
  }

  @Test
  void whereThereIsOnlyCuda13JCudaIsRetargeted() throws Exception {
    Dummies.cuda(cuda, 13);
    assertThat(LoadingProcess.start("libraries", cuda, cache).output())
        .contains("NVRTC " + cuda + "/libnvrtc.so.13 (JCuda retargeted from CUDA 12)")
        .contains("version 13.77")
        .contains("cuBLAS " + cuda + "/libcublas.so.13 (JCuda retargeted from CUDA 12)")
        .doesNotContain("tmpdir");
  }

  /** As the real CUDA 13 does, it lacks two functions that JCuda has. */
  @Test
  void cuda13IsLoadedWhereAllFunctionsAreLookedForAtOnce() throws Exception {
    Dummies.wholeCuda(cuda, 13, Set.of("nvrtcGetNVVM", "nvrtcGetNVVMSize"));
    List<String> atOnce = List.of("env", "LD_BIND_NOW=1");
    assertThat(librariesWithCaches(atOnce, cache))
        .contains("NVRTC " + cuda + "/libnvrtc.so.13 (JCuda retargeted from CUDA 12)")
        .contains("version 13.77")
        .contains("cuBLAS " + cuda + "/libcublas.so.13 (JCuda retargeted from CUDA 12)");
    Dummies.wholeCuda(cuda, 13, Set.of("nvrtcGetCUBIN"));
    assertThat(librariesWithCaches(atOnce, cache))
        .startsWith("UNLOADABLE")
        .contains("undefined symbol: nvrtcGetCUBIN");
  }

  /** The loader's own path is one that no folder of ours tells of. */
  @Test
  void aDriverThatOnlyTheLoaderFindsIsLoadedByName() throws Exception {
    Path driver = folder.resolve("driver");
    Dummies.driver(driver, 12060, 100);
    List<String> loaderKnows = List.of("env", "LD_LIBRARY_PATH=" + driver);
    List<String> arguments = List.of("probe", cuda.toString(), cache.toString());
    assertThat(
            LoadingProcess.start(loaderKnows, List.of(), LoadingProcess.class, arguments).output())
        .contains("NO_DRIVER", "there is no libcuda.so.1");
    // Now the system says that it runs one.
    Path proc = Files.createDirectories(cuda.resolve("no-system/proc/driver/nvidia"));
    Files.createFile(proc.resolve("version"));
    assertThat(
            LoadingProcess.start(loaderKnows, List.of(), LoadingProcess.class, arguments).output())
        .contains("NO_DEVICE");
    assertThat(LoadingProcess.start("probe", cuda, cache).output())
        .contains("NO_DRIVER", "its library libcuda.so.1 is not to be found");
  }

  @Test
  void aLibraryOfAnotherVersionIsRefusedInTheLoadersWords() throws Exception {
    Dummies.compile(
        cuda.resolve("libnvrtc.so.12"), "libnvrtc.so.11.2", "int nvrtcVersion() { return 1; }\n");
    assertThat(LoadingProcess.start("libraries", cuda, cache).output())
        .startsWith("UNLOADABLE")
        .contains("libnvrtc.so.12", "cannot open shared object file");
  }

  @Test
  void anOldDriverAndADriverWithoutCards() throws Exception {
    Dummies.driver(cuda, 11040, 0);
    assertThat(LoadingProcess.start("probe", cuda, cache).output())
        .contains("OLD_DRIVER", "made for CUDA 11.4", "12.0 is needed");
    Dummies.driver(cuda, 12060, 100);
    assertThat(LoadingProcess.start("probe", cuda, cache).output()).contains("NO_DEVICE");
    Dummies.driver(cuda, 12060, 999);
    assertThat(LoadingProcess.start("probe", cuda, cache).output())
        .contains("NO_DRIVER", "cuInit answers CUDA_ERROR_UNKNOWN");
  }

  @Test
  void withoutAnythingEachPartSaysWhatIsMissing() throws Exception {
    CudaNatives natives = LoadingProcess.natives(Files.createDirectories(cuda), cache);
    BackendUnavailableException driver =
        catchThrowableOfType(BackendUnavailableException.class, natives::loadDriver);
    assertThat(driver.reason()).isEqualTo(Reason.NO_DRIVER);
    assertThat(driver).hasMessageContaining("libcuda.so.1");
    BackendUnavailableException cublas =
        catchThrowableOfType(BackendUnavailableException.class, () -> natives.loadCublas(13));
    assertThat(cublas.reason()).isEqualTo(Reason.NO_CUBLAS);
    assertThat(cublas).hasMessageContaining("there is no libcublas.so.12 or libcublas.so.13");
    assertThat(failureOfNvrtc().reason()).isEqualTo(Reason.NO_NVRTC);
    assertThat(cache).as("nothing is unpacked in vain").doesNotExist();
  }

  @Test
  void cuda13IsNotLoadedForADriverOfCuda12() throws Exception {
    Files.createDirectories(cuda);
    Files.writeString(cuda.resolve("libcublas.so.13"), "not even looked at");
    CudaNatives natives = LoadingProcess.natives(cuda, cache);
    BackendUnavailableException e =
        catchThrowableOfType(BackendUnavailableException.class, () -> natives.loadCublas(12));
    assertThat(e.reason()).isEqualTo(Reason.NO_CUBLAS);
    assertThat(e).hasMessageContaining("the driver is too old for libcublas.so.13");
  }

  @Test
  void aTruncatedLibraryIsRefused() throws Exception {
    Dummies.cuda(cuda, 12);
    Path library = cuda.resolve("libnvrtc.so.12");
    Files.write(library, Arrays.copyOf(Files.readAllBytes(library), 40));
    BackendUnavailableException e = failureOfNvrtc();
    assertThat(e.reason()).isEqualTo(Reason.UNLOADABLE);
    assertThat(e).hasMessageContaining("file too short").hasMessageContaining(library.toString());
  }

  @Test
  void aLibraryForAnotherProcessorIsRefused() throws Exception {
    Dummies.cuda(cuda, 12);
    Path library = cuda.resolve("libnvrtc.so.12");
    byte[] elf = Files.readAllBytes(library);
    elf[18] = (byte) 183; // e_machine: AArch64
    Files.write(library, elf);
    BackendUnavailableException e = failureOfNvrtc();
    assertThat(e.reason()).isEqualTo(Reason.UNLOADABLE);
    assertThat(e).hasMessageContaining(library.toString());
  }

  @Test
  void aNamedFolderThatCanNotBeReadIsNamed() throws Exception {
    cuda = folder.resolve("missing");
    CudaNatives natives =
        new CudaNatives(
            new LibraryFolders(cuda.toString(), java.util.Map.of(), folder),
            new NativeCache(List.of(cache)));
    assertThat(catchThrowableOfType(BackendUnavailableException.class, () -> natives.loadNvrtc(13)))
        .hasMessageContaining(cuda + " of -Dshallownet.cuda.libraries can't be read");
  }

  private String librariesWithCaches(List<String> wrapper, Path... caches) throws Exception {
    String joined =
        Stream.of(caches).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    List<String> arguments = List.of("libraries", cuda.toString(), joined);
    return LoadingProcess.start(wrapper, List.of(), LoadingProcess.class, arguments).output();
  }

  /** A file system of its own, on which nothing may be executed. */
  @Test
  void aCacheMountedWithoutExecutionIsPassedOver() throws Exception {
    Dummies.cuda(cuda, 12);
    Path noexec = Files.createDirectories(folder.resolve("noexec"));
    List<String> mounted =
        List.of(
            "unshare",
            "--mount",
            "--map-root-user",
            "sh",
            "-c",
            "mount -t tmpfs -o noexec tmpfs '" + noexec + "' && exec \"$@\"",
            "sh");
    requireCommand(mounted, "file systems can't be mounted here");
    assertThat(librariesWithCaches(mounted, noexec.resolve("base"), cache))
        .startsWith("NVRTC " + cuda + "/libnvrtc.so.12\nversion 12.77\n");
    assertThat(cache).isNotEmptyDirectory();
    assertThat(librariesWithCaches(mounted, noexec.resolve("base")))
        .startsWith("UNLOADABLE")
        .contains(noexec + "/base forbids to execute what is in it")
        .contains("XDG_CACHE_HOME");
  }

  /** Even root is kept out of a closed folder without the right to override permissions. */
  @Test
  void closedFoldersArePassedOverOrNamed() throws Exception {
    Dummies.cuda(cuda, 12);
    List<String> ordinary =
        List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--");
    Path closed = Files.createDirectories(folder.resolve("closed"));
    Files.setPosixFilePermissions(closed, Set.of());
    requireCommand(ordinary, "rights can't be given up here");
    try {
      assertThat(librariesWithCaches(ordinary, closed.resolve("base"), cache))
          .startsWith("NVRTC " + cuda + "/libnvrtc.so.12\n");
      assertThat(librariesWithCaches(ordinary, closed.resolve("base")))
          .startsWith("UNLOADABLE")
          .contains(closed.toString());
      cuda = closed;
      assertThat(librariesWithCaches(ordinary, cache))
          .startsWith("NO_NVRTC")
          .contains(closed + " of -Dshallownet.cuda.libraries can't be read");
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static void requireCommand(List<String> wrapper, String reason) throws Exception {
    List<String> command = new ArrayList<>(wrapper);
    command.add("true");
    int status;
    try {
      status = new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (IOException e) {
      status = 127;
    }
    assumeTrue(status == 0, reason + ": " + wrapper.get(0) + " gives " + status);
  }

  @Test
  void whatIsDamagedInTheCacheIsReplaced() throws Exception {
    Dummies.cuda(cuda, 12);
    String first = librariesWithCaches(List.of(), cache);
    try (Stream<Path> files = Files.walk(cache)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 5000));
      }
    }
    assertThat(librariesWithCaches(List.of(), cache))
        .isEqualTo(first)
        .contains("version 12.77", "libcublas.so.12");
  }

  @Test
  void anotherProcessorIsNamed() throws Exception {
    Dummies.cuda(cuda, 12);
    assertThat(
            LoadingProcess.start(
                    List.of(),
                    List.of("-Dos.arch=aarch64"),
                    LoadingProcess.class,
                    List.of("probe", cuda.toString(), cache.toString()))
                .output())
        .contains("UNSUPPORTED_PLATFORM", "this is Linux on aarch64", "use --backend cpu");
  }

  @Test
  void aCardThatTheCompilerDoesNotKnowIsNamed() throws Exception {
    Dummies.cuda(cuda, 12);
    Dummies.driverWithCard(cuda, 3, 5);
    assertThat(LoadingProcess.start("probe", cuda, cache).output())
        .contains(
            "UNSUPPORTED_PLATFORM",
            "NVRTC 12.77 compiles for compute capability 5.0 and newer; this device has 3.5");
  }

  @Test
  void aLibraryThatAnybodyCouldHavePutThereIsNotLoaded() throws Exception {
    Dummies.cuda(cuda, 12);
    Files.setPosixFilePermissions(cuda, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(LoadingProcess.start("libraries", cuda, cache).output())
        .startsWith("UNLOADABLE")
        .contains("libnvrtc.so.12 can't be loaded: " + cuda + " can be written by everybody");
  }
}
