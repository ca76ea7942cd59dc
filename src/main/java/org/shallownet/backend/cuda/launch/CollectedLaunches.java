package org.shallownet.backend.cuda.launch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.backend.cuda.compile.Kernel;

/**
 * The launches of operations that don't depend on each other. The first ones of all operations are
 * put together, so far as their kernels and grids are the same, then the second ones, and so on.
 */
public final class CollectedLaunches {
  /**
   * How many operations share a launch at most: what keeps tables of arguments short. CUDA has
   * 65,535 blocks in y.
   */
  public static final int MOST_TOGETHER = 2048;

  private final List<List<Launch>> operations = new ArrayList<>();

  /** What launches that are put together have in common. */
  private record Shape(Kernel kernel, int blocksX, int blocksZ) {}

  private record Launch(Shape shape, ByteBuffer arguments) {}

  /** Begins with the next operation, to which launches are added from now on. */
  public void beginOperation() {
    operations.add(new ArrayList<>());
  }

  /** Forgets the last operation. */
  public void dropOperation() {
    operations.remove(operations.size() - 1);
  }

  /** Adds a launch to the last operation. */
  void add(Kernel kernel, int blocksX, int blocksZ, ByteBuffer arguments) {
    operations
        .get(operations.size() - 1)
        .add(new Launch(new Shape(kernel, blocksX, blocksZ), arguments));
  }

  /** As few launches as may be for all of them, in an order in which each operation's own stay. */
  public List<StackedLaunch> together() {
    List<StackedLaunch> stacked = new ArrayList<>();
    int most = operations.stream().mapToInt(List::size).max().orElse(0);
    for (int place = 0; place < most; place++) {
      Map<Shape, List<ByteBuffer>> alike = new LinkedHashMap<>();
      for (List<Launch> launches : operations) {
        if (place < launches.size()) {
          Launch launch = launches.get(place);
          alike.computeIfAbsent(launch.shape, shape -> new ArrayList<>()).add(launch.arguments);
        }
      }
      alike.forEach((shape, arguments) -> split(shape, arguments, stacked));
    }
    return stacked;
  }

  private static void split(Shape shape, List<ByteBuffer> arguments, List<StackedLaunch> to) {
    for (int from = 0; from < arguments.size(); from += MOST_TOGETHER) {
      int end = Math.min(from + MOST_TOGETHER, arguments.size());
      to.add(
          new StackedLaunch(
              shape.kernel,
              shape.blocksX,
              shape.blocksZ,
              List.copyOf(arguments.subList(from, end))));
    }
  }
}
