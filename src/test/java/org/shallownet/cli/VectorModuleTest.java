package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which commands wait for the module of vectors. */
class VectorModuleTest {
  @Test
  void commandsThatTrainAndTheDoctorWantVectors() {
    assertThat(VectorModule.wants("train", "a.csv")).isTrue();
    assertThat(VectorModule.wants("--debug", "compare")).isTrue();
    assertThat(VectorModule.wants("cross-validate")).isTrue();
    assertThat(VectorModule.wants("doctor")).isTrue();
  }

  @Test
  void othersDoNot() {
    assertThat(VectorModule.wants()).isFalse();
    assertThat(VectorModule.wants("--version")).isFalse();
    assertThat(VectorModule.wants("predict", "train")).isFalse();
    assertThat(VectorModule.wants("help", "train")).isFalse();
  }
}
