/**
 * What a device holds and computes: row-major float32 matrices and the primitives on them.
 *
 * <p>{@link org.shallownet.backend.device.Operation} is the list of primitives, each declared once;
 * {@link org.shallownet.backend.device.Device} checks, runs, records and replays them. Nothing here
 * knows of plans, samples or engines.
 */
@NullMarked
package org.shallownet.backend.device;

import org.jspecify.annotations.NullMarked;
