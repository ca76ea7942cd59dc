package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.natives.LibraryFolders;
import org.shallownet.backend.cuda.natives.LoadingProcess;
import org.shallownet.cli.Main;

/** What {@code doctor} says where there is a card, or parts of what one needs. */
class CudaDoctorTest {
  @BeforeEach
  void emulate() {
    CudaTests.requireEmulation();
  }

  private static String doctor(String failing, int code, String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(failing, code == 0 ? "0" : "1", "" + code));
    arguments.add("doctor");
    arguments.addAll(List.of(options));
    LoadingProcess process = LoadingProcess.start(EmulatedCommand.class, arguments);
    String output = process.output();
    assertThat(process.exitStatus()).isZero();
    return output;
  }

  @Test
  void whereAllIsWell() throws Exception {
    String libraries = CudaEmulator.folder().toString();
    String told = doctor("", 0);
    assertThat(told)
        .containsSubsequence(
            "cuda        CUDA emulation, 4096 MiB, compute capability 9.0; used by default\n",
            "  driver    CUDA 12.6: " + libraries + "/libcuda.so.1\n",
            "  device 0  CUDA emulation, 4096 MiB, compute capability 9.0\n",
            "  NVRTC     CUDA 12: " + libraries + "/libnvrtc.so.12\n",
            "  cuBLAS    CUDA 12: " + libraries + "/libcublas.so.12\n",
            "  kernels   " + Kernel.values().length + " for sm_90, compiled ",
            "  self-test a product and a kernel agree with Java on CUDA emulation");
    // Of the CPU it says that this Java has no vectors.
    assertThat(told.substring(0, told.indexOf("\ncpu "))).doesNotContain("problem");
  }

  /** On dummies, whose NVRTC knows no card of before 5.0. */
  @Test
  void everyCardIsExaminedAndWhereWasSearchedIsSaid(@TempDir Path folder) throws Exception {
    Path cuda = folder.resolve("cuda");
    Dummies.cuda(cuda, 12);
    Dummies.driverWithCards(cuda, 2, 3, 5);
    List<String> options = List.of("-D" + LibraryFolders.PROPERTY + "=" + cuda);
    assertThat(LoadingProcess.start(List.of(), options, Main.class, List.of("doctor")).output())
        .containsSubsequence(
            "  device 0  X, 1024 MiB, compute capability 3.5\n",
            "  device 1  X, 1024 MiB, compute capability 3.6\n",
            "  kernels   problem: device 0: NVRTC 12.77 compiles for compute capability 5.0",
            "            fix: use a card and a CUDA that know each other",
            "  kernels   problem: device 1: NVRTC 12.77 compiles for compute capability 5.0")
        .doesNotContain("searched");
    Files.delete(cuda.resolve("libcublas.so.12"));
    assertThat(LoadingProcess.start(List.of(), options, Main.class, List.of("doctor")).output())
        .containsSubsequence("  cuBLAS    problem: ", "  searched  " + cuda + ", ");
  }

  @Test
  void whatFailsIsAProblemWithAFix() throws Exception {
    assertThat(doctor("cuLaunchKernel", CUresult.CUDA_ERROR_LAUNCH_FAILED))
        .containsSubsequence(
            "  self-test problem: failed: biasActivate: kernel bias_activate_tanh:"
                + " CUDA_ERROR_LAUNCH_FAILED\n",
            "            fix: try another backend\n");
    assertThat(doctor("cuInit", CUresult.CUDA_ERROR_UNKNOWN, "--json"))
        .contains(
            "\"available\":false,\"reason\":\"no_driver\"",
            "\"subject\":\"driver\",\"good\":false,\"text\":\"NVIDIA's driver does not start",
            "\"fix\":\"see what nvidia-smi says");
  }
}
