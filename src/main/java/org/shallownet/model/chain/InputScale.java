package org.shallownet.model.chain;

import org.jspecify.annotations.Nullable;
import org.shallownet.data.preprocessing.Standardizer;

/**
 * An affine step on features, {@code f x + s}, as a standardizer {@code (x - mean) × factor} and
 * what then is left of it: folded into weights as a whole, features far from 0 would lose their
 * digits.
 *
 * @param standardizer null if the features are taken as they are
 * @param rest what remains to be done, close to nothing after a standardizer
 */
record InputScale(@Nullable Standardizer standardizer, Affine rest) {
  static InputScale of(Affine step, int inputs) {
    float[] mean = new float[inputs];
    float[] factor = new float[inputs];
    double[] restFactor = new double[inputs];
    double[] restShift = new double[inputs];
    boolean shifts = false;
    for (int i = 0; i < inputs; i++) {
      double f = step.factorOf(i);
      double s = step.shiftOf(i);
      mean[i] = (float) (-s / f);
      factor[i] = (float) f;
      if (!Float.isFinite(mean[i])
          || !Float.isFinite(factor[i])
          || Math.abs(factor[i]) < Float.MIN_NORMAL) {
        return new InputScale(null, step);
      }
      restFactor[i] = f / factor[i];
      restShift[i] = s + f * mean[i];
      shifts |= mean[i] != 0;
    }
    return shifts
        ? new InputScale(
            new Standardizer(mean, factor), new Affine(restFactor, restShift, step.samples()))
        : new InputScale(null, step);
  }
}
