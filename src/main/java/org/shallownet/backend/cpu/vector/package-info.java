/**
 * The loops of a tile by Java's Vector API, which is an incubating module: compiled apart, and
 * loaded by name where the JVM has it.
 */
@NullMarked
package org.shallownet.backend.cpu.vector;

import org.jspecify.annotations.NullMarked;
