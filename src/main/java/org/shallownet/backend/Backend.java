package org.shallownet.backend;

import java.util.List;
import org.shallownet.backend.device.Device;
import org.shallownet.backend.device.Scope;

/**
 * The seam between training and hardware: a device that also loads samples and opens training
 * engines.
 *
 * <p>Threads and errors are those of {@link Device}.
 */
public interface Backend extends Device {
  /** What it runs on, for people: the device, its size and the library that multiplies. */
  String device();

  /** The arithmetic of its products that was asked for: float32 where it has no other. */
  default BackendOptions.Precision precision() {
    return BackendOptions.Precision.FP32;
  }

  /**
   * Brings samples to the device if they fit beside what else is to be there; otherwise they will
   * be streamed.
   *
   * @param scope owns the memory that they take on the device
   * @param reserve how many bytes must stay free, for a training engine
   */
  Samples load(Scope scope, SampleSource source, long reserve);

  /**
   * Whether an engine for a plan keeps its samples in a form of its own, so that to load them first
   * would hold them twice. The samples of such a plan may be {@link Samples#kept}. Whether they
   * find room shows when the engine is made.
   *
   * @param plan with its samples on the host
   */
  default boolean keepsSamples(TrainingPlan plan) {
    return false;
  }

  /**
   * How many samples one {@link org.shallownet.backend.device.GradientPass} of a plan's model
   * should take; 0 if this backend takes it layer by layer. A power of two, and a function of plan
   * and device alone.
   */
  default long passRows(TrainingPlan plan, ModelPlan model) {
    return 0;
  }

  /**
   * Whether a plan's model that is taken layer by layer goes through its output layer in one {@link
   * org.shallownet.backend.device.OutputPass}. A function of plan and device alone.
   */
  default boolean takesOutputPass(TrainingPlan plan, ModelPlan model) {
    return false;
  }

  /** What engines of its own are for a plan, as if its samples were on the device. */
  default OwnEngines ownEngines(TrainingPlan plan) {
    return OwnEngines.none(plan);
  }

  /**
   * How many bytes {@linkplain #passRows passes} need beside matrices. A function of plans and
   * device alone.
   *
   * @param plans of layered engines that are open at a time
   */
  default long passBytes(List<TrainingPlan> plans) {
    return 0;
  }

  /**
   * The engine that runs this plan best on this device.
   *
   * @throws IllegalArgumentException if the plan's matrices belong to another backend, or its
   *     samples are to be kept by an engine that doesn't
   */
  TrainingEngine newTrainingEngine(TrainingPlan plan);
}
