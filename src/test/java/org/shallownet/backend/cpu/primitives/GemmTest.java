package org.shallownet.backend.cpu.primitives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.device.BackendException;

class GemmTest {
  private final WorkerTeam team = new WorkerTeam(1);

  @AfterEach
  void close() {
    team.close();
  }

  @Test
  void aSmallJobDoesNotWaitForOpenBlas() {
    assertThat(Gemm.Choice.AUTO.of(1_000_000)).isEqualTo(Gemm.Choice.JAVA);
    assertThat(Gemm.Choice.AUTO.of(Long.MAX_VALUE)).isEqualTo(Gemm.Choice.AUTO);
    assertThat(Gemm.Choice.OPENBLAS.of(1)).isEqualTo(Gemm.Choice.OPENBLAS);
  }

  @Test
  void smallProductsRunInJava() {
    assertThat(Gemm.worthOpenBlas(false, 400, 4, 2)).isFalse();
    assertThat(Gemm.worthOpenBlas(false, 32, 64, 30)).isFalse();
    assertThat(Gemm.worthOpenBlas(false, 256, 64, 30)).isTrue();
    assertThat(Gemm.worthOpenBlas(true, 64, 30, 4096)).isTrue();
    assertThat(Gemm.worthOpenBlas(true, 1, 64, 1 << 20)).isFalse();
    assertThat(Gemm.worthOpenBlas(true, 64, 1, 1 << 20)).isFalse();
    assertThat(Gemm.worthOpenBlas(false, 1L << 40, 1 << 20, 1L << 30)).isTrue();
  }

  @Test
  void openBlasIsLoadedAtTheFirstLargeProductOnly() {
    AtomicInteger loads = new AtomicInteger();
    OpenBlas broken = broken(loads);
    Gemm gemm = new Gemm(Gemm.Choice.AUTO, broken, team);
    assertThat(multiplyOnes(gemm, 10)).isEqualTo(10);
    assertThat(loads).hasValue(0);
    assertThat(multiplyOnes(gemm, 64)).isEqualTo(64);
    assertThat(multiplyOnes(gemm, 64)).isEqualTo(64);
    assertThat(loads).hasValue(1);
    assertThat(gemm.describe()).isEmpty();
  }

  @Test
  void openBlasThatWasAskedForAndCannotBeLoadedIsAFault() {
    Gemm gemm = new Gemm(Gemm.Choice.OPENBLAS, broken(new AtomicInteger()), team);
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> multiplyOnes(gemm, 2))
        .withMessage(
            "gemm: OpenBLAS can't be loaded, but the system property shallownet.cpu.gemm asks for"
                + " it: java.lang.UnsatisfiedLinkError: no such library");
  }

  @Test
  void javaNeverLoadsOpenBlas() {
    AtomicInteger loads = new AtomicInteger();
    Gemm gemm = new Gemm(Gemm.Choice.JAVA, broken(loads), team);
    assertThat(multiplyOnes(gemm, 64)).isEqualTo(64);
    assertThat(loads).hasValue(0);
    assertThat(gemm.describe()).isEqualTo("products in Java");
  }

  @Test
  void theNativesOfThisMachineLoad() {
    Gemm gemm = new Gemm(Gemm.Choice.AUTO, OpenBlas.SHARED, team);
    assertThat(gemm.describe()).isEmpty();
    assertThat(multiplyOnes(gemm, 64)).isEqualTo(64);
    assertThat(gemm.describe()).as("the name stays when OpenBLAS is loaded").isEmpty();
  }

  /** B is larger than a panel: what C held counts once, not once a panel. */
  @Test
  void productsInSeveralPanels() {
    int k = 2100;
    int n = 2048;
    CpuMatrix a = CpuMatrix.allocate(2, k, 1 << 20);
    CpuMatrix b = CpuMatrix.allocate(k, n, 1 << 23);
    Arrays.fill(a.array(0), 1);
    Arrays.fill(b.array(0), 1);
    for (Gemm.Choice choice : Gemm.Choice.values()) {
      CpuMatrix c = CpuMatrix.allocate(2, n, 1 << 20);
      Arrays.fill(c.array(0), 100);
      new Gemm(choice, OpenBlas.SHARED, team).multiply(new Product(false, false, 2, a, b, 0.5f, c));
      assertThat(c.array(0)).as(choice.name()).containsOnly(2 * k + 50);
    }
  }

  @Test
  void thePropertyIsOneOfThree() {
    String before = System.getProperty(Gemm.PROPERTY);
    try {
      System.setProperty(Gemm.PROPERTY, "java");
      assertThat(Gemm.Choice.fromProperty()).isEqualTo(Gemm.Choice.JAVA);
      System.setProperty(Gemm.PROPERTY, "mkl");
      assertThatIllegalArgumentException()
          .isThrownBy(Gemm.Choice::fromProperty)
          .withMessageContaining("choose auto, java or openblas");
      System.clearProperty(Gemm.PROPERTY);
      assertThat(Gemm.Choice.fromProperty()).isEqualTo(Gemm.Choice.AUTO);
    } finally {
      if (before != null) {
        System.setProperty(Gemm.PROPERTY, before);
      }
    }
  }

  private static OpenBlas broken(AtomicInteger loads) {
    return new OpenBlas(
        () -> {
          loads.incrementAndGet();
          throw new UnsatisfiedLinkError("no such library");
        });
  }

  /** An element of the square of a matrix of ones. */
  private static float multiplyOnes(Gemm gemm, int size) {
    CpuMatrix ones = CpuMatrix.allocate(size, size, 1 << 20);
    Arrays.fill(ones.array(0), 1);
    CpuMatrix c = CpuMatrix.allocate(size, size, 1 << 20);
    gemm.multiply(new Product(false, false, 1, ones, ones, 0, c));
    return c.array(0)[size * size - 1];
  }
}
