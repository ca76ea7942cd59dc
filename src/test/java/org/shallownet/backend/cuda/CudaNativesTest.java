package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Availability.Reason;
import org.shallownet.backend.BackendUnavailableException;

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
            new NativeCache(java.util.List.of(cache)));
    assertThat(catchThrowableOfType(BackendUnavailableException.class, () -> natives.loadNvrtc(13)))
        .hasMessageContaining(cuda + " of -Dshallownet.cuda.libraries can't be read");
  }
}
