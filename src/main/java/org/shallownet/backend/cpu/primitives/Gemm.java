package org.shallownet.backend.cpu.primitives;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.BackendException;

/** Chooses what multiplies: Java or OpenBLAS. */
public final class Gemm {
  /** The system property that forces one of the {@link Choice}s, in lower case. */
  static final String PROPERTY = "shallownet.cpu.gemm";

  /** What may multiply. */
  public enum Choice {
    /** Whichever is faster for the shape; Java where OpenBLAS can't be loaded. */
    AUTO,
    /** Java for all products. */
    JAVA,
    /** OpenBLAS for all products; where it can't be loaded that is a fault. */
    OPENBLAS;

    /** The one that the system property asks for. */
    public static Choice fromProperty() {
      String value = System.getProperty(PROPERTY, "auto");
      for (Choice choice : values()) {
        if (choice.name().toLowerCase(Locale.ROOT).equals(value)) {
          return choice;
        }
      }
      throw new IllegalArgumentException(
          "the system property " + PROPERTY + " is '" + value + "': choose auto, java or openblas");
    }

    /** What multiplies in a job of about so many multiplications in all. */
    public Choice of(long multiplications) {
      return this == AUTO && multiplications < WORTH_LOADING ? JAVA : this;
    }
  }

  private static final double LEAST_MULTIPLICATIONS = 1 << 17;

  /** What Java multiplies in the third of a second that loading OpenBLAS takes. */
  private static final long WORTH_LOADING = 1L << 27;

  private final Choice choice;
  private final OpenBlas library;
  private final WorkerTeam team;
  private final JavaGemm java;
  private @Nullable BlasGemm blas;

  public Gemm(Choice choice, OpenBlas library, WorkerTeam team) {
    this.choice = choice;
    this.library = library;
    this.team = team;
    this.java = new JavaGemm(team);
  }

  void multiply(Product product) {
    boolean wanted =
        choice == Choice.OPENBLAS
            || (choice == Choice.AUTO
                && worthOpenBlas(product.transposeA(), product.m(), product.n(), product.k()));
    BlasGemm loaded = wanted ? openBlas() : null;
    if (loaded == null) {
      java.multiply(product);
    } else {
      loaded.multiply(product);
    }
  }

  /**
   * Whether OpenBLAS is the faster one, its copies included, for a product of these sizes.
   *
   * <p>Measured on a Zen 4 core: from 2¹⁷ multiplications on it wins by 2 to 5 times, and smaller
   * products don't make up for the half second that loading takes. A gradient of one row or column
   * is bound by memory, and Java needs no copies.
   *
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums
   */
  static boolean worthOpenBlas(boolean transposeA, long m, int n, long k) {
    double multiplications = (double) m * n * k;
    boolean vectorGradient = transposeA && Math.min(m, n) == 1;
    return multiplications >= LEAST_MULTIPLICATIONS && !vectorGradient;
  }

  private @Nullable BlasGemm openBlas() {
    if (blas == null) {
      Throwable failure = library.load();
      if (failure == null) {
        blas = new BlasGemm(team);
      } else if (choice == Choice.OPENBLAS) {
        throw new BackendException(
            "gemm: OpenBLAS can't be loaded, but the system property "
                + PROPERTY
                + " asks for it: "
                + failure,
            failure);
      }
    }
    return blas;
  }

  /** Whether OpenBLAS isn't ruled out, as far as is known without loading it. */
  public boolean mayUseOpenBlas() {
    return choice != Choice.JAVA;
  }

  /** Loads OpenBLAS where it isn't ruled out; whether that went well. */
  public boolean loadsOpenBlas() {
    return mayUseOpenBlas() && openBlas() != null;
  }

  /**
   * What multiplies, where that was asked for; empty where sizes decide. It says nothing of what is
   * loaded by now: the same backend must have the same name from the first step to the last.
   */
  public String describe() {
    return switch (choice) {
      case JAVA -> "products in Java";
      case OPENBLAS -> "products by " + OpenBlas.name();
      case AUTO -> "";
    };
  }
}
