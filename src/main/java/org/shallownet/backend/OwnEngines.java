package org.shallownet.backend;

import org.jspecify.annotations.Nullable;

/**
 * What a backend's own engines take of a plan whose samples are on the device, and what they leave
 * to the layered one: a function of plan and device alone.
 *
 * @param bytes of memory that they need beside the samples
 * @param layered the plan of the other models; null if there are none
 */
public record OwnEngines(long bytes, @Nullable TrainingPlan layered) {}
