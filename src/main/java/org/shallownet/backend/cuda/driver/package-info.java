/**
 * NVIDIA's driver as objects: a card with its context and streams, memory on it and page-locked
 * memory of the host, copies between the two, graphs.
 */
@NullMarked
package org.shallownet.backend.cuda.driver;

import org.jspecify.annotations.NullMarked;
