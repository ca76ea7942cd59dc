/**
 * The command line: one class per command, with {@code options} that they share and {@code output}
 * for what they print and write. Only these packages write to the terminal.
 *
 * <p>May use every other package; no other package uses it.
 */
@NullMarked
package org.shallownet.cli;

import org.jspecify.annotations.NullMarked;
