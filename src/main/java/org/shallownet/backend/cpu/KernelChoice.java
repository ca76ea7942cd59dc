package org.shallownet.backend.cpu;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Chooses what computes tiles: Java's Vector API, where the JVM has the module, or plain Java. */
enum KernelChoice {
  /** Vectors where there are any. */
  AUTO,
  /** Vectors; where there are none that is a fault. */
  ON,
  /** Plain Java. */
  OFF;

  /** The system property that forces a choice, in lower case. */
  static final String PROPERTY = "shallownet.cpu.vectors";

  /** What gives a JVM the module. */
  static final String FLAG = "--add-modules jdk.incubator.vector";

  private static final String MODULE = "jdk.incubator.vector";
  private static final String VECTOR_KERNELS = "org.shallownet.backend.cpu.VectorKernels";

  /** Vectors of fewer floats than this gain nothing. */
  private static final int LEAST_LANES = 4;

  /** The one that the system property asks for. */
  static KernelChoice fromProperty() {
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
  boolean vectors() {
    if (this == OFF) {
      return false;
    }
    String obstacle = Vectors.OBSTACLE;
    if (obstacle != null && this == ON) {
      throw new IllegalStateException(
          "there are no vectors, but the system property "
              + PROPERTY
              + " asks for them: "
              + obstacle);
    }
    return obstacle == null;
  }

  /** Kernels of the chosen kind for one thread. */
  TileKernels kernels(int block) {
    return vectors() ? Vectors.kernels(block) : new PlainKernels(block);
  }

  /** What computes tiles, for people. */
  String describe() {
    return kernels(TileDesign.VECTOR_BLOCK).describe();
  }

  /** Why this JVM can't compute by vectors; null if it can. */
  static @Nullable String obstacle() {
    return Vectors.OBSTACLE;
  }

  /** Found out once, when first asked for. */
  private static final class Vectors {
    static final @Nullable Constructor<?> CONSTRUCTOR;
    static final @Nullable String OBSTACLE;

    static {
      Constructor<?> constructor = null;
      String obstacle = null;
      if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
        obstacle = "Java was started without " + FLAG;
      } else if (!multipliesAndAddsInOne()) {
        obstacle = "this processor has no fused multiply-add";
      } else {
        try {
          constructor = Class.forName(VECTOR_KERNELS).getDeclaredConstructor(int.class);
          TileKernels kernels = (TileKernels) constructor.newInstance(64);
          if (kernels.lanes() < LEAST_LANES) {
            obstacle = "this Java computes without vectors";
          }
        } catch (ReflectiveOperationException | LinkageError e) {
          obstacle = "the vector kernels can't be loaded: " + e;
        }
      }
      CONSTRUCTOR = constructor;
      OBSTACLE = obstacle;
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
        throw new IllegalStateException(OBSTACLE);
      }
      try {
        return (TileKernels) CONSTRUCTOR.newInstance(block);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("the vector kernels can't be made", e);
      }
    }
  }
}
