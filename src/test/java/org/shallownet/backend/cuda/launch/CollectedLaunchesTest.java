package org.shallownet.backend.cuda.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.cuda.compile.Kernel;

/** Which launches become one. */
class CollectedLaunchesTest {
  private final CollectedLaunches collected = new CollectedLaunches();

  private static ByteBuffer arguments(int bytes, int content) {
    return ByteBuffer.wrap(new byte[bytes]).put(0, (byte) content);
  }

  /** Kernel, grid and the first byte of each struct. */
  private static String describe(StackedLaunch launch) {
    List<Byte> contents = launch.arguments().stream().map(struct -> struct.get(0)).toList();
    return launch.kernel() + " " + launch.blocksX() + " " + launch.blocksZ() + " " + contents;
  }

  @Test
  void nothingCollectedIsNothing() {
    collected.beginOperation();
    assertThat(collected.together()).isEmpty();
  }

  @Test
  void launchesOfOnePlaceKernelAndGridAreOne() {
    for (int i = 0; i < 4; i++) {
      collected.beginOperation();
      collected.add(Kernel.SUM_ROWS_PARTIALS, 2, i == 2 ? 5 : 3, arguments(40, i));
      collected.add(
          i == 1 ? Kernel.CLIP_FACTOR : Kernel.SUM_ROWS_FINISH, 2, 1, arguments(32, 10 + i));
    }
    collected.beginOperation();
    collected.add(Kernel.CLIP, 1, 1, arguments(24, 9));
    collected.dropOperation();
    assertThat(collected.together().stream().map(CollectedLaunchesTest::describe))
        .containsExactly(
            "SUM_ROWS_PARTIALS 2 3 [0, 1, 3]",
            "SUM_ROWS_PARTIALS 2 5 [2]",
            "SUM_ROWS_FINISH 2 1 [10, 12, 13]",
            "CLIP_FACTOR 2 1 [11]");
  }

  @Test
  void tooManyForOneAreSeveral() {
    int count = 2 * CollectedLaunches.MOST_TOGETHER + 1;
    for (int i = 0; i < count; i++) {
      collected.beginOperation();
      collected.add(Kernel.CLIP, 1, 1, arguments(24, i % 100));
    }
    List<StackedLaunch> launches = collected.together();
    assertThat(launches.stream().map(StackedLaunch::count))
        .containsExactly(CollectedLaunches.MOST_TOGETHER, CollectedLaunches.MOST_TOGETHER, 1);
    assertThat(launches.get(1).arguments().get(5).get(0))
        .isEqualTo((byte) ((CollectedLaunches.MOST_TOGETHER + 5) % 100));
  }

  /** Structs lie one after the other, and the next table begins at a multiple of 16 bytes. */
  @Test
  void tables() {
    List<ByteBuffer> structs = List.of(arguments(24, 1), arguments(24, 2), arguments(24, 3));
    StackedLaunch launch = new StackedLaunch(Kernel.CLIP, 1, 1, structs);
    assertThat(launch.tableBytes()).isEqualTo(80);
    ByteBuffer table = ByteBuffer.allocate(100);
    launch.putTable(table, 16);
    assertThat(table.get(16)).isEqualTo((byte) 1);
    assertThat(table.get(40)).isEqualTo((byte) 2);
    assertThat(table.get(64)).isEqualTo((byte) 3);
  }
}
