package org.shallownet.backend.cpu.primitives;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenBlasTest {
  @Test
  void theRemedyIsThatOfTheCause() {
    UnsatisfiedLinkError missing = new UnsatisfiedLinkError("no such library");
    UnsatisfiedLinkError forbidden =
        new UnsatisfiedLinkError("/c/lib.so: failed to map segment from shared object");
    assertThat(OpenBlas.remedy(forbidden, "/c", 1L << 40))
        .contains("mounted noexec", "XDG_CACHE_HOME");
    UnsatisfiedLinkError wrapped = new UnsatisfiedLinkError("no library in java.library.path");
    wrapped.initCause(forbidden);
    assertThat(OpenBlas.remedy(wrapped, "/c", 1L << 40)).contains("mounted noexec");
    assertThat(OpenBlas.remedy(missing, "/c", 1 << 20))
        .isEqualTo("make 60 MB free in /c, or set XDG_CACHE_HOME to another folder");
    assertThat(OpenBlas.remedy(missing, "/c", 1L << 40)).contains("to the class path");
    assertThat(OpenBlas.remedy(missing, null, 0)).contains("can be written");
  }
}
