/**
 * What a network is: its shape, activations, output, weights and their first values.
 *
 * <p>Pure Java, no input or output, no backend; every other package may use this one and it uses
 * none of them.
 */
@NullMarked
package org.shallownet.network;

import org.jspecify.annotations.NullMarked;
