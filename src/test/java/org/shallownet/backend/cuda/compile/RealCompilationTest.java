package org.shallownet.backend.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.cuda.fused.SpecialisedSources;
import org.shallownet.backend.cuda.natives.CudaJar;
import org.shallownet.backend.cuda.natives.LibraryFolders;
import org.shallownet.backend.cuda.natives.LoadingProcess;

/**
 * Every kernel compiled for real where there is an NVRTC: of an installed toolkit, or of the jar
 * that {@code -Pcuda-redist} brings. {@code -Drequire.nvrtc=true} makes it a failure if there is
 * none; {@code -Dkernels.architectures=80,90} chooses what to compile for.
 */
class RealCompilationTest {
  private static final boolean REQUIRED = Boolean.getBoolean("require.nvrtc");

  /** NVRTC compiles on one core. */
  private static final int PROCESSES = Math.min(4, Runtime.getRuntime().availableProcessors());

  @TempDir private Path cache;

  private static boolean available() {
    LibraryFolders folders = LibraryFolders.ofThisMachine();
    boolean installed =
        folders.all().stream()
            .anyMatch(
                folder ->
                    LibraryFolders.find(folder, "libnvrtc.so.12").isPresent()
                        || LibraryFolders.find(folder, "libnvrtc.so.13").isPresent());
    return installed
        || new CudaJar(RealCompilationTest.class.getClassLoader())
            .find("libnvrtc.so.12")
            .isPresent();
  }

  @Test
  void everyKernelCompilesWithoutAFrame() throws Exception {
    assumeTrue(
        REQUIRED || available(),
        "there is no NVRTC here to compile kernels with: libnvrtc.so.12 or libnvrtc.so.13");
    String[] architectures = System.getProperty("kernels.architectures", "80,90").split(",", -1);
    String output = outputs(List.of(architectures));
    System.out.print(output);
    for (String architecture : architectures) {
      assertThat(output)
          .containsAnyOf(
              "sm_%s: %d kernels, missing [], frames [],"
                  .formatted(architecture, Kernel.values().length),
              "sm_" + architecture + ": skipped");
      int specialised = SpecialisedSources.of(Integer.parseInt(architecture) / 10).size();
      assertThat(output)
          .containsAnyOf(
              "sm_%s: %d specialised sources, frames []\n".formatted(architecture, specialised),
              "sm_" + architecture + ": skipped");
    }
    if (REQUIRED) {
      assertThat(output).contains("sm_90: " + Kernel.values().length).contains("cuBLAS /");
    }
  }

  /** What they say who compile for the architectures, beside each other. */
  private String outputs(List<String> architectures) throws Exception {
    List<LoadingProcess> processes = new ArrayList<>();
    int some = Math.min(PROCESSES, architectures.size());
    for (int first = 0; first < some; first++) {
      List<String> arguments = new ArrayList<>(List.of(cache.toString()));
      for (int i = first; i < architectures.size(); i += some) {
        arguments.add(architectures.get(i));
      }
      processes.add(LoadingProcess.start(RealCompilation.class, arguments));
    }
    StringBuilder all = new StringBuilder();
    for (LoadingProcess process : processes) {
      String output = process.output();
      assertThat(output).startsWith("NVRTC /").contains("a frame for comparison: {framed=");
      assertThat(output).doesNotContain("framed=0");
      all.append(output);
    }
    return all.toString();
  }
}
