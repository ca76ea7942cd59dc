package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.atIndex;
import static org.shallownet.backend.NumericAssert.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.Availability;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendContractTest;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.Backends;
import org.shallownet.backend.Finding;
import org.shallownet.backend.cpu.primitives.Gemm;
import org.shallownet.backend.cpu.tiled.KernelChoice;

class CpuBackendTest {
  private static BackendOptions threads(int threads) {
    return new BackendOptions(0, threads, Precision.FP32);
  }

  @ParameterizedTest
  @EnumSource
  void resultsDoNotDependOnTheNumberOfThreads(Gemm.Choice choice) {
    List<float[]> expected = results(1, choice);
    for (int threads : new int[] {2, 3, 7}) {
      List<float[]> actual = results(threads, choice);
      for (int i = 0; i < expected.size(); i++) {
        assertSameBits("result " + i, expected.get(i), actual.get(i));
      }
    }
  }

  private static List<float[]> results(int threads, Gemm.Choice choice) {
    try (CpuBackend backend =
        CpuBackend.open(threads(threads), CpuBackend.ARRAY_FLOATS, choice, KernelChoice.AUTO)) {
      return BackendContractTest.everyOperation(backend);
    }
  }

  @Test
  void theProviderIsFoundAndOpensIt() {
    try (Backend backend = Backends.open("cpu")) {
      assertThat(backend.name()).isEqualTo("cpu");
      assertThat(backend.device()).contains("thread");
    }
    assertThat(new CpuBackendProvider().probe(threads(3)))
        .isInstanceOfSatisfying(
            Availability.Available.class,
            available -> assertThat(available.device()).endsWith(", 3 threads"));
    assertThat(new CpuBackendProvider().diagnose())
        .hasSizeBetween(2, 3)
        .satisfies(vectors -> assertThat(vectors.text()).contains("vectors"), atIndex(0))
        .satisfies(products -> assertThat(products.text()).contains("OpenBLAS"), atIndex(1));
  }

  @Test
  void aVariableThatSlowsOpenBlasIsAProblem() {
    Finding slow = CpuBackendProvider.chosenCore("Haswell", true);
    assertThat(slow.good()).isFalse();
    assertThat(slow.text()).startsWith("OPENBLAS_CORETYPE=Haswell keeps it from");
    assertThat(slow.fix()).isEqualTo("unset OPENBLAS_CORETYPE");
    assertThat(CpuBackendProvider.chosenCore("Haswell", false).good()).isTrue();
    assertThat(CpuBackendProvider.chosenCore("SkylakeX", true).good()).isTrue();
  }

  @Test
  void theWidthOfVectorsIsReadWhereTheSystemTells(@TempDir Path folder) throws IOException {
    Path cpuinfo = folder.resolve("cpuinfo");
    assertThat(Processor.hasAvx512(cpuinfo)).isFalse();
    Files.writeString(cpuinfo, "flags\t\t: fpu avx2 avx512f avx512dq\n");
    assertThat(Processor.hasAvx512(cpuinfo)).isTrue();
    Files.writeString(cpuinfo, "flags\t\t: fpu avx2 avx512fp16\n");
    assertThat(Processor.hasAvx512(cpuinfo)).isFalse();
  }

  @Test
  void theProviderRefusesOtherPrecisionsAndDevices() {
    CpuBackendProvider provider = new CpuBackendProvider();
    assertThatExceptionOfType(BackendUnavailableException.class)
        .isThrownBy(() -> provider.open(new BackendOptions(0, 1, Precision.TF32)))
        .matches(e -> e.reason() == Availability.Reason.PRECISION);
    assertThatExceptionOfType(BackendUnavailableException.class)
        .isThrownBy(() -> provider.open(new BackendOptions(1, 1, Precision.FP32)))
        .matches(e -> e.reason() == Availability.Reason.NO_SUCH_DEVICE);
  }

  @Test
  void preferredRowsFillACache() {
    try (CpuBackend backend = CpuBackend.open(threads(1))) {
      assertThat(backend.preferredRows(1)).isEqualTo(16_384);
      assertThat(backend.preferredRows(64)).isEqualTo(4096);
      assertThat(backend.preferredRows(1000)).isEqualTo(256);
      assertThat(backend.preferredRows(Integer.MAX_VALUE)).isEqualTo(256);
      assertThat(backend.preferredRows(100) % 64).isZero();
    }
  }

  @Test
  void theProcessorIsNamedWhereTheSystemTells(@TempDir Path folder) throws IOException {
    Path cpuinfo = folder.resolve("cpuinfo");
    assertThat(Processor.name(cpuinfo)).isEqualTo(System.getProperty("os.arch"));
    Files.writeString(cpuinfo, "processor : 0\nmodel name\t: Fast One 3000\nmodel name\t: other\n");
    assertThat(Processor.name(cpuinfo)).isEqualTo("Fast One 3000");
    Files.writeString(cpuinfo, "processor : 0\nmodel name\t: \n");
    assertThat(Processor.name(cpuinfo)).isEqualTo(System.getProperty("os.arch"));
  }
}
