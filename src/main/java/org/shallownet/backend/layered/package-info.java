/**
 * The training engine made of a device's primitives, layer by layer: any depth, every backend. All
 * other engines are compared with it.
 *
 * <p>{@link org.shallownet.backend.layered.LayeredTrainingEngine} is the way in; the batches'
 * chunks come from memory ({@link org.shallownet.backend.layered.ResidentBatches}) or are streamed
 * ({@link org.shallownet.backend.layered.StreamedBatches}).
 */
@NullMarked
package org.shallownet.backend.layered;

import org.jspecify.annotations.NullMarked;
