package org.shallownet.backend.cpu.tiled;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Chooses what computes tiles: Java's Vector API, where the JVM has the module, or plain Java. */
public enum KernelChoice {
  /** Vectors where there are any. */
  AUTO,
  /** Vectors; where there are none that is a fault. */
  ON,
  /** Plain Java. */
  OFF;

  /** The system property that forces a choice, in lower case. */
  public static final String PROPERTY = "shallownet.cpu.vectors";

  /** What gives a JVM the module. */
  public static final String FLAG = "--add-modules jdk.incubator.vector";

  /** A class of the module, by which it is found in whatever way it was loaded. */
  private static final String VECTOR = "jdk.incubator.vector.FloatVector";

  private static final String VECTOR_KERNELS = "org.shallownet.backend.cpu.vector.VectorKernels";

  /** Vectors of fewer floats than this gain nothing. */
  private static final int LEAST_LANES = 4;

  /** The kernels take four vectors of a block at a time. */
  private static final int MOST_LANES = TileDesign.VECTOR_BLOCK / 4;

  /**
   * What stands in the way of vectors.
   *
   * @param text a clause in lower case without a full stop
   * @param fix what to do, likewise
   */
  public record Obstacle(String text, String fix) {}

  /** The one that the system property asks for. */
  public static KernelChoice fromProperty() {
    String value = System.getProperty(PROPERTY, "auto");
    for (KernelChoice choice : values()) {
      if (choice.name().toLowerCase(Locale.ROOT).equals(value)) {
        return choice;
      }
    }
    throw new IllegalArgumentException(
        "the system property " + PROPERTY + " is '" + value + "': choose auto, on or off");
  }

  /** Whether tiles are computed by vectors. */
  public boolean vectors() {
    if (this == OFF) {
      return false;
    }
    Obstacle obstacle = Vectors.OBSTACLE;
    if (obstacle != null && this == ON) {
      throw new IllegalStateException(
          "there are no vectors, but the system property "
              + PROPERTY
              + " asks for them: "
              + obstacle.text());
    }
    return obstacle == null;
  }

  /** Kernels of the chosen kind for one thread. */
  public TileKernels kernels(int block) {
    return vectors() ? Vectors.kernels(block) : new PlainKernels(block);
  }

  /** What computes tiles, for people. */
  public String describe() {
    return kernels(TileDesign.VECTOR_BLOCK).describe();
  }

  /** Why this JVM can't compute by vectors; null if it can. */
  public static @Nullable Obstacle obstacle() {
    return Vectors.OBSTACLE;
  }

  /** Why vectors of so many floats are of no use; null if they are. */
  public static @Nullable Obstacle obstacle(int lanes) {
    if (lanes < LEAST_LANES) {
      return new Obstacle(
          "this Java computes without vectors", "use a Java and a processor that have them");
    }
    if (lanes > MOST_LANES) {
      return new Obstacle(
          "the kernels aren't made for vectors of "
              + Float.SIZE * lanes
              + " bits, only for up to "
              + Float.SIZE * MOST_LANES,
          "start Java with -XX:MaxVectorSize=" + Float.BYTES * MOST_LANES);
    }
    return null;
  }

  /** Found out once, when first asked for. */
  private static final class Vectors {
    static final @Nullable Constructor<?> CONSTRUCTOR;
    static final @Nullable Obstacle OBSTACLE;

    static {
      Constructor<?> constructor = null;
      Obstacle obstacle = null;
      Module module = module();
      if (module == null) {
        obstacle = new Obstacle("Java was started without " + FLAG, "start Java with " + FLAG);
      } else if (!multipliesAndAddsInOne()) {
        obstacle =
            new Obstacle(
                "this processor has no fused multiply-add", "use a processor that has one");
      } else {
        try {
          // No module-info names it, as javac then warns all who depend on this one.
          KernelChoice.class.getModule().addReads(module);
          constructor = Class.forName(VECTOR_KERNELS).getDeclaredConstructor(int.class);
          TileKernels kernels = (TileKernels) constructor.newInstance(TileDesign.VECTOR_BLOCK);
          obstacle = obstacle(kernels.lanes());
        } catch (ReflectiveOperationException | LinkageError e) {
          obstacle =
              new Obstacle("the vector kernels can't be loaded: " + e, "use another build of Java");
        }
      }
      CONSTRUCTOR = constructor;
      OBSTACLE = obstacle;
    }

    private static @Nullable Module module() {
      try {
        return Class.forName(VECTOR, false, ClassLoader.getPlatformClassLoader()).getModule();
      } catch (ClassNotFoundException e) {
        return null;
      }
    }

    /** Where the processor can't, Java does it in BigDecimal, some thousand times as slowly. */
    private static boolean multipliesAndAddsInOne() {
      HotSpotDiagnosticMXBean vm =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      try {
        return vm == null || Boolean.parseBoolean(vm.getVMOption("UseFMA").getValue());
      } catch (IllegalArgumentException e) {
        // A Java without the option doesn't say.
        return true;
      }
    }

    static TileKernels kernels(int block) {
      if (CONSTRUCTOR == null) {
        throw new IllegalStateException(OBSTACLE == null ? "no vectors" : OBSTACLE.text());
      }
      try {
        return (TileKernels) CONSTRUCTOR.newInstance(block);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("the vector kernels can't be made", e);
      }
    }
  }
}
