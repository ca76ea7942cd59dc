package org.shallownet.data.columns;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumberColumnTest {
  /** As float32, from 2^24 on, every other number is its neighbour. */
  @Test
  void anIndexCountsRowsHoweverManyThereAre() {
    NumberColumn column = new NumberColumn("");
    int rows = (1 << 24) + 1000;
    float[] block = new float[rows];
    for (int i = 0; i < rows; i++) {
      block[i] = i;
    }
    column.add(block, 0, rows, 1);
    assertThat(column.countsRows()).isTrue();
    block[100] = 99;
    NumberColumn other = new NumberColumn("");
    other.add(block, 0, rows, 1);
    assertThat(other.countsRows()).isFalse();
  }
}
