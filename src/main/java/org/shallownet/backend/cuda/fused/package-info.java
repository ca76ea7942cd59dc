/**
 * Engines that take a network's whole step in one kernel, which is compiled for the network's shape
 * and keeps it in registers.
 */
@NullMarked
package org.shallownet.backend.cuda.fused;

import org.jspecify.annotations.NullMarked;
