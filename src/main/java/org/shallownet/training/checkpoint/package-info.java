/**
 * The file that a training can be gone on from: when it is written, whose data it belongs to, and
 * its form, named texts and arrays in a zip that NumPy opens, with a checksum over all of them.
 * What they mean, {@code training} knows.
 */
@NullMarked
package org.shallownet.training.checkpoint;

import org.jspecify.annotations.NullMarked;
