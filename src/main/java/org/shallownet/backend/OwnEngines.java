package org.shallownet.backend;

import org.jspecify.annotations.Nullable;

/**
 * What a backend's own engines take of a plan whose samples are on the device, and what they leave
 * to the layered one: a function of plan and device alone.
 *
 * @param own the plan of the models that they take; null if there are none
 * @param bytes of memory that they need beside the samples and copies of these
 * @param layered the plan of the other models; null if there are none
 */
public record OwnEngines(@Nullable TrainingPlan own, long bytes, @Nullable TrainingPlan layered) {
  /** All models are left to the layered engine. */
  public static OwnEngines none(TrainingPlan plan) {
    return new OwnEngines(null, 0, plan);
  }
}
