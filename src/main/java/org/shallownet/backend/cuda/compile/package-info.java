/**
 * The kernels of {@code kernels/}: the list of them, their compilation by NVRTC for the card at
 * hand, and what is kept of it on the disk.
 */
@NullMarked
package org.shallownet.backend.cuda.compile;

import org.jspecify.annotations.NullMarked;
