package org.shallownet.backend.cuda.fused;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.shallownet.backend.ModelPlan;
import org.shallownet.network.Optimizer;

/** What {@code whole_run} has to know of each model: numbers in the order of its Setting. */
final class FusedSettings {
  /** Numbers of a model, each a double. */
  static final int COUNT = 12;

  private FusedSettings() {}

  /**
   * The settings of models, one after the other, as their bytes.
   *
   * @param steps how many steps they have taken
   */
  static FloatBuffer of(List<ModelPlan> models, long steps) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(models.size() * COUNT * Double.BYTES)
            .order(ByteOrder.nativeOrder());
    for (ModelPlan model : models) {
      put(model, steps, bytes);
    }
    return bytes.flip().asFloatBuffer();
  }

  private static void put(ModelPlan model, long steps, ByteBuffer bytes) {
    Optimizer optimizer = model.optimizer();
    Optimizer.Adam adam = optimizer instanceof Optimizer.Adam it ? it : null;
    Optimizer.Momentum momentum = optimizer instanceof Optimizer.Momentum it ? it : null;
    bytes.putDouble(adam != null ? 2 : momentum != null ? 1 : 0);
    bytes.putDouble(optimizer.learningRate());
    bytes.putDouble(momentum == null ? 0 : momentum.momentum());
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

  /** {@code base^exponent}, factor by factor: to the bit what the kernel comes to. */
  private static double power(double base, long exponent) {
    double power = 1;
    for (long i = 0; i < exponent && power > 0; i++) {
      power *= base;
    }
    return power;
  }
}
