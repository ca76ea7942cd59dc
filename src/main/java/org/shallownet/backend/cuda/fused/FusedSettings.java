package org.shallownet.backend.cuda.fused;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.shallownet.backend.ModelPlan;
import org.shallownet.network.Dropout;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;

/** What {@code whole_run} has to know of each model: numbers in the order of its Setting. */
final class FusedSettings {
  /** Numbers of a model, each a double. */
  static final int COUNT = 23;

  /** Where the host's factor of all rates is. */
  static final int SCALE = 13;

  private static final int COSINE = 1;
  private static final int STEPS = 2;

  private FusedSettings() {}

  /**
   * The settings of models, one after the other, as their bytes.
   *
   * @param steps how many steps they have taken
   * @param scale the host's factor of all rates
   */
  static FloatBuffer of(List<ModelPlan> models, long steps, double scale) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(models.size() * COUNT * Double.BYTES)
            .order(ByteOrder.nativeOrder());
    for (ModelPlan model : models) {
      put(model, steps, bytes);
      bytes.putDouble(model.hasFrontScale() ? model.frontOptimizer().learningRate() : 0);
      bytes.putDouble(scale);
      putRefinements(model.refinements(), bytes);
    }
    return bytes.flip().asFloatBuffer();
  }

  private static void put(ModelPlan model, long steps, ByteBuffer bytes) {
    Optimizer optimizer = model.optimizer();
    Optimizer.Adam adam = optimizer instanceof Optimizer.Adam it ? it : null;
    bytes.putDouble(number(optimizer));
    bytes.putDouble(optimizer.learningRate());
    bytes.putDouble(momentum(optimizer));
    bytes.putDouble(adam == null ? 0 : adam.beta1());
    bytes.putDouble(adam == null ? 0 : 1 - adam.beta1());
    bytes.putDouble(adam == null ? 0 : adam.beta2());
    bytes.putDouble(adam == null ? 0 : 1 - adam.beta2());
    bytes.putDouble(adam == null ? 0 : adam.epsilon());
    bytes.putDouble(model.l2());
    bytes.putLong(model.seed());
    bytes.putDouble(adam == null ? 1 : power(adam.beta1(), steps));
    bytes.putDouble(adam == null ? 1 : power(adam.beta2(), steps));
  }

  private static int number(Optimizer optimizer) {
    if (optimizer instanceof Optimizer.Momentum) {
      return 1;
    } else if (optimizer instanceof Optimizer.Adam) {
      return 2;
    }
    return optimizer instanceof Optimizer.Nesterov ? 3 : 0;
  }

  private static double momentum(Optimizer optimizer) {
    if (optimizer instanceof Optimizer.Momentum momentum) {
      return momentum.momentum();
    }
    return optimizer instanceof Optimizer.Nesterov nesterov ? nesterov.momentum() : 0;
  }

  private static void putRefinements(Refinements refinements, ByteBuffer bytes) {
    Schedule schedule = refinements.schedule();
    if (schedule instanceof Schedule.Cosine cosine) {
      bytes.putDouble(COSINE).putDouble(cosine.epochs()).putDouble(0);
    } else if (schedule instanceof Schedule.Steps steps) {
      bytes.putDouble(STEPS).putDouble(steps.every()).putDouble(steps.by());
    } else {
      bytes.putDouble(0).putDouble(0).putDouble(0);
    }
    bytes.putDouble(refinements.warmup());
    bytes.putDouble(refinements.clipNorm());
    bytes.putDouble(refinements.l1());
    bytes.putDouble(refinements.loss().parameter());
    bytes.putDouble(1 / (1 - refinements.dropout()));
    bytes.putDouble((double) Integer.toUnsignedLong(Dropout.threshold(refinements.dropout())));
  }

  /** {@code base^exponent}, factor by factor: to the bit what the kernel comes to. */
  private static double power(double base, long exponent) {
    double power = 1;
    for (long i = 0; i < exponent && power > 0; i++) {
      power *= base;
    }
    return power;
  }
}
