package org.shallownet.backend.cuda.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ElfRetargetTest {
  private static byte[] nativeSide(String name) throws IOException {
    String resource = "/lib/lib" + name + "-12.6.0-linux-x86_64.so";
    try (InputStream in = ElfRetargetTest.class.getResourceAsStream(resource)) {
      assumeTrue(in != null, "JCuda's natives are not on this platform's class path");
      return in.readAllBytes();
    }
  }

  @Test
  void changesTwoBytes() throws IOException {
    for (String[] names :
        new String[][] {{"JNvrtc", "libnvrtc.so.1"}, {"JCublas2", "libcublas.so.1"}}) {
      byte[] before = nativeSide(names[0]);
      byte[] original = before.clone();
      byte[] after = ElfRetarget.retarget(before, names[1] + "2", names[1] + "3", Set.of());
      assertThat(before).isEqualTo(original);
      int changed = 0;
      for (int i = 0; i < before.length; i++) {
        if (before[i] != after[i]) {
          assertThat(after[i] ^ before[i]).isEqualTo(1);
          changed++;
        }
      }
      assertThat(changed).isEqualTo(2);
      assertThat(ElfRetarget.retarget(after, names[1] + "3", names[1] + "2", Set.of()))
          .isEqualTo(before);
    }
  }

  @Test
  void whatTheOtherVersionLacksBecomesWeak() throws IOException {
    byte[] before = nativeSide("JNvrtc");
    byte[] plain = ElfRetarget.retarget(before, "libnvrtc.so.12", "libnvrtc.so.13", Set.of());
    byte[] weak =
        ElfRetarget.retarget(
            before, "libnvrtc.so.12", "libnvrtc.so.13", Set.of("nvrtcGetNVVM", "nvrtcNone"));
    List<Integer> changed = new ArrayList<>();
    for (int i = 0; i < before.length; i++) {
      if (plain[i] != weak[i]) {
        changed.add(i);
      }
    }
    // st_info: from a global function to a weak one.
    assertThat(changed).hasSize(1);
    assertThat(plain[changed.get(0)]).isEqualTo((byte) 0x12);
    assertThat(weak[changed.get(0)]).isEqualTo((byte) 0x22);
  }

  @Test
  void theHashIsTheLoaders() {
    assertThat(ElfRetarget.hash("libcublas.so.12")).isEqualTo(0x0ef62132);
    assertThat(ElfRetarget.hash("libnvrtc.so.12")).isEqualTo(0x0bcddfc2);
    assertThat(ElfRetarget.hash("GLIBC_2.2.5")).isEqualTo(0x09691a75);
  }

  @Test
  void whatIsNotExpectedIsRefused() throws IOException {
    byte[] elf = nativeSide("JNvrtc");
    assertThatThrownBy(
            () -> ElfRetarget.retarget(elf, "libnvrtc.so.11", "libnvrtc.so.13", Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not need libnvrtc.so.11");
    assertThatThrownBy(() -> ElfRetarget.retarget(elf, "libnvrtc.so.12", "libnvrtc.so.9", Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("different lengths");
    assertThatThrownBy(() -> ElfRetarget.retarget(new byte[100], "a", "b", Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a 64-bit");
    assertThatThrownBy(() -> ElfRetarget.retarget(new byte[0], "a", "b", Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDamagedFileIsRefusedOrRetargetedButNothingElseHappens() throws IOException {
    byte[] elf = nativeSide("JNvrtc");
    Random random = new Random(5);
    for (int i = 0; i < 300; i++) {
      byte[] damaged = i % 2 == 0 ? Arrays.copyOf(elf, random.nextInt(elf.length)) : elf.clone();
      for (int j = 0; j < 4; j++) {
        damaged[random.nextInt(Math.min(damaged.length, 1024))] = (byte) random.nextInt();
      }
      try {
        assertThat(ElfRetarget.retarget(damaged, "libnvrtc.so.12", "libnvrtc.so.13", Set.of()))
            .hasSameSizeAs(damaged);
      } catch (IllegalArgumentException e) {
        assertThat(e).message().isNotEmpty();
      }
    }
  }
}
