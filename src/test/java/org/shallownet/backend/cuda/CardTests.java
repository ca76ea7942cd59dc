package org.shallownet.backend.cuda;

/**
 * JUnit's console with a backend open from beginning to end: otherwise the card's context would be
 * made and destroyed for each of hundreds of tests.
 */
final class CardTests {
  private static CudaBackend kept;

  private CardTests() {}

  public static void main(String[] args) throws Exception {
    long began = System.nanoTime();
    kept = CudaTests.open();
    System.out.printf("opened %s in %.2f s%n", kept.device(), (System.nanoTime() - began) * 1e-9);
    for (int i = 0; i < 3; i++) {
      began = System.nanoTime();
      CudaTests.open().close();
      System.out.printf("opened and closed again in %.3f s%n", (System.nanoTime() - began) * 1e-9);
    }
    Class.forName("org.junit.platform.console.ConsoleLauncher")
        .getMethod("main", String[].class)
        .invoke(null, (Object) args);
  }
}
