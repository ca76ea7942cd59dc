/**
 * What a device holds and computes: row-major float32 matrices and the primitives on them.
 *
 * <p>A primitive is an {@link org.shallownet.backend.device.Operation}, a checked record; those of
 * a topic stand in one file, such as {@link org.shallownet.backend.device.ProductOperation}, with
 * the interface by which a device performs them. {@link org.shallownet.backend.device.Performer} is
 * all of them. {@link org.shallownet.backend.device.Device} checks, runs, records and replays
 * operations. Nothing here knows of plans, samples or engines.
 */
@NullMarked
package org.shallownet.backend.device;

import org.jspecify.annotations.NullMarked;
