package org.shallownet.backend.cpu.tiled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.device.BatchOrder;

/** Samples of a mini-batch against loops. */
class RowFetchTest {
  private static final float UNTOUCHED = -1;

  private final Random random = new Random(1);

  private static RowFetch fetch(KernelChoice choice) {
    assumeTrue(choice != KernelChoice.ON || KernelChoice.obstacle() == null, "no vectors here");
    return choice.kernels(TileDesign.VECTOR_BLOCK);
  }

  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void theOrderIsThatOfTheEpoch(KernelChoice choice) {
    RowFetch fetch = fetch(choice);
    for (long samples : new long[] {1, 7, 60, 64, 65, 100, 1000, 65_537, 1 << 20, 1L << 59}) {
      BatchOrder expected = new BatchOrder(samples, 77);
      BatchOrder order = new BatchOrder(samples, 77);
      for (int count : new int[] {1, 8, 9, 31, 300, 4000}) {
        int fit = (int) Math.min(samples, count);
        for (long first : new long[] {0, (samples - fit) / 2, samples - fit}) {
          for (long epoch = 0; epoch < 3; epoch++) {
            long[] wanted = new long[fit];
            expected.fill(epoch, first, fit, wanted);
            long[] found = new long[fit + 1];
            found[fit] = -1;
            fetch.order(order, epoch, first, fit, found);
            assertThat(Arrays.copyOf(found, fit)).isEqualTo(wanted);
            assertThat(found[fit]).isEqualTo(-1);
          }
        }
      }
    }
  }

  /** Left and right halves differ by one at most, so every right comes to the end of its left. */
  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void theWholeOrderIsThatOfTheEpoch(KernelChoice choice) {
    for (int samples = 50; samples < 400; samples++) {
      long[] wanted = new long[samples];
      new BatchOrder(samples, 5).fill(3, 0, samples, wanted);
      long[] found = new long[samples];
      fetch(choice).order(new BatchOrder(samples, 5), 3, 0, samples, found);
      assertThat(found).isEqualTo(wanted);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void positionsOutsideOfAnEpochAreRefused(KernelChoice choice) {
    RowFetch fetch = fetch(choice);
    BatchOrder order = new BatchOrder(1000, 1);
    assertThatThrownBy(() -> fetch.order(order, 0, 990, 16, new long[16]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> fetch.order(order, 0, -1, 16, new long[16]))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @EnumSource(names = {"ON", "OFF"})
  void rowsAreCopiedWithoutAFloatBesideThem(KernelChoice choice) {
    RowFetch fetch = fetch(choice);
    for (int columns : new int[] {1, 3, 7, 8, 9, 15, 16, 17, 28, 31, 32, 33, 48, 63, 64, 100}) {
      for (int firstColumn : new int[] {0, 2}) {
        check(fetch, columns, firstColumn, columns);
        check(fetch, columns, firstColumn, columns + 3);
      }
    }
  }

  private void check(RowFetch fetch, int columns, int firstColumn, int stride) {
    int width = firstColumn + columns + 1;
    // Arrays of four rows each.
    CpuMatrix table = CpuMatrix.allocate(13, width, 5 * width);
    for (int row = 0; row < 13; row++) {
      for (int column = 0; column < width; column++) {
        table.array(row)[table.position(row) + column] = 1000 * row + column;
      }
    }
    long[] rows = random.longs(20, 0, 13).toArray();
    int count = 17;
    float[] found = new float[count * stride + 5];
    Arrays.fill(found, UNTOUCHED);
    float[] wanted = found.clone();
    for (int i = 0; i < count; i++) {
      for (int column = 0; column < columns; column++) {
        wanted[i * stride + column] = 1000 * rows[i] + firstColumn + column;
      }
    }
    fetch.copy(table, rows, count, firstColumn, columns, found, stride);
    assertThat(found).isEqualTo(wanted);
  }
}
